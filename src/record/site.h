/*
 * Sites: pages of HTML for many sources, with all that they share.
 *
 * Two passes of workers: the first describes the sources and summarizes them (site_index.h), the
 * second makes the pages. What the first finds of a source is kept in a file without a name, so
 * that the second needs no source again. Files that would be as they are stay untouched.
 */
#ifndef KILN_RECORD_SITE_H
#define KILN_RECORD_SITE_H

#include "html/site.h"
#include "jobs/worker_pool.h"
#include "record/names.h"
#include "record/site_index.h"
#include "record/text.h"

/* A source, which has a page. */
struct site_source {
	struct project *project; /* walked */
	struct slice path;	 /* of the factor in it */
	struct slice name;	 /* the dotted name that programs import it by */
	struct slice prefix;	 /* what such names of the project begin with; may be empty */
	struct slice shown;	 /* the path of the source below its product's parent, for links */
	const char *origin;	 /* to read it */
	bool is_package;
};

struct site_sources {
	struct arena arena;
	struct site_source *items; /* in the order of projects and paths */
	size_t count, capacity;
};

/* List the Python sources of a project, which must have been walked: of a module and its interface
 * the module. */
void site_sources_add(struct site_sources *sources, struct project *project);
void site_sources_release(struct site_sources *sources);

struct site_options {
	const char *output; /* the directory */
	struct html_site site;
	struct slice source_url; /* "https://.../{path}#L{line}"; or empty */
	const char *front;	 /* the path of a text for the front page, or NULL */
	enum docstring_style style;
	unsigned workers;
	/* As of record_names. */
	bool (*lookup)(void *context, struct slice name, struct record_outside *ret);
	void *context;
};

struct site_result {
	size_t pages;	/* of factors */
	size_t written; /* files that were new or differed */
	size_t removed; /* files that the site does not have any more */
	size_t failed;	/* sources that were reported and have no pages */
	struct worker_pool_usage usage;
};

/* Make a site. A problem of one source is reported and counted; the rest is made. Fails with
 * ERROR_USAGE before anything was done, and where the system refuses something. The interpreter is
 * started, and still runs afterwards. */
int site_make(const struct site_options *options, const struct site_sources *sources,
    struct reporter *reporter, struct site_result *ret, struct error **err);

#endif
