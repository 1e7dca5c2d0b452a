/*
 * The page of a source in a site: html/source.h with links from the names of elements to where they
 * are documented.
 */
#ifndef KILN_RECORD_HTML_SOURCE_H
#define KILN_RECORD_HTML_SOURCE_H

#include "html/site.h"
#include "record/site_index.h"

struct record_html_source {
	const struct html_site *site;
	const struct site_factor *factor;
	const struct factor_record *record;
	const struct html_crumb *crumbs; /* to the factor's page, which is the last one */
	size_t crumb_count;
	bool is_prose; /* a chapter: nothing in it is code */
};

/* Append the page. */
void record_html_source(const struct record_html_source *page, struct str *ret);

#endif
