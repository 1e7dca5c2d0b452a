/*
 * A pool of worker processes for a list of tasks.
 *
 * Workers are forked from the calling process, the coordinator. So they have all that was prepared
 * before, above all a started interpreter. They take tasks from shared memory, without messages,
 * and each reports through a pipe of its own. If a worker dies, only its current task is lost, and
 * another worker replaces it.
 */
#ifndef KILN_JOBS_WORKER_POOL_H
#define KILN_JOBS_WORKER_POOL_H

#include "jobs/jobserver.h"
#include "jobs/reporter.h"

/* The queue of a pool whose tasks wait for other tasks. */
struct worker_pool_queue {
	struct board *board; /* while the pool runs */
	size_t begun;	     /* tasks that were begun or passed */
};

struct worker_pool {
	size_t
	    tasks; /* their number; may be 0. Without a queue they start in the order 0, 1, 2 ... */
	unsigned workers; /* at least 1; no more are started than there are tasks */
	void *context;

	/* Limits how many workers work at once; NULL: no limit. */
	struct jobserver *jobserver;

	/* In a worker: do a task and append its report to `report`. A failure ends the whole run
	 * with that error; a problem of the task alone belongs in the report. */
	int (*work)(void *context, size_t task, struct str *report, struct error **err);

	/* In a worker, before it ends without a failure; may be NULL. */
	void (*finish)(void *context);

	/* If not NULL, tasks start in the order in which worker_pool_begin() is called for them.
	 * Each report must not be empty then. */
	struct worker_pool_queue *queue;

	/* In the coordinator, before workers start, if there is a queue: begins the first tasks. */
	void (*start)(void *context);

	/* In the coordinator: gets the report of a task, unless it is empty. */
	void (*report)(void *context, size_t task, struct slice report);

	/* In the coordinator: the worker of a task ended with this status of waitpid(2). If it had
	 * reported on the task, report() was called before. */
	void (*lost)(void *context, size_t task, int status);

	/* In the coordinator: gets a warning if some workers cannot be started; may be NULL. */
	struct reporter *reporter;

	/* In the coordinator: called several times a second; may be NULL. */
	void (*tick)(void *context, size_t finished);
};

struct worker_pool_usage {
	uint64_t memory; /* the most bytes that one worker had resident */
	double seconds;	 /* processor time of all workers */
};

/* In start(), report() or lost(): let workers start a task. */
void worker_pool_begin(struct worker_pool_queue *queue, size_t task);

/* In the same functions: say that a task will never start. Each task is begun or passed, once. */
void worker_pool_pass(struct worker_pool_queue *queue, size_t task);

/* Do all tasks. Fails with the first error of a worker, and with ERROR_SYSTEM if no worker can be
 * started or when interrupted (see signals_received()), also before the call. No worker, and no
 * program that one has started, outlives the call: if the run fails, workers are asked to end, so
 * that they leave nothing partial, and killed a second later. */
int worker_pool_run(
    const struct worker_pool *pool, struct worker_pool_usage *ret, struct error **err);

#endif
