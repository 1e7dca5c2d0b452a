/*
 * Bills of materials: the distributions of an image, with licences and files.
 *
 * SPDX 2.3 (https://spdx.github.io/spdx-spec/v2.3/) or CycloneDX 1.5
 * (https://cyclonedx.org/docs/1.5/json/), as JSON. The same image gives the same bytes: the
 * identifier of the document is a digest of its content.
 */
#ifndef KILN_INSPECT_SBOM_H
#define KILN_INSPECT_SBOM_H

#include "inspect/bills.h"

enum sbom_format { SBOM_NONE, SBOM_SPDX, SBOM_CYCLONEDX };

/* The format of a name: .spdx.json, .cdx.json; SBOM_NONE for any other. */
enum sbom_format sbom_format_of_name(struct slice name);

struct sbom_options {
	enum sbom_format format;   /* not SBOM_NONE */
	int64_t time;		   /* of the document, in seconds */
	struct slice name;	   /* of the image */
	const struct bills *bills; /* which the image has */
};

/* Append the document. SPDX needs an inspection with SHA-1 (image_reading_options.has_sha1). Fails
 * only if libcrypto does. */
int sbom_write(const struct inspection *inspection, const struct packages *packages,
    const struct sbom_options *options, struct str *ret, struct error **err);

#endif
