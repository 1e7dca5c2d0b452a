/*
 * A source as it is now, for reports: its text, its outline, and the types of its regions.
 */
#ifndef KILN_METRICS_SOURCE_H
#define KILN_METRICS_SOURCE_H

#include "base/str.h"
#include "python/outline.h"

struct source {
	struct str text; /* as source_decode() gives it */
	struct outline outline;
	struct area *areas; /* of its regions, sorted; unless they were not wanted */
	char *types;
	size_t count;
};

/* Read a source if it is at its path, and has this hash (any, if that is empty). 1 if it has. 0 if
 * not: *ret_problem, which belongs to the caller, says why, or is NULL if nothing is there; it has
 * a number if the file cannot be read. -1 where the system refuses something. Regions are looked
 * for if `regions`. *ret is all zero before. */
int source_read(struct slice path, struct slice hash, bool regions, struct source *ret,
    struct error **ret_problem, struct error **err);

void source_release(struct source *source);
#define autosource CLEANUP(source_release)

#endif
