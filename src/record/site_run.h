/*
 * A site while it is made (for site.c and the files that it calls).
 */
#ifndef KILN_RECORD_SITE_RUN_H
#define KILN_RECORD_SITE_RUN_H

#include "record/site.h"
#include "record/site_files.h"

struct site_run;

/* What the first pass found of a source. */
struct site_found {
	bool done;
	uint64_t offset, size; /* in the spool */
	struct str summary;
};

/* A page of the second pass that is no factor's. */
struct site_page {
	struct slice place;
	/* Append the page or file. */
	int (*make)(const struct site_run *run, const struct site_page *page, struct str *ret,
	    struct error **err);
	const void *about;
};

struct site_run {
	const struct site_options *options;
	const struct site_sources *sources;
	struct reporter *reporter;
	struct site_result *result;
	struct arena arena;
	struct site_files files;
	int spool;			 /* a file without a name */
	_Atomic uint64_t *spool_end;	 /* shared by all workers */
	struct site_found *found;	 /* of each source */
	const struct site_source **made; /* those that were found, as in the index */
	struct site_index index;
	struct site_page *pages;
	size_t page_count, page_capacity;
	struct map places;	       /* of all files */
	struct map project_places;     /* path -> the place of a project's page */
	struct fields search;	       /* names and contents of the search index */
	const struct text_node *front; /* NULL: there is no text for the front page */
	bool front_begins;	       /* the text has a title */
};

/* Plan a page or file; `about` is for `make`. */
void site_plan(struct site_run *run, struct slice place,
    int (*make)(const struct site_run *run, const struct site_page *page, struct str *ret,
	struct error **err),
    const void *about);

/* Plan the pages of projects, the front page, and the files that all pages share. */
int site_plan_pages(struct site_run *run, struct error **err);

/* Plan the search index. */
int site_plan_search(struct site_run *run, struct error **err);

/* The place of a project's page; after site_plan_pages(). */
struct slice site_project_place(const struct site_run *run, const struct project *project);

#endif
