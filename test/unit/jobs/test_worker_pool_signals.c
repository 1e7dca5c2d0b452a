#include <sys/prctl.h>

#include "jobs/pools.h"

/* The first task sends a signal to the caller; none ever ends. */
static int signal_caller(void *context, size_t task, struct str *report, struct error **err)
{
	(void)context;
	(void)report;
	(void)err;
	if (task == 0)
		(void)kill(getppid(), shared->told);
	while (pause() < 0)
		;
	return 0;
}

static void end_by_signal(int number)
{
	struct told told;
	struct worker_pool pool = make_pool(&told, 10, 3);

	signals_install();
	shared->told = number;
	pool.work = signal_caller;
	fail_run(&pool, ERROR_SYSTEM, "interrupted");
	ck_assert_int_eq(signals_received(), number);
	ck_assert_uint_eq(told.lost_count, 0);
}

START_TEST(an_interrupt_ends_a_run_that_waits)
{
	end_by_signal(SIGINT);
}
END_TEST

START_TEST(a_termination_ends_a_run_that_waits)
{
	end_by_signal(SIGTERM);
}
END_TEST

START_TEST(the_end_of_a_session_ends_a_run_that_waits)
{
	end_by_signal(SIGHUP);
}
END_TEST

START_TEST(quitting_ends_a_run_that_waits)
{
	end_by_signal(SIGQUIT);
}
END_TEST

START_TEST(a_signal_before_the_run_ends_it)
{
	struct told told;
	struct worker_pool pool = make_pool(&told, 10, 3);

	signals_install();
	ck_assert_int_eq(raise(SIGTERM), 0);
	pool.work = signal_caller;
	fail_run(&pool, ERROR_SYSTEM, "interrupted");
}
END_TEST

static int signal_and_report(void *context, size_t task, struct str *report, struct error **err)
{
	(void)context;
	(void)err;
	str_addc(report, (char)task);
	if (task == 100)
		(void)kill(getppid(), SIGINT);
	return 0;
}

/* So slowly that workers always have something to say. */
static void take_slowly(void *context, size_t task, struct slice report)
{
	(void)context;
	(void)task;
	(void)report;
	(void)usleep(50);
}

START_TEST(a_signal_ends_a_run_that_never_has_to_wait)
{
	struct told told;
	struct worker_pool pool = make_pool(&told, 100000, 2);

	signals_install();
	pool.work = signal_and_report;
	pool.report = take_slowly;
	fail_run(&pool, ERROR_SYSTEM, "interrupted");
	ck_assert_int_eq(signals_received(), SIGINT);
}
END_TEST

static int raise_interrupt(void *context, size_t task, struct str *report, struct error **err)
{
	if (raise(SIGINT) != 0)
		return fail(err, ERROR_INTERNAL, "cannot raise a signal");
	return do_nothing(context, task, report, err);
}

START_TEST(workers_leave_the_interrupt_to_their_caller)
{
	struct told told;
	struct worker_pool pool = make_pool(&told, 10, 2);

	signals_install();
	pool.work = raise_interrupt;
	run(&pool);
	ck_assert_uint_eq(told.lost_count, 0);
	ck_assert(!interrupted());
}
END_TEST

START_TEST(signals_are_held_back_only_during_the_run)
{
	struct told told;
	struct worker_pool pool = make_pool(&told, 10, 2);
	sigset_t before, after;

	ck_assert_int_eq(sigprocmask(SIG_BLOCK, NULL, &before), 0);
	run(&pool);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, NULL, &after), 0);
	for (int number = 1; number < NSIG; number++)
		ck_assert_int_eq(sigismember(&before, number), sigismember(&after, number));
}
END_TEST

START_TEST(children_are_waited_for_where_they_were_ignored)
{
	struct told told;
	struct worker_pool pool = make_pool(&told, 10, 2);

	ck_assert(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	signals_install();
	run(&pool);
	for (size_t task = 0; task < pool.tasks; task++)
		ck_assert_uint_eq(shared->done[task], 1);
}
END_TEST

static int be_orphaned(void *context, size_t task, struct str *report, struct error **err)
{
	(void)context;
	(void)task;
	(void)report;
	(void)err;
	shared->worker = getpid();
	while (pause() < 0)
		;
	return 0;
}

START_TEST(a_worker_dies_with_its_caller)
{
	struct told told;
	struct worker_pool pool = make_pool(&told, 1, 1);
	struct worker_pool_usage usage;
	pid_t caller;
	int status;

	/* Orphans become children of this process. */
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	pool.work = be_orphaned;
	caller = fork();
	ck_assert_int_ge(caller, 0);
	if (caller == 0)
		_exit(worker_pool_run(&pool, &usage, NULL) == 0);
	while (!shared->worker)
		(void)poll(NULL, 0, 1);
	ck_assert_int_eq(kill(caller, SIGKILL), 0);
	ck_assert_int_eq(waitpid(caller, &status, 0), caller);
	ck_assert_int_eq(waitpid(shared->worker, &status, 0), shared->worker);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGKILL);
}
END_TEST

SUITE("jobs/worker_pool_signals", an_interrupt_ends_a_run_that_waits,
    a_termination_ends_a_run_that_waits, the_end_of_a_session_ends_a_run_that_waits,
    quitting_ends_a_run_that_waits, a_signal_before_the_run_ends_it,
    a_signal_ends_a_run_that_never_has_to_wait, workers_leave_the_interrupt_to_their_caller,
    signals_are_held_back_only_during_the_run, children_are_waited_for_where_they_were_ignored,
    a_worker_dies_with_its_caller)
