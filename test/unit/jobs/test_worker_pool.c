#include <pthread.h>

#include "jobs/pools.h"

/* More than a pipe holds, and no multiple of what is read at once. */
#define LARGE_REPORT ((size_t)3 * 65536 + 17)

START_TEST(every_task_is_done_once_whatever_the_number_of_workers)
{
	static const unsigned workers[] = {1, 2, 7};

	for (size_t i = 0; i < sizeof(workers) / sizeof(*workers); i++) {
		struct told told;
		struct worker_pool pool = make_pool(&told, 1000, workers[i]);

		run(&pool);
		for (size_t task = 0; task < pool.tasks; task++)
			ck_assert_uint_eq(shared->done[task], 1);
		ck_assert_uint_eq(told.lost_count, 0);
	}
}
END_TEST

static void count_fork(void)
{
	atomic_fetch_add(&shared->forks, 1);
}

START_TEST(no_more_workers_are_started_than_there_are_tasks)
{
	struct told told;
	struct worker_pool pool = make_pool(&told, 3, 100);

	ck_assert_int_eq(pthread_atfork(NULL, NULL, count_fork), 0);
	run(&pool);
	ck_assert_int_eq(shared->forks, 3);
	for (size_t task = 0; task < 4; task++)
		ck_assert_uint_eq(shared->done[task], task < 3);
}
END_TEST

START_TEST(no_tasks_are_done_at_once)
{
	struct told told;
	struct worker_pool pool = make_pool(&told, 0, 4);

	ck_assert_int_eq(pthread_atfork(NULL, NULL, count_fork), 0);
	run(&pool);
	ck_assert_int_eq(shared->forks, 0);
}
END_TEST

static size_t report_size(size_t task)
{
	static const size_t sizes[] = {0, 1, 23, 24, 4096, 65535, LARGE_REPORT, 0, (size_t)1 << 20};

	return sizes[task % (sizeof(sizes) / sizeof(*sizes))];
}

/* Bytes of a report tell its task and their place in it. */
static char report_byte(size_t task, size_t at)
{
	return (char)(task * 31 + at * 7);
}

static int report_much(void *context, size_t task, struct str *report, struct error **err)
{
	(void)context;
	(void)err;
	ck_assert_uint_eq(report->len, 0);
	for (size_t at = 0; at < report_size(task); at++)
		str_addc(report, report_byte(task, at));
	return 0;
}

static void take_much(void *context, size_t task, struct slice report)
{
	struct told *told = context;

	ck_assert_uint_eq(report.len, report_size(task));
	for (size_t at = 0; at < report.len; at++) {
		if (report.data[at] != report_byte(task, at))
			ck_abort_msg("byte %zu of the report on %zu is wrong", at, task);
	}
	told->reports[task]++;
	told->report_count++;
}

START_TEST(reports_arrive_whole_and_with_their_task)
{
	for (unsigned workers = 1; workers <= 4; workers += 3) {
		struct told told;
		struct worker_pool pool = make_pool(&told, 90, workers);

		pool.work = report_much;
		pool.report = take_much;
		run(&pool);
		for (size_t task = 0; task < pool.tasks; task++)
			ck_assert_uint_eq(told.reports[task], report_size(task) > 0);
		ck_assert_uint_eq(told.lost_count, 0);
	}
}
END_TEST

/* How a worker may end. */
static void end_killed(void)
{
	(void)kill(getpid(), SIGKILL);
}

static void end_terminated(void)
{
	(void)raise(SIGTERM);
}

static void end_with_failure(void)
{
	_exit(7);
}

static void end_with_success(void)
{
	_exit(0);
}

static void end_aborted(void)
{
	abort();
}

static void (*end_worker)(void);

static bool is_deadly(size_t task)
{
	return task % 10 == 3;
}

static int die_of_some(void *context, size_t task, struct str *report, struct error **err)
{
	if (is_deadly(task))
		end_worker();
	str_addc(report, (char)task);
	return do_nothing(context, task, report, err);
}

static void take_one(void *context, size_t task, struct slice report)
{
	struct told *told = context;

	ck_assert_uint_eq(report.len, 1);
	ck_assert_int_eq(report.data[0], (char)task);
	told->reports[task]++;
	told->report_count++;
}

START_TEST(a_worker_that_dies_loses_its_task_and_nothing_else)
{
	static const struct {
		void (*end)(void);
		int status;
	} cases[] = {{end_killed, SIGKILL}, {end_terminated, SIGTERM}, {end_aborted, SIGABRT},
	    {end_with_failure, 7 << 8}, {end_with_success, 0}};

	for (size_t i = 0; i < 3 * sizeof(cases) / sizeof(*cases); i++) {
		static const unsigned workers[] = {1, 2, 7};
		struct told told;
		struct worker_pool pool = make_pool(&told, 100, workers[i % 3]);

		end_worker = cases[i / 3].end;
		pool.work = die_of_some;
		pool.report = take_one;
		run(&pool);
		for (size_t task = 0; task < pool.tasks; task++) {
			ck_assert_uint_eq(told.lost[task], is_deadly(task));
			ck_assert_uint_eq(told.reports[task], !is_deadly(task));
			ck_assert_uint_eq(shared->done[task], !is_deadly(task));
		}
		ck_assert_int_eq(told.status & ~0x80, cases[i / 3].status); /* 0x80: a core file */
	}
}
END_TEST

static int die(void *context, size_t task, struct str *report, struct error **err)
{
	(void)context;
	(void)task;
	(void)report;
	(void)err;
	end_worker();
	return 0;
}

START_TEST(every_task_may_be_lost)
{
	for (unsigned workers = 1; workers <= 7; workers += 6) {
		struct told told;
		struct worker_pool pool = make_pool(&told, 40, workers);

		end_worker = end_killed;
		pool.work = die;
		run(&pool);
		for (size_t task = 0; task < pool.tasks; task++)
			ck_assert_uint_eq(told.lost[task], 1);
	}
}
END_TEST

static int report_and_be_killed(void *context, size_t task, struct str *report, struct error **err)
{
	(void)context;
	(void)err;
	if (task == 0)
		shared->worker = getpid();
	else if (task == 1)
		for (size_t at = 0; at < 16 * LARGE_REPORT; at++)
			str_addc(report, 'x');
	if (task != 1)
		str_addc(report, (char)task);
	shared->begun = (int)task;
	return 0;
}

/* Kill the worker when it is about to send what the pipe cannot hold. */
static void take_and_kill(void *context, size_t task, struct slice report)
{
	take_one(context, task, report);
	if (task != 0)
		return;
	while (shared->begun != 1)
		(void)poll(NULL, 0, 1);
	ck_assert_int_eq(kill(shared->worker, SIGKILL), 0);
}

START_TEST(a_report_that_was_cut_off_is_none)
{
	struct told told;
	struct worker_pool pool = make_pool(&told, 5, 1);

	pool.work = report_and_be_killed;
	pool.report = take_and_kill;
	run(&pool);
	ck_assert_uint_eq(told.lost_count, 1);
	ck_assert_uint_eq(told.lost[1], 1);
	for (size_t task = 0; task < pool.tasks; task++)
		ck_assert_uint_eq(told.reports[task], task != 1);
}
END_TEST

static void die_at_first(void)
{
	if (atomic_fetch_add(&shared->forks, 1) < 3)
		_exit(9);
}

START_TEST(workers_that_die_before_they_take_a_task_are_replaced)
{
	struct told told;
	struct worker_pool pool = make_pool(&told, 50, 2);

	ck_assert_int_eq(pthread_atfork(NULL, NULL, die_at_first), 0);
	run(&pool);
	ck_assert_int_ge(shared->forks, 4);
	for (size_t task = 0; task < pool.tasks; task++)
		ck_assert_uint_eq(shared->done[task], 1);
	ck_assert_uint_eq(told.lost_count, 0);
}
END_TEST

START_TEST(workers_that_all_die_at_once_end_the_run)
{
	for (unsigned workers = 1; workers <= 7; workers += 6) {
		struct told told;
		struct worker_pool pool = make_pool(&told, 50, workers);

		ck_assert_int_eq(pthread_atfork(NULL, NULL, end_with_failure), 0);
		fail_run(
		    &pool, ERROR_SYSTEM, "workers end before they begin a task: exit status 7");
		ck_assert_uint_eq(told.lost_count, 0);
	}
}
END_TEST

/* One task fails while the others never end. */
static int fail_or_sleep(void *context, size_t task, struct str *report, struct error **err)
{
	(void)context;
	(void)report;
	if (task == 2)
		return fail(err, ERROR_INTERNAL, "task %zu\nhas failed", task);
	while (pause() < 0)
		;
	return 0;
}

START_TEST(an_error_of_the_work_ends_the_run_with_its_message)
{
	struct told told;
	struct worker_pool pool = make_pool(&told, 100, 7);

	pool.work = fail_or_sleep;
	fail_run(&pool, ERROR_INTERNAL, "task 2\\nhas failed");
	ck_assert_uint_eq(told.lost_count, 0);
}
END_TEST

static int fail_with_much(void *context, size_t task, struct str *report, struct error **err)
{
	autofree char *text = xcalloc(LARGE_REPORT + 1, 1);

	(void)context;
	(void)report;
	memset(text, 'e', LARGE_REPORT);
	return fail(err, ERROR_SYSTEM, "%zu %s", task, text);
}

START_TEST(an_error_may_be_longer_than_a_pipe)
{
	autoerror struct error *error = NULL;
	struct worker_pool_usage usage;
	struct told told;
	struct worker_pool pool = make_pool(&told, 1, 1);

	pool.work = fail_with_much;
	ck_assert_int_eq(worker_pool_run(&pool, &usage, &error), -1);
	ck_assert_uint_eq(strlen(error->message), LARGE_REPORT + 2);
	ck_no_child();
}
END_TEST

static int wait_for_ticks(void *context, size_t task, struct str *report, struct error **err)
{
	while (shared->told < 3)
		(void)poll(NULL, 0, 1);
	return do_nothing(context, task, report, err);
}

static void count_ticks(void *context, size_t finished)
{
	struct told *told = context;

	ck_assert_uint_ge(finished, told->finished);
	told->finished = finished;
	atomic_fetch_add(&shared->told, 1);
}

START_TEST(the_caller_is_called_while_workers_are_busy)
{
	struct told told;
	struct worker_pool pool = make_pool(&told, 5, 2);

	pool.work = wait_for_ticks;
	pool.tick = count_ticks;
	run(&pool);
	ck_assert_int_ge(shared->told, 3);
}
END_TEST

START_TEST(the_last_call_counts_all_tasks_also_lost_ones)
{
	struct told told;
	struct worker_pool pool = make_pool(&told, 100, 3);

	end_worker = end_killed;
	pool.work = die_of_some;
	pool.report = take_one;
	pool.tick = count_ticks;
	run(&pool);
	ck_assert_uint_eq(told.lost_count, 10);
	ck_assert_uint_eq(told.finished, 100);
}
END_TEST

/* Use memory and time that can be told from none. */
static int use_much(void *context, size_t task, struct str *report, struct error **err)
{
	size_t size = (size_t)64 << 20;
	autofree char *memory = xmalloc(size);

	for (size_t at = 0; at < size; at += 64)
		((volatile char *)memory)[at] = (char)task;
	return do_nothing(context, task, report, err);
}

START_TEST(the_usage_of_workers_is_counted)
{
	autoerror struct error *error = NULL;
	struct worker_pool_usage usage;
	struct told told;
	struct worker_pool pool = make_pool(&told, 4, 2);

	pool.work = use_much;
	ck_ok(worker_pool_run(&pool, &usage, &error), error);
	ck_assert_uint_ge(usage.memory, (uint64_t)64 << 20);
	ck_assert_uint_le(usage.memory, (uint64_t)1 << 40);
	ck_assert(usage.seconds > 0);
}
END_TEST

SUITE("jobs/worker_pool", every_task_is_done_once_whatever_the_number_of_workers,
    no_more_workers_are_started_than_there_are_tasks, no_tasks_are_done_at_once,
    reports_arrive_whole_and_with_their_task, a_worker_that_dies_loses_its_task_and_nothing_else,
    every_task_may_be_lost, a_report_that_was_cut_off_is_none,
    workers_that_die_before_they_take_a_task_are_replaced, workers_that_all_die_at_once_end_the_run,
    an_error_of_the_work_ends_the_run_with_its_message, an_error_may_be_longer_than_a_pipe,
    the_caller_is_called_while_workers_are_busy, the_last_call_counts_all_tasks_also_lost_ones,
    the_usage_of_workers_is_counted)
