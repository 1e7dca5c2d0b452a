/*
 * The lines of areas, which captures, descriptions and what is written have alike: `LINE COLUMN
 * LINE COLUMN`.
 */
#ifndef KILN_METRICS_AREAS_H
#define KILN_METRICS_AREAS_H

#include "base/str.h"
#include "python/element.h"

/* Cut off the line, with its end, of an area that the text begins with. False, and *rest is
 * anything, if it begins with no such line, or with one whose end is before its beginning. */
bool area_take(struct slice *rest, struct area *ret);

/* The order of areas: by their beginnings, then by their ends. */
int area_compare(const struct area *a, const struct area *b);
int point_compare(struct point a, struct point b);

#endif
