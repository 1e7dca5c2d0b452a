/*
 * Derives from the counts of a source's regions what else a report has of it.
 */
#ifndef KILN_METRICS_DERIVE_H
#define KILN_METRICS_DERIVE_H

#include "metrics/report.h"
#include "metrics/source.h"

/* Exclude regions, and set lines, branches, functions and totals of a source that has regions with
 * counts. `text` is NULL where the source is not there; names of functions are copied into the
 * arena. Fails where a regular expression does. */
int derive(struct reported *source, const struct source *text, const struct report_options *options,
    struct arena *arena, struct error **err);

#endif
