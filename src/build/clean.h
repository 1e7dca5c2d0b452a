/*
 * Removing what builds in place made.
 *
 * Of a whole product: the images in its build state, then the directory .kiln-build with the state,
 * units and logs. Files that other programs put beside the images stay.
 */
#ifndef KILN_BUILD_CLEAN_H
#define KILN_BUILD_CLEAN_H

#include "cache/store.h"
#include "jobs/reporter.h"

struct clean_options {
	/* As in struct build_session_options; a path may also name a factor that is gone. If the
	 * targets name only parts of a product, only the images, units and logs of these parts are
	 * removed. */
	const char *const *targets;
	const struct fields *trusted; /* directories, as in struct products; NULL: none */
	bool is_dry;		      /* list what would be removed, remove nothing */
	bool is_forced;		      /* remove all images of whole products, whoever made them */
	bool prunes_cache;	      /* also remove the entries of the cache */
	const char *cache;	      /* directory of the cache; NULL: that of the user */
	uint64_t cache_limit;	      /* bytes that may stay in the cache */
};

struct clean_result {
	size_t removed; /* images; a whole tree of images counts as one */
	struct cache_counts cache;
};

/* Lock each product and remove. A dry run appends the paths to `ret_plan`, one on a line. If a
 * build state is damaged, that is reported, and the images stay unless `is_forced`. ERROR_USAGE for
 * wrong targets; ERROR_SYSTEM for what cannot be removed, and when interrupted. */
int clean(const struct clean_options *options, struct reporter *reporter, struct str *ret_plan,
    struct clean_result *ret, struct error **err);

#endif
