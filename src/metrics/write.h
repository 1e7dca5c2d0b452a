/*
 * The forms of reports that are one text.
 */
#ifndef KILN_METRICS_WRITE_H
#define KILN_METRICS_WRITE_H

#include "metrics/report.h"

/* A table for a terminal: of each source its regions, how many were never reached, the percentage,
 * and where these are. */
void write_text(const struct report *report, unsigned decimals, struct str *ret);

/* Markdown for the summary of a job of continuous integration. */
void write_summary(const struct report *report, unsigned decimals, struct str *ret);

/* JSON with the keys of coverage.py's report, and the regions. */
void write_json(const struct report *report, unsigned decimals, struct str *ret);

/* A tracefile of LCOV (geninfo(1), "TRACEFILE FORMAT"). If the measures have shares, there is a
 * section with the lines that were reached for each test, and one with all lines for what belongs
 * to none. Of several texts of a path there is only the one to show. */
void write_lcov(const struct report *report, struct str *ret);

/* Cobertura's XML (coverage-04.dtd). `directory` is what relative paths are below. */
void write_cobertura(const struct report *report, struct slice directory, struct str *ret);

#endif
