/*
 * Makes the records of many sources in parallel: the work of `kiln record`.
 *
 * A first pool of workers describes the sources and summarizes them for the index, a second one
 * writes the pages. What a page is made from decides its digest; a page whose digest and files are
 * those of the last run (kept.h) is left alone, and a source that was described before is not
 * described again (cached.h).
 */
#ifndef KILN_RECORD_RECORD_RUN_H
#define KILN_RECORD_RECORD_RUN_H

#include "jobs/worker_pool.h"
#include "record/check.h"
#include "record/writer.h"

struct record_run {
	const struct record_selection *selections;
	size_t count;
	const char *output;
	const struct record_writer *writer;
	struct record_settings *settings; /* opened */
	const struct record_checks *checks;
	unsigned workers;
	bool force;    /* write into a directory that kiln did not make */
	bool no_cache; /* neither read nor fill the cache */
};

struct record_result {
	size_t recorded; /* sources */
	size_t current;	 /* of them: left alone */
	size_t cached;	 /* of them: described before */
	size_t failed;
	size_t written; /* files */
	size_t found;	/* by the checks */
	struct worker_pool_usage usage;
};

/* Problems of sources are reported, and the rest goes on. What was written for such a source before
 * is kept. If the run fails, or is interrupted, each file is whole, old or new. */
int record_run(const struct record_run *options, struct reporter *reporter,
    struct record_result *ret, struct error **err);

#endif
