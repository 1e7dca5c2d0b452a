/*
 * A client of the jobserver of GNU make, which ninja speaks too: how many jobs run at once is
 * decided for the whole build.
 *
 * The jobserver is a pipe or a FIFO with a byte for each job that may run, a token. A process has
 * one job to begin with, for which there is no token; for each further one it takes a token out,
 * and puts the same byte back when that job has ended. Tokens that are not put back are lost to the
 * whole build: whoever forks a process with a token remembers the token.
 *
 * Facts: GNU make's manual, "POSIX Jobserver Interaction".
 */
#ifndef KILN_JOBS_JOBSERVER_H
#define KILN_JOBS_JOBSERVER_H

#include "base/str.h"

enum jobserver_state {
	JOBSERVER_NONE, /* there is none: the number of jobs is the caller's to decide */
	JOBSERVER_READY,
	JOBSERVER_UNAVAILABLE, /* there is one that cannot be used: one job, and a warning */
};

/* All zero: none. Forked processes may use it as well. */
struct jobserver {
	enum jobserver_state state;
	bool is_dry_run; /* make was started with -n: nothing is to be done */
	int input;	 /* never blocks, and is ours alone: make's own must block */
	int output;
};

/* Connect to the jobserver that `makeflags`, the value of $MAKEFLAGS (may be NULL), tells of. If it
 * cannot be used, the state says so and `ret_warning` is a sentence about it. */
void jobserver_open(struct jobserver *jobserver, const char *makeflags, struct str *ret_warning);

/* Take a token if there is one at once; *ret tells whether. Errors have kind ERROR_SYSTEM. */
int jobserver_try_acquire(
    struct jobserver *jobserver, bool *ret, unsigned char *ret_token, struct error **err);

/* A descriptor for poll(2) with POLLIN: it is worth to try. */
int jobserver_fd(const struct jobserver *jobserver);

/* Put a token back. */
int jobserver_release(struct jobserver *jobserver, unsigned char token, struct error **err);

/* Disconnect. Tokens that were taken are to be released before. */
void jobserver_close(struct jobserver *jobserver);
#define autojobserver CLEANUP(jobserver_close)

#endif
