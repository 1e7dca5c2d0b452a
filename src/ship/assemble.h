/*
 * kiln build: sources in, an image out.
 *
 * Scan the SOURCE arguments into a plan, let workers compile and copy into a stage beside the
 * image, then put the stage in the image's place, or write the archive from it. Descriptions of the
 * sources are made from the same parse.
 */
#ifndef KILN_SHIP_ASSEMBLE_H
#define KILN_SHIP_ASSEMBLE_H

#include "image/archive.h"
#include "jobs/reporter.h"
#include "jobs/worker_pool.h"
#include "ship/compile_item.h"

struct assemble_options {
	const char *const *sources; /* SOURCE arguments, ended by NULL; one at least */
	const char *output;
	const char *descriptions;    /* a directory that describes the sources, or NULL */
	enum archive_form form;	     /* ARCHIVE_NONE for a directory */
	unsigned workers;	     /* at least 1 */
	struct jobserver *jobserver; /* or NULL */
	bool force;		     /* replace a directory that is no image */
	bool is_verbose;	     /* what is left out is told */
	struct plan_options scan;
	struct compile_options compile; /* what a run has of its own is filled in here */
};

struct assemble_result {
	size_t compiled; /* sources */
	size_t copied;	 /* other files and links */
	size_t left_out; /* what is no part of the image, of directories with all below them only
			    these */
	size_t failed;	 /* what was reported; not zero means status 1 */
	struct worker_pool_usage usage;
};

/*
 * Build. Fails when nothing was made: ERROR_USAGE before anything was done, ERROR_SYSTEM
 * afterwards, also when interrupted. What concerns one source or file is reported and counted, and
 * the rest is made. The interpreter must not be started yet.
 */
int assemble(const struct assemble_options *options, struct reporter *reporter,
    struct assemble_result *ret, struct error **err);

/* Fail as assemble() would before anything is done, but for what only scanning the sources tells.
 */
int assemble_check(const struct assemble_options *options, struct error **err);

#endif
