/*
 * Building in place: make the images of a product that are not current.
 *
 * The coordinator gives tasks to a pool of worker processes (jobs/worker_pool.h). A node of the
 * graph that is not current is one task. If several units have to be made, the node becomes more
 * tasks: one that finds out which, one for each unit, and one that renders the image. A node's
 * first task starts once all nodes that the node needs are done.
 */
#ifndef KILN_BUILD_BUILD_PRODUCTS_H
#define KILN_BUILD_BUILD_PRODUCTS_H

#include "build/build_session.h"
#include "build/product_files.h"
#include "jobs/worker_pool.h"

struct build_options {
	struct build_session_options session;
	const char *cache; /* directory of the cache; NULL: that of the user, unless `no_cache` */
	bool no_cache;
	uint64_t cache_limit;	     /* bytes */
	bool fail_fast;		     /* start no task after a failure */
	unsigned workers;	     /* at least 1 */
	struct jobserver *jobserver; /* or NULL */
	struct product_files *files; /* in which the products' files are noted; or NULL */
};

struct build_result {
	size_t processed, cached, current, failed, skipped, removed; /* images */
	size_t commands;					     /* that were run */
	struct worker_pool_usage usage;
};

/* Build. A problem of one factor is reported and counted in *ret, and the rest is built. Fails with
 * ERROR_USAGE before anything is changed, or with ERROR_SYSTEM, also when interrupted; what was
 * built until then is recorded. The interpreter must not be started yet. */
int build_products(const struct build_options *options, struct reporter *reporter,
    struct build_result *ret, struct error **err);

/* Find out what build_products() would do, and write nothing. Append to `ret` a line for each image
 * that would be built or removed: its path below the product, and why. With --log json the reporter
 * prints events instead. *ret_result has the counts. */
int build_dry_run(const struct build_options *options, struct reporter *reporter, struct str *ret,
    struct build_result *ret_result, struct error **err);

#endif
