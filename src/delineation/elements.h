/*
 * Writes elements as JSON (docs/formats.rst, docs/schema).
 */
#ifndef KILN_DELINEATION_ELEMENTS_H
#define KILN_DELINEATION_ELEMENTS_H

#include "python/delineate.h"

/* The version of the format, which the schemas in docs/schema have in their names. */
#define DESCRIPTION_FORMAT 1

/* The parts of a description, each a JSON document on a line. */
struct description {
	struct str elements;
	struct str documented;	  /* paths of elements, and */
	struct str documentation; /* their documentation, in the same order */
	struct str data;	  /* paths of data, and their values */
	/* The counted regions: a line of numbers and a character for each, their number, and the
	 * source's hash, a line. Not JSON; empty if delineation found none. */
	struct str areas;
	struct str types;
	size_t region_count;
	struct str hashes;
};

/* Write a source's elements; *ret is empty. `shown` is the source, for the error (ERROR_INPUT) that
 * the description is too large. */
int description_write(const struct delineation *delineation, const char *shown,
    struct description *ret, struct error **err);

/* Append a description as one JSON object, without a line end; `recorded` is the source's path. */
void description_document(
    const struct description *description, struct slice recorded, struct str *ret);

void description_release(struct description *description);
#define autodescription CLEANUP(description_release)

#endif
