/*
 * Verifying an image: whether its parts agree with each other.
 */
#ifndef KILN_INSPECT_VERIFY_H
#define KILN_INSPECT_VERIFY_H

#include "inspect/inspection.h"

/*
 * Tell as faults what does not agree with what in an image that was read: files that are not as the
 * RECORD of their distribution says, or missing; in a wheel, files that RECORD does not name; links
 * that lead out of the image, except in an OCI image, which is a whole file system. *ret_unchecked
 * counts the digests of other kinds than SHA-256, which are not checked.
 */
void verify_records(struct inspection *inspection, size_t *ret_unchecked);

#endif
