/*
 * Assembling a bundle from sources: what `kiln build -o` does.
 *
 * Scan the SOURCE arguments into a plan; let workers compile and copy into a stage, a directory
 * beside the output; then put the stage in the output's place, or write the archive from the stage.
 * Descriptions of the sources are made from the same parse.
 */
#ifndef KILN_SHIP_ASSEMBLE_H
#define KILN_SHIP_ASSEMBLE_H

#include "image/archive.h"
#include "image/oci.h"
#include "jobs/reporter.h"
#include "jobs/worker_pool.h"
#include "ship/application.h"
#include "ship/compile_item.h"
#include "ship/image_cache.h"
#include "ship/wheel.h"

struct assemble_options {
	const char *const *sources; /* SOURCE arguments, at least one, ended by NULL */
	const char *output;
	const char *descriptions; /* the directory for descriptions of the sources, or NULL */
	const char *manifest;	  /* the file for a manifest, or NULL */
	const char *bill;	  /* the file for a bill of materials, by its name; or NULL */
	enum image_form form;
	const struct oci_options *oci; /* for FORM_OCI and FORM_OCI_TAR; `output` is the path */
	unsigned workers;	       /* at least 1 */
	struct jobserver *jobserver;   /* or NULL */
	const char *shebang;	       /* of scripts; as scripts_check_shebang() has it */
	struct application_options application;
	struct wheel_options wheel;
	bool strips_tests;	 /* leave out tests (ship/strip_tests.h) */
	const char *const *keep; /* globs against that, ended by NULL; or NULL */
	bool is_version_given;	 /* the user chose the version of Python */
	const char *first;	 /* the file that lists entries to put first, or NULL */
	bool is_reversed;	 /* work in another order */
	bool force;		 /* replace a directory that kiln did not make */
	bool is_verbose;	 /* report what is left out */
	struct image_cache_options cache;
	struct plan_options scan;
	struct compile_options
	    compile; /* assemble() fills in time, scratch, descriptions, reporter, the cache */
};

struct assemble_result {
	size_t compiled;       /* sources */
	size_t cached;	       /* sources, all of whose bytecode was in the cache */
	size_t copied;	       /* other files and links */
	size_t left_out;       /* entries; a directory with all below it counts as one */
	size_t failed;	       /* reported problems; the exit status is 1 if there are any */
	struct oci_result oci; /* of an OCI image */
	struct worker_pool_usage usage;
};

/*
 * Make the bundle. A problem of one source or file is reported and counted, and the rest is made.
 * Fails if nothing was made: with ERROR_USAGE before anything was done, with ERROR_SYSTEM
 * afterwards, also when interrupted. The interpreter must not be started yet.
 */
int assemble(const struct assemble_options *options, struct reporter *reporter,
    struct assemble_result *ret, struct error **err);

/* Do the checks of assemble() that need no scan of the sources, and fail as assemble() would. */
int assemble_check(const struct assemble_options *options, struct error **err);

#endif
