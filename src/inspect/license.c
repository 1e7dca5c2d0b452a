#include "inspect/license.h"

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

/* The identifier of the only licence among the classifiers; empty if there is none or several. */
static struct slice find_classifier(const struct metadata *metadata)
{
	struct slice found = slice_of("", 0), prefix = SLICE_LITERAL("License :: ");

	for (size_t i = 0; i < metadata->classifiers.count; i++) {
		struct slice item = metadata->classifiers.items[i], id = slice_of("", 0);

		if (!slice_starts(item, prefix))
			continue;
		item = slice_from(item, prefix.len);
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

bool license_is_expression(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (!(c && strchr(" ()+-.", c)) && !(c >= '0' && c <= '9') &&
		    !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z'))
			return false;
	}
	return text.len && text.len < 1000;
}

void license_find(const struct metadata *metadata, struct license *ret)
{
	*ret = (struct license){slice_of("", 0), slice_of("", 0)};
	if (license_is_expression(metadata->license_expression)) {
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
