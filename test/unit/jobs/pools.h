/*
 * What the tests of the worker pool share: pools to run, and what became of their tasks.
 */
#ifndef KILN_TEST_POOLS_H
#define KILN_TEST_POOLS_H

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "jobs/signals.h"
#include "jobs/worker_pool.h"

#include "suite.h"

#define TASKS_LIMIT 4096

/* What workers and the test tell each other, in memory shared by all. */
struct shared {
	_Atomic unsigned done[TASKS_LIMIT]; /* how often each task was done */
	_Atomic int begun;		    /* counts, or a flag, as the test needs it */
	_Atomic int told;
	_Atomic pid_t worker;
	_Atomic int forks;
};

static struct shared *shared;

/* What the caller of the pool was told. */
struct told {
	unsigned reports[TASKS_LIMIT];
	unsigned lost[TASKS_LIMIT];
	unsigned report_count;
	unsigned lost_count;
	int status; /* of the last one that was lost */
	size_t finished;
};

static inline void share_memory(void)
{
	shared = mmap(
	    NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(shared != MAP_FAILED);
}

static inline int do_nothing(void *context, size_t task, struct str *report, struct error **err)
{
	(void)context;
	(void)report;
	(void)err;
	atomic_fetch_add(&shared->done[task], 1);
	return 0;
}

static inline void take_nothing(void *context, size_t task, struct slice report)
{
	(void)context;
	ck_abort_msg("task %zu reports %zu bytes", task, report.len);
}

static inline void count_lost(void *context, size_t task, int status)
{
	struct told *told = context;

	told->lost[task]++;
	told->lost_count++;
	told->status = status;
}

/* A pool that does nothing, to be changed. */
static inline struct worker_pool make_pool(struct told *told, size_t tasks, unsigned workers)
{
	if (!shared)
		share_memory();
	memset(shared, 0, sizeof(*shared));
	*told = (struct told){0};
	return (struct worker_pool){
	    .tasks = tasks,
	    .workers = workers,
	    .context = told,
	    .work = do_nothing,
	    .report = take_nothing,
	    .lost = count_lost,
	};
}

/* Fails the test if there is a child, also one that has ended. */
static inline void ck_no_child(void)
{
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}

/* Run the pool and fail the test if the pool does. */
static inline void run(const struct worker_pool *pool)
{
	autoerror struct error *error = NULL;
	size_t descriptors = suite_count("/proc/self/fd");
	struct worker_pool_usage usage;

	ck_ok(worker_pool_run(pool, &usage, &error), error);
	ck_assert_uint_eq(suite_count("/proc/self/fd"), descriptors);
	ck_no_child();
}

/* Run the pool and fail the test unless the pool fails with `message` and this kind. */
static inline void fail_run(
    const struct worker_pool *pool, enum error_kind kind, const char *message)
{
	autoerror struct error *error = NULL;
	size_t descriptors = suite_count("/proc/self/fd");
	struct worker_pool_usage usage;

	ck_assert_int_eq(worker_pool_run(pool, &usage, &error), -1);
	ck_assert_str_eq(error->message, message);
	ck_assert_int_eq(error->kind, kind);
	ck_assert_uint_eq(suite_count("/proc/self/fd"), descriptors);
	ck_no_child();
}

#endif
