/*
 * What a site has besides the pages of factors and sources: the front page, pages of projects, the
 * search index.
 */
#ifndef KILN_RECORD_SITE_PAGES_H
#define KILN_RECORD_SITE_PAGES_H

#include "record/writer.h"

/* Append the place of a project's page. */
void site_project_place(struct slice project, struct str *ret);

/* Write the page of each project, and the front page. `front` is its text, or NULL. */
int site_write_pages(const struct record_site *site, const struct text_node *front,
    struct record_output *output, struct error **err);

/* Write the search index. */
int site_write_search(
    const struct site_index *index, struct record_output *output, struct error **err);

/* Write what is new since an older version, which site->changes has. */
#define SITE_NEWS SLICE_LITERAL("what-is-new.html")
int site_write_news(
    const struct record_site *site, struct record_output *output, struct error **err);

/* Write objects.inv, by which other sites link into this one. */
int site_write_inventory(
    const struct record_site *site, struct record_output *output, struct error **err);

#endif
