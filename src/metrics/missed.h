/*
 * What of a source was missed, as people read it: regions that follow each other as one area.
 */
#ifndef KILN_METRICS_MISSED_H
#define KILN_METRICS_MISSED_H

#include "metrics/report.h"

/* An area of one region, or of several that have no reached one between them. */
struct missed {
	struct area area;
	bool is_implicit; /* an implicit way out: the area is the whole statement */
};

struct missing {
	struct missed *items; /* sorted */
	size_t count;
};

/* Find what was missed. An implicit way out is not told where its statement was missed, too. */
void missing_find(const struct reported *source, struct missing *ret);

/* Append `LINE:COLUMN-COLUMN` or `LINE:COLUMN-LINE:COLUMN`, with a `~` before if it is implicit. */
void missed_add(const struct missed *missed, struct str *ret);

void missing_release(struct missing *missing);
#define automissing CLEANUP(missing_release)

#endif
