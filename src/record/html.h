/*
 * The pages of a site of records: what documentation, elements and factors are in HTML.
 *
 * Whatever comes from sources and their documentation is escaped. Links in documentation lead to
 * elements, relative paths, and URLs of http, https and mailto; others stay visible as text.
 */
#ifndef KILN_RECORD_HTML_H
#define KILN_RECORD_HTML_H

#include "html/site.h"
#include "record/names.h"
#include "record/site_index.h"

/* A factor's page. Members may be empty but for the first five. */
struct record_html {
	const struct html_site *site;
	const struct site_index *index;
	const struct site_factor *factor;
	struct factor_record *record;	  /* references resolved, and adopted (site_adopt()) */
	const struct record_names *names; /* for names in annotations */
	/* Where the source is elsewhere, too: {path} is that of site_factor, {line} a number. */
	struct slice source_url;
	struct slice language; /* of the documentation; empty for English */
	struct html_crumb project;
	/* The sources of factor->guests. */
	const struct record_html *guests;
	size_t guest_count;
};

/* Append the page of a factor. Fails only as resolve_name() does. */
int record_html_factor(const struct record_html *page, struct str *ret, struct error **err);

/* Append documentation that is no factor's, such as a front page: a TEXT_CHAPTER whose sections
 * have headings of `level` and below. `place` is that of the page. */
void record_html_text(const struct site_index *index, struct slice place,
    const struct text_node *chapter, unsigned level, struct str *ret);

#endif
