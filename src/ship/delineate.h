/*
 * Describing sources: what `kiln delineate` does.
 */
#ifndef KILN_SHIP_DELINEATE_H
#define KILN_SHIP_DELINEATE_H

#include "delineation/stub.h"
#include "image/plan.h"
#include "jobs/reporter.h"
#include "jobs/worker_pool.h"

enum delineate_format {
	DELINEATE_JSON,	 /* directories of files; or one document */
	DELINEATE_JSONL, /* a line with an object for each source */
	DELINEATE_CTAGS,
	DELINEATE_STUB,
};

struct delineate_run {
	const char *const *sources; /* SOURCE arguments, at least one, ended by NULL */
	/* A directory for DELINEATE_JSON, and for stubs of several sources; else a file. NULL: the
	 * output goes to `print`, in the order of the SOURCE arguments and of paths within each. */
	const char *output;
	enum delineate_format format;
	struct stub_options stub;
	bool locals;		  /* tags of what is defined in functions, too */
	const char *factor;	  /* of a single source, or NULL */
	const char *encoding;	  /* of the sources, overrides their cookies; or NULL */
	unsigned workers;	  /* at least 1 */
	bool force;		  /* replace a directory that kiln did not make */
	struct plan_options scan; /* `bundle` is filled in */
	void (*print)(void *context, struct slice text);
	void *context;
};

struct delineate_result {
	size_t described;
	size_t failed; /* reported problems; the exit status is 1 if there are any */
	struct worker_pool_usage usage;
};

/*
 * Describe what the SOURCE arguments name: files of any name, and in directories *.py and *.pyi.
 * Places are as for bundles (image/plan.h), but the description of a single source that is a file
 * is the output itself. A problem of one source is reported and counted. Fails if nothing was made:
 * with ERROR_USAGE before anything was done, with ERROR_SYSTEM afterwards, also when interrupted.
 * The interpreter is started, and still runs afterwards.
 */
int delineate_run(const struct delineate_run *options, struct reporter *reporter,
    struct delineate_result *ret, struct error **err);

#endif
