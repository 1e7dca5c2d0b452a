/*
 * A client of the jobserver of GNU make, which ninja supports, too. The jobserver limits the jobs
 * that run at once in a whole build.
 *
 * It is a pipe or a FIFO with one byte, a token, for each further job that may run. A process may
 * run one job without a token. For each other job it reads a token, and writes the same byte back
 * when that job has ended. A token that is not written back is lost to the whole build, so the
 * parent of a process with a token remembers the token.
 *
 * Facts: GNU make's manual, "POSIX Jobserver Interaction".
 */
#ifndef KILN_JOBS_JOBSERVER_H
#define KILN_JOBS_JOBSERVER_H

#include "base/str.h"

enum jobserver_state {
	JOBSERVER_NONE, /* no jobserver: the caller decides how many jobs run */
	JOBSERVER_READY,
	JOBSERVER_UNAVAILABLE, /* the jobserver cannot be used: run one job, and warn */
};

/* All zero: no jobserver. Forked processes may use it, too. */
struct jobserver {
	enum jobserver_state state;
	bool is_dry_run; /* make runs with -n: do nothing */
	int input;	 /* opened by us, as ours must not block and make's must */
	int output;
};

/* Connect to the jobserver that `makeflags`, the value of $MAKEFLAGS, names; NULL is allowed. If
 * that fails, the state is JOBSERVER_UNAVAILABLE and `ret_warning` gets a sentence. */
void jobserver_open(struct jobserver *jobserver, const char *makeflags, struct str *ret_warning);

/* Take a token without waiting; *ret is whether there was one. Errors have kind ERROR_SYSTEM. */
int jobserver_try_acquire(
    struct jobserver *jobserver, bool *ret, unsigned char *ret_token, struct error **err);

/* The descriptor for poll(2) with POLLIN, which becomes ready when there may be a token. */
int jobserver_fd(const struct jobserver *jobserver);

/* Give a token back. */
int jobserver_release(struct jobserver *jobserver, unsigned char token, struct error **err);

/* Disconnect. Give all tokens back before. */
void jobserver_close(struct jobserver *jobserver);
#define autojobserver CLEANUP(jobserver_close)

#endif
