/*
 * The page of a source in the report of HTML: its text with the counts of lines, and marks where it
 * was never reached.
 */
#ifndef KILN_METRICS_SOURCE_PAGE_H
#define KILN_METRICS_SOURCE_PAGE_H

#include "metrics/report.h"

/* Append links to what was missed, and the text. */
void source_page(const struct reported *source, struct str *ret);

#endif
