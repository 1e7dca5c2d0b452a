/*
 * Removing what was built.
 *
 * What a product's state knows is removed, and then the state, the units and the logs with their
 * directory. What another program put beside the images stays.
 */
#ifndef KILN_BUILD_CLEAN_H
#define KILN_BUILD_CLEAN_H

#include "cache/store.h"
#include "jobs/reporter.h"

struct clean_options {
	/* As those of a build; a factor that is gone may still be named by its path. Of a product
	 * that is only named in parts the images of these are removed, with their units and logs.
	 */
	const char *const *targets;
	const struct fields *trusted; /* directories, as of struct products; NULL: none */
	bool is_dry;		      /* only say what would be removed */
	bool is_forced;		      /* of whole products all images, whoever made them */
	bool prunes_cache;	      /* also remove the entries of the cache */
	const char *cache;	      /* its directory; NULL: the user's */
	uint64_t cache_limit;	      /* bytes that may stay in it */
};

struct clean_result {
	size_t removed; /* images; of a whole tree of them it counts as one */
	struct cache_counts cache;
};

/* Remove, each product while it is locked. `ret_plan` gets the lines of a dry run, a path each. A
 * damaged state is reported; without `is_forced` the images then stay. ERROR_USAGE for wrong
 * targets; ERROR_SYSTEM for what cannot be removed, and when interrupted. */
int clean(const struct clean_options *options, struct reporter *reporter, struct str *ret_plan,
    struct clean_result *ret, struct error **err);

#endif
