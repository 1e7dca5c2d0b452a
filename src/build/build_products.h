/*
 * kiln build in place: the images of a product.
 *
 * Each node of the graph that is not current becomes tasks of the pool of workers
 * (jobs/worker_pool.h): one, or where several units are to be made one to begin, one for each unit
 * and one to render. A node is begun when what it needs is there.
 */
#ifndef KILN_BUILD_BUILD_PRODUCTS_H
#define KILN_BUILD_BUILD_PRODUCTS_H

#include "build/build_session.h"
#include "jobs/worker_pool.h"

struct build_options {
	struct build_session_options session;
	const char *cache; /* its directory; NULL: the user's, unless `no_cache` */
	bool no_cache;
	uint64_t cache_limit;	     /* bytes */
	bool fail_fast;		     /* begin nothing more after a failure */
	unsigned workers;	     /* at least 1 */
	struct jobserver *jobserver; /* or NULL */
};

struct build_result {
	size_t processed, cached, current, failed, skipped, removed;
	size_t commands; /* that were performed */
	struct worker_pool_usage usage;
};

/* Build. Fails when nothing was done: ERROR_USAGE; or with ERROR_SYSTEM, also when interrupted:
 * what was made until then is recorded. What concerns one factor is reported and counted. The
 * interpreter must not be started yet. */
int build_products(const struct build_options *options, struct reporter *reporter,
    struct build_result *ret, struct error **err);

/* What build_products() would do, a line for each image, appended to `ret`: its path below the
 * product, and why. With
 * --log json there are events instead. *ret says how many of what. */
int build_dry_run(const struct build_options *options, struct reporter *reporter, struct str *ret,
    struct build_result *ret_result, struct error **err);

#endif
