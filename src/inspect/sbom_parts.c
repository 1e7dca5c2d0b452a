#include "inspect/sbom_parts.h"

bool sbom_read_metadata(struct sbom *sbom, const struct package *package, struct metadata *ret)
{
	*ret = (struct metadata){0};
	return metadata_parse(package->text, package->directory.data, &sbom->arena, ret, NULL) == 0;
}

struct slice sbom_purl(struct sbom *sbom, const struct package *package)
{
	autostr struct str purl = STR_INIT;

	package_add_purl(&purl, package);
	return arena_slice(&sbom->arena, str_slice(&purl));
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
