/*
 * What both formats of bills of materials need (for src/inspect/sbom*.c).
 */
#ifndef KILN_INSPECT_SBOM_PARTS_H
#define KILN_INSPECT_SBOM_PARTS_H

#include "base/iso_time.h"
#include "base/json.h"
#include "distribution/metadata.h"
#include "inspect/sbom.h"

/* A licence: an SPDX expression, or a text that is none; both empty if nothing is said. */
struct sbom_license {
	struct slice expression;
	struct slice text;
};

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

/* The text of sbom_add_purl(). */
struct slice sbom_purl(struct sbom *sbom, const struct package *package);

/* What the metadata of a distribution says of its licence: License-Expression, else the only
 * classifier of a licence that has an SPDX identifier, else License. */
void sbom_find_license(const struct metadata *metadata, struct sbom_license *ret);

/* Read the metadata of a distribution. False if it cannot be read, which was told before. */
bool sbom_read_metadata(struct sbom *sbom, const struct package *package, struct metadata *ret);

/* Set sbom->files and sbom->begins, for free(). */
void sbom_group_files(struct sbom *sbom);

/* Whether a path is of a bill of materials in sboms/ of a dist-info (PEP 770). */
bool sbom_is_bill(const struct package *package, struct slice path);

/* Write the document. Fails only if libcrypto does. */
int sbom_write_spdx(struct sbom *sbom, struct error **err);
void sbom_write_cyclonedx(struct sbom *sbom);

#endif
