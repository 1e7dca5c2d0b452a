#include "inspect/sbom_parts.h"

#include "distribution/name.h"

/* Classifiers that stand for one licence, after "License :: "
 * (https://pypi.org/classifiers/ and https://spdx.org/licenses/). */
static const struct {
	const char *classifier, *id;
} licenses[] = {
    {"OSI Approved :: Academic Free License (AFL)", "AFL-3.0"},
    {"OSI Approved :: Boost Software License 1.0 (BSL-1.0)", "BSL-1.0"},
    {"CC0 1.0 Universal (CC0 1.0) Public Domain Dedication", "CC0-1.0"},
    {"OSI Approved :: Eclipse Public License 2.0 (EPL-2.0)", "EPL-2.0"},
    {"OSI Approved :: GNU Affero General Public License v3", "AGPL-3.0-only"},
    {"OSI Approved :: GNU Affero General Public License v3 or later (AGPLv3+)",
	"AGPL-3.0-or-later"},
    {"OSI Approved :: GNU General Public License v2 (GPLv2)", "GPL-2.0-only"},
    {"OSI Approved :: GNU General Public License v2 or later (GPLv2+)", "GPL-2.0-or-later"},
    {"OSI Approved :: GNU General Public License v3 (GPLv3)", "GPL-3.0-only"},
    {"OSI Approved :: GNU General Public License v3 or later (GPLv3+)", "GPL-3.0-or-later"},
    {"OSI Approved :: GNU Lesser General Public License v2 or later (LGPLv2+)",
	"LGPL-2.0-or-later"},
    {"OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)", "LGPL-3.0-only"},
    {"OSI Approved :: GNU Lesser General Public License v3 or later (LGPLv3+)",
	"LGPL-3.0-or-later"},
    {"OSI Approved :: ISC License (ISCL)", "ISC"},
    {"OSI Approved :: MIT License", "MIT"},
    {"OSI Approved :: MIT No Attribution License (MIT-0)", "MIT-0"},
    {"OSI Approved :: Mozilla Public License 1.1 (MPL 1.1)", "MPL-1.1"},
    {"OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"},
    {"OSI Approved :: The Unlicense (Unlicense)", "Unlicense"},
    {"OSI Approved :: Zero-Clause BSD (0BSD)", "0BSD"},
    {"OSI Approved :: Zope Public License", "ZPL-2.1"},
};

/* Identifiers that stand in License as they are. */
static const char *const ids[] = {"MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC",
    "MPL-2.0", "PSF-2.0", "0BSD", "Unlicense", "LGPL-3.0-or-later", "LGPL-2.1-or-later",
    "GPL-2.0-or-later", "GPL-3.0-or-later", "GPL-2.0-only", "GPL-3.0-only", "ZPL-2.1",
    "BSD-3-Clause OR Apache-2.0", "Apache-2.0 OR BSD-3-Clause", "MIT OR Apache-2.0",
    "Apache-2.0 OR MIT"};

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

/* Whether a text has the letters of an SPDX expression only. */
static bool may_be_expression(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (!strchr(" ()+-.", c) && !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') &&
		    !(c >= 'A' && c <= 'Z'))
			return false;
	}
	return text.len && text.len < 1000;
}

/* The identifier of the only licence among the classifiers; empty if there is none or several. */
static struct slice find_classifier(const struct metadata *metadata)
{
	struct slice found = slice_of("", 0), prefix = SLICE_LITERAL("License :: ");

	for (size_t i = 0; i < metadata->classifiers.count; i++) {
		struct slice item = metadata->classifiers.items[i], id = slice_of("", 0);

		if (!slice_starts(item, prefix))
			continue;
		item = slice_of(item.data + prefix.len, item.len - prefix.len);
		if (slice_is(item, "OSI Approved"))
			continue;
		for (size_t k = 0; k < COUNT(licenses); k++) {
			if (slice_is(item, licenses[k].classifier))
				id = slice_c(licenses[k].id);
		}
		if (!id.len || found.len)
			return slice_of("", 0);
		found = id;
	}
	return found;
}

void sbom_find_license(const struct metadata *metadata, struct sbom_license *ret)
{
	*ret = (struct sbom_license){slice_of("", 0), slice_of("", 0)};
	if (may_be_expression(metadata->license_expression)) {
		ret->expression = metadata->license_expression;
		return;
	}
	ret->expression = find_classifier(metadata);
	for (size_t i = 0; i < COUNT(ids) && !ret->expression.len; i++) {
		if (slice_is(metadata->license, ids[i]))
			ret->expression = metadata->license;
	}
	if (!ret->expression.len && !slice_is(metadata->license, "UNKNOWN"))
		ret->text = metadata->license;
}

bool sbom_read_metadata(struct sbom *sbom, const struct package *package, struct metadata *ret)
{
	*ret = (struct metadata){0};
	return metadata_parse(package->text, package->directory.data, &sbom->arena, ret, NULL) == 0;
}

/* Append a part of a package URL: other than unreserved characters are encoded. */
static void add_encoded(struct str *ret, struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];
		bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
				(c >= 'A' && c <= 'Z') || (c && strchr("-._~!", c));

		if (is_plain)
			str_addc(ret, c);
		else
			str_addf(ret, "%%%02X", (unsigned char)c);
	}
}

void sbom_add_purl(struct str *ret, const struct package *package)
{
	autostr struct str name = STR_INIT;

	distribution_add_normalized(&name, package->name);
	str_adds(ret, "pkg:pypi/");
	add_encoded(ret, str_slice(&name));
	str_addc(ret, '@');
	add_encoded(ret, package->version);
}

struct slice sbom_purl(struct sbom *sbom, const struct package *package)
{
	autostr struct str purl = STR_INIT;

	sbom_add_purl(&purl, package);
	return slice_of(arena_copy(&sbom->arena, str_slice(&purl)), purl.len);
}

/* The package whose file an entry is, packages->count for no distribution. False if it is no file.
 */
static bool group_of(const struct sbom *sbom, size_t entry, size_t *ret)
{
	const struct packages *packages = sbom->packages;
	size_t owner = packages->owners[entry];

	if (sbom->inspection->contents.entries[entry]->kind != IMAGE_FILE)
		return false;
	*ret = packages->items[owner].is_distribution ? owner : packages->count;
	return true;
}

void sbom_group_files(struct sbom *sbom)
{
	size_t count = sbom->inspection->contents.count, groups = sbom->packages->count + 1, group;

	sbom->files = xcalloc(count + 1, sizeof(*sbom->files));
	sbom->begins = xcalloc(groups + 1, sizeof(*sbom->begins));
	for (size_t i = 0; i < count; i++)
		if (group_of(sbom, i, &group))
			sbom->begins[group + 1]++;
	for (size_t i = 0; i < groups; i++)
		sbom->begins[i + 1] += sbom->begins[i];
	for (size_t i = 0; i < count; i++) /* begins[group] moves to the group's end */
		if (group_of(sbom, i, &group))
			sbom->files[sbom->begins[group]++] = i;
	memmove(sbom->begins + 1, sbom->begins, groups * sizeof(*sbom->begins));
	sbom->begins[0] = 0;
}

bool sbom_is_bill(const struct package *package, struct slice path)
{
	struct slice directory = package->directory;

	return path.len > directory.len + 7 && slice_starts(path, directory) &&
	       memcmp(path.data + directory.len, "/sboms/", 7) == 0;
}
