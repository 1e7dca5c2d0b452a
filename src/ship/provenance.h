/*
 * Provenance: what an image was made of, and how, as an in-toto statement
 * (https://in-toto.io/Statement/v1) with a predicate of SLSA (https://slsa.dev/provenance/v1). It
 * is not signed, and has no time.
 */
#ifndef KILN_SHIP_PROVENANCE_H
#define KILN_SHIP_PROVENANCE_H

#include "inspect/packages.h"
#include "ship/reports.h"

#define PROVENANCE_MEDIA_TYPE "application/vnd.in-toto+json"
#define PROVENANCE_PREDICATE "https://slsa.dev/provenance/v1"

/* Append the statement about the OCI image that was made. `bases` are the digests of its bases. */
void provenance_write(const struct reports *reports, const struct oci_descriptor *image,
    const struct packages *packages, const struct fields *bases, struct str *ret);

#endif
