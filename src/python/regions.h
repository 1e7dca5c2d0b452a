/*
 * The counted regions of a source: the places whose evaluations coverage counts (docs/formats.rst).
 *
 * They are found by one walk over the syntax tree, in the order of evaluation. The same walk
 * rewrites the tree so that it counts (python/instrument.h), so that what is listed is what is
 * counted.
 */
#ifndef KILN_PYTHON_REGIONS_H
#define KILN_PYTHON_REGIONS_H

#include "python/element.h"

/* A region without counter: control never reaches it. */
#define REGION_UNREACHED (-1)

#define REGION_STATEMENT '+'
#define REGION_PART '/'	    /* of a statement or expression, skipped or repeated on its own */
#define REGION_IMPLICIT '~' /* the way past a statement for which there is no block */
#define REGION_NEVER ' '    /* CPython makes no code of it */

struct region {
	struct area area;
	char type;
	int counter; /* from 0, or REGION_UNREACHED where the type is REGION_NEVER */
};

/* Sorted by area. A region whose count is a sum of several counters is there for each of them.
 * Where CPython gives several expressions one position, as 3.11 does within f-strings, several
 * regions have one area, too. */
struct regions {
	struct region *items;
	size_t count;
	size_t capacity;
	int counters; /* how many there are */
};

void regions_add(struct regions *regions, struct area area, char type, int counter);

/* The regions of one area: set *at, which begins at 0, behind them, and return the first one, or
 * NULL at the end; *ret_type is the type of them all. */
const struct region *regions_next(const struct regions *regions, size_t *at, char *ret_type);

/* Sort regions that were found in another order. */
void regions_sort(struct regions *regions);

/* Append `L C L C`. */
void region_add_area(const struct area *area, struct str *ret);

void regions_release(struct regions *regions);
#define autoregions CLEANUP(regions_release)

#endif
