/*
 * The forms of reports that are a directory of files.
 */
#ifndef KILN_METRICS_WRITE_FILES_H
#define KILN_METRICS_WRITE_FILES_H

#include "metrics/files.h"
#include "metrics/report.h"

/* Pages of HTML: index.html and others that have the same table in another order, a page for each
 * source, in which missed regions are marked, and, if there are times, one of them. */
void write_html(const struct report *report, const struct measures *measures, unsigned decimals,
    struct report_files *ret);

/* The source texts with the counts of their lines before them, where they are known. */
void write_annotated(const struct report *report, struct report_files *ret);

/* The metrics of each source (docs/formats.rst, "Metrics"). */
void write_metrics(
    const struct report *report, const struct measures *measures, struct report_files *ret);

#endif
