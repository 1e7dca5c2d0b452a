/*
 * Worker processes over a list of tasks.
 *
 * Workers are forked from the calling process, so everything that was prepared before, a started
 * interpreter above all, is theirs at once. They take the next task from shared memory, which
 * costs no message, and report through a pipe of their own only what there is to say. A worker that
 * dies loses the task it was on, nothing else: another one takes its place.
 */
#ifndef KILN_JOBS_WORKER_POOL_H
#define KILN_JOBS_WORKER_POOL_H

#include "jobs/jobserver.h"
#include "jobs/reporter.h"

/* The tasks that may be begun, of a pool whose tasks wait for others. */
struct worker_pool_queue {
	struct board *board; /* while the pool runs */
	size_t begun;	     /* how many were named, or passed over */
};

struct worker_pool {
	size_t tasks;	  /* numbered from 0, begun in this order; may be 0 */
	unsigned workers; /* at least 1; no more are started than there are tasks */
	void *context;

	/* Who decides how many of the workers work at once, or NULL. */
	struct jobserver *jobserver;

	/* In a worker: do a task and append what is to be reported to `report`. Failing ends the
	 * whole run with that error; what concerns the task alone is reported. */
	int (*work)(void *context, size_t task, struct str *report, struct error **err);

	/* If not NULL, a task is begun only after worker_pool_begin() named it, in the order of the
	 * naming, and each task reports something. */
	struct worker_pool_queue *queue;

	/* In the caller, before any worker starts, if there is a queue: names the first tasks. */
	void (*start)(void *context);

	/* In the caller: a task's report, unless it is empty. */
	void (*report)(void *context, size_t task, struct slice report);

	/* In the caller: the worker on a task ended with this status of waitpid(2). What it had
	 * reported of the task came before. */
	void (*lost)(void *context, size_t task, int status);

	/* In the caller, who is told that some of the workers cannot be started; may be NULL. */
	struct reporter *reporter;

	/* In the caller, some times a second while it waits; may be NULL. */
	void (*tick)(void *context, size_t finished);
};

struct worker_pool_usage {
	uint64_t memory; /* the most that one worker had resident, bytes */
	double seconds;	 /* processor time of all workers */
};

/* In start(), report() or lost(): let a task be begun. */
void worker_pool_begin(struct worker_pool_queue *queue, size_t task);

/* The same: a task will not be begun at all. Each task is named, or passed over, once. */
void worker_pool_pass(struct worker_pool_queue *queue, size_t task);

/* Do all tasks. Fails with the first error of a worker, with ERROR_SYSTEM when no worker can be
 * started, or when interrupted (see signals_received()), also before it began. No worker is left in
 * any case, nor what one has started: when the run fails they are asked to end, so that nothing
 * partial is left, and killed a second later. */
int worker_pool_run(
    const struct worker_pool *pool, struct worker_pool_usage *ret, struct error **err);

#endif
