/*
 * What both formats of bills of materials need (for src/inspect/sbom*.c).
 */
#ifndef KILN_INSPECT_SBOM_PARTS_H
#define KILN_INSPECT_SBOM_PARTS_H

#include "base/iso_time.h"
#include "base/json.h"
#include "inspect/license.h"
#include "inspect/sbom.h"

struct sbom {
	const struct inspection *inspection;
	const struct packages *packages;
	const struct sbom_options *options;
	struct json_writer json;
	struct arena arena;
	/* The files of package N, as indices of the contents: files[begins[N]] up to, without it,
	 * files[begins[N + 1]]. Those of no distribution are of package packages->count. */
	size_t *files, *begins;
	char created[ISO_TIME_SIZE];
	char uuid[37]; /* of the content; empty while that is written */
};

/* The text of package_add_purl(). */
struct slice sbom_purl(struct sbom *sbom, const struct package *package);

/* Read the metadata of a distribution. False if it cannot be read, which was told before. */
bool sbom_read_metadata(struct sbom *sbom, const struct package *package, struct metadata *ret);

/* Set sbom->files and sbom->begins, for free(). */
void sbom_group_files(struct sbom *sbom);

/* Write the document. Fails only if libcrypto does. */
int sbom_write_spdx(struct sbom *sbom, struct error **err);
void sbom_write_cyclonedx(struct sbom *sbom);

#endif
