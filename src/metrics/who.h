/*
 * Who reached a region: the identities of tests in captures.
 */
#ifndef KILN_METRICS_WHO_H
#define KILN_METRICS_WHO_H

#include "metrics/measures.h"

/* A part of a source. */
struct who_area {
	struct slice path; /* as it was given */
	struct area area;
};

/* Parse `PATH:LINE`, `PATH:LINE:COLUMN` or, with a second position, `PATH:LINE:COLUMN-COLUMN` and
 * `PATH:LINE:COLUMN-LINE:COLUMN`, as the report of missed regions has them. Without columns it is
 * all of the line. The path is borrowed. ERROR_USAGE. */
int who_parse(const char *text, struct who_area *ret, struct error **err);

/* Append a line `COUNT IDENTITY` for each identity that reached regions that begin in the area of
 * the source with this path, sorted by the identity; COUNT is the largest of these regions. The
 * measures have shares of the source. ERROR_INPUT if they do not have the source, or if no region
 * begins there; nothing is appended if nobody reached one. */
int who_write(const struct measures *measures, struct slice path, const struct who_area *asked,
    struct str *ret, struct error **err);

#endif
