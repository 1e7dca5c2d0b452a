/*
 * kiln delineate: sources in, what describes them out.
 */
#ifndef KILN_SHIP_DELINEATE_H
#define KILN_SHIP_DELINEATE_H

#include "delineation/stub.h"
#include "image/plan.h"
#include "jobs/reporter.h"
#include "jobs/worker_pool.h"

enum delineate_format {
	DELINEATE_JSON,	 /* directories of files; or one document */
	DELINEATE_JSONL, /* an object for each source, on a line */
	DELINEATE_CTAGS,
	DELINEATE_STUB,
};

struct delineate_run {
	const char *const *sources; /* SOURCE arguments, ended by NULL; one at least */
	/* A directory for JSON and, of several sources, stubs; else a file; NULL: what is made goes
	 * to `print`, in the order of the SOURCE arguments, and of paths within each. */
	const char *output;
	enum delineate_format format;
	struct stub_options stub;
	const char *factor;	  /* of a single source, or NULL */
	const char *encoding;	  /* overrides the cookies, or NULL */
	unsigned workers;	  /* at least 1 */
	bool force;		  /* replace a directory that is no description */
	struct plan_options scan; /* its `image` is filled in */
	void (*print)(void *context, struct slice text);
	void *context;
};

struct delineate_result {
	size_t described;
	size_t failed; /* what was reported; not zero means status 1 */
	struct worker_pool_usage usage;
};

/*
 * Describe what the SOURCE arguments name: files of any name, and in directories *.py and *.pyi.
 * Places are as for builds (image/plan.h); a single source that is a file stands in the output
 * itself. Fails when nothing was made: ERROR_USAGE before anything was done, ERROR_SYSTEM
 * afterwards, also when interrupted. What concerns one source is reported and counted. The
 * interpreter is started, and runs afterwards.
 */
int delineate_run(const struct delineate_run *options, struct reporter *reporter,
    struct delineate_result *ret, struct error **err);

#endif
