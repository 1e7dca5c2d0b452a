/*
 * What `kiln record` checks for continuous integration: references that mean nothing, elements
 * without documentation, changes since an older version. Each finding is an error about its place.
 *
 *	checking_open(&checking, &sources, &err)	before workers start
 *	checking_page(&checking, &page, ...)	in workers
 *	checking_receive(&checking, ...)	for what these packed
 *	checking_finish(&checking, ...)		when all pages are made
 */
#ifndef KILN_RECORD_CHECK_H
#define KILN_RECORD_CHECK_H

#include "jobs/reporter.h"
#include "record/output.h"
#include "record/since_list.h"
#include "record/writer.h"

struct record_checks {
	bool references;
	unsigned documented; /* percent of public elements, at least; 0: not asked */
	const char *badge;   /* the path of a picture of the percentage, or NULL */
	const char *since;   /* the directory of an older version, or NULL */
};

struct checking {
	const struct record_checks *checks;
	const struct reporter *reporter;
	struct since_tree older;
	struct since_list changes;
	size_t found; /* what is wrong */
};

/* Read the list of what an older version had, if there is one. `checks` and `reporter` are set, the
 * rest is zero. ERROR_USAGE if the older version is none, or has none of the sources. */
int checking_open(
    struct checking *checking, const struct record_sources *sources, struct error **err);

/* Whether the record of a page is needed even if it is current. */
static inline bool checking_needs_records(const struct checking *checking)
{
	return checking->checks->references || checking->checks->since;
}

/* Append what there is to tell about a page; a malformed older version is a finding. */
int checking_page(const struct checking *checking, const struct record_page *page, struct str *ret,
    struct error **err);

/* Take what checking_page() appended. Messages are appended to `messages`. */
void checking_receive(struct checking *checking, const struct record_source *source,
    const struct site_factor *factor, struct slice packed, struct str *messages);

/* Find what concerns all: changes, and what is documented, of which documented.json is written
 * below the output, and the badge. */
int checking_finish(struct checking *checking, const struct record_sources *sources,
    const struct record_site *site, struct record_output *output, struct str *messages,
    struct error **err);

void checking_release(struct checking *checking);

#endif
