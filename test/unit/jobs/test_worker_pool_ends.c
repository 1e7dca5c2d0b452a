#include <fcntl.h>
#include <sys/prctl.h>

#include "base/file.h"
#include "base/spawn.h"

#include "jobs/pools.h"

/* How many tasks work now, and did at most. */
static int count_at_once(void *context, size_t task, struct str *report, struct error **err)
{
	int now = atomic_fetch_add(&shared->begun, 1) + 1, most = atomic_load(&shared->told);

	while (now > most && !atomic_compare_exchange_weak(&shared->told, &most, now))
		;
	(void)do_nothing(context, task, report, err); /* always 0 */
	str_addc(report, 'x');
	atomic_fetch_sub(&shared->begun, 1);
	return 0;
}

static struct worker_pool_queue queue;

/* One task begins another one, so that workers wait for tasks and tokens all the time. */
static void begin_next(void *context, size_t task, struct slice report)
{
	(void)context;
	(void)report;
	for (size_t next = 2 * task + 1; next <= 2 * task + 2 && next < 4000; next++)
		worker_pool_begin(&queue, next);
}

static void begin_one(void *context)
{
	(void)context;
	worker_pool_begin(&queue, 0);
}

START_TEST(no_more_work_at_once_than_there_are_tokens)
{
	autojobserver struct jobserver jobserver = {0};
	autofree char *flags = NULL;
	autostr struct str warning = STR_INIT;
	struct told told;
	struct worker_pool pool = make_pool(&told, 4000, 6);
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	flags = xasprintf(" -j --jobserver-auth=%d,%d", ends[0], ends[1]);
	jobserver_open(&jobserver, flags, &warning);
	ck_assert_str_eq(str_c(&warning), "");
	ck_assert_int_eq(write(ends[1], "t", 1), 1);
	pool.jobserver = &jobserver;
	pool.queue = &queue;
	pool.start = begin_one;
	pool.work = count_at_once;
	pool.report = begin_next;
	run(&pool);
	ck_assert_int_le(shared->told, 2);
	for (size_t task = 0; task < pool.tasks; task++)
		ck_assert_uint_eq(shared->done[task], 1);
}
END_TEST

/* What is written to standard error from here on goes to a file, whose descriptor is returned. */
static int take_errors(void)
{
	int fd = open("errors", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	return fd;
}

/* The lowest descriptor that is free. */
static unsigned free_descriptor(void)
{
	int fd = open("/dev/null", O_RDONLY);

	ck_assert_int_ge(fd, 0);
	(void)close(fd);
	return (unsigned)fd;
}

START_TEST(one_worker_that_cannot_be_started_is_a_warning)
{
	struct told told;
	struct worker_pool pool = make_pool(&told, 50, 4);
	autoerror struct error *error = NULL;
	struct reporter reporter;
	struct worker_pool_usage usage;

	(void)take_errors(); /* it stays open */
	reporter_init(&reporter, WHEN_NEVER, WHEN_NEVER);
	pool.reporter = &reporter;
	/* The first one needs two, and keeps one. */
	suite_limit_descriptors(free_descriptor() + 2);
	ck_ok(worker_pool_run(&pool, &usage, &error), error);
	for (size_t task = 0; task < pool.tasks; task++)
		ck_assert_uint_eq(shared->done[task], 1);
	suite_expect("errors", "kiln: warning: fewer than 4 workers are running: cannot create a "
			       "pipe for a worker: Too many "
			       "open files\n");
}
END_TEST

START_TEST(without_any_worker_the_run_fails)
{
	struct told told;
	struct worker_pool pool = make_pool(&told, 50, 4);
	autoerror struct error *error = NULL;
	struct worker_pool_usage usage;

	suite_limit_descriptors(free_descriptor());
	ck_fails(
	    worker_pool_run(&pool, &usage, &error), error, "cannot create a pipe for a worker");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	ck_assert_int_eq(error->number, EMFILE);
}
END_TEST

/* The first task fails when others have begun a file, which they put in its place a moment later.
 */
static int fail_while_others_write(
    void *context, size_t task, struct str *report, struct error **err)
{
	CLEANUP(file_writer_discard) struct file_writer writer = FILE_WRITER_INIT;

	(void)context;
	(void)report;
	if (task == 0) {
		while (shared->begun < 2)
			(void)poll(NULL, 0, 1);
		return fail(err, ERROR_SYSTEM, "no");
	}
	if (file_writer_open(&writer, place_at(task == 1 ? "one" : "two"), 0600, err) < 0)
		return -1;
	atomic_fetch_add(&shared->begun, 1);
	(void)poll(NULL, 0, 100);
	return fail(err, ERROR_SYSTEM, "no"); /* the writer takes back what it began */
}

START_TEST(when_a_run_ends_workers_take_back_what_they_began)
{
	struct told told;
	struct worker_pool pool = make_pool(&told, 100, 3);

	pool.work = fail_while_others_write;
	fail_run(&pool, ERROR_SYSTEM, "no");
	ck_assert_uint_eq(suite_count("."), 0);
	ck_assert_int_eq(shared->begun, 2); /* nothing more was begun */
}
END_TEST

static int held_end;

/* Programs of which the second is none of the worker's own children; the pipe is held by both. */
static int start_and_wait(void *context, size_t task, struct str *report, struct error **err)
{
	const char *arguments[] = {"sh", "-c", "sleep 1000 & echo x; wait", NULL};
	struct spawn spawn = {.program = "/bin/sh",
	    .arguments = arguments,
	    .input = -1,
	    .output = held_end,
	    .error = -1};
	struct spawn_result result;
	pid_t pid;

	(void)context;
	(void)task;
	(void)report;
	/* Before the second program writes: its byte says that the worker is known. */
	shared->worker = getpid();
	if (spawn_start(&spawn, &pid, err) < 0)
		return -1;
	return spawn_wait(pid, &result, err);
}

/* Whether nobody holds the other end any more, within some seconds. */
static void ck_released(int fd)
{
	struct pollfd poll_one = {fd, POLLIN, 0};
	char byte[16];

	for (;;) {
		ck_assert_int_eq(poll(&poll_one, 1, 10000), 1);
		if (read(fd, byte, sizeof(byte)) == 0)
			return;
	}
}

/* A pipe whose writing end the programs get; a caller of the pool, which is forked. */
static pid_t begin_caller(int *ret_fd)
{
	struct told told;
	struct worker_pool pool = make_pool(&told, 1, 1);
	struct worker_pool_usage usage;
	int ends[2];
	char byte;
	pid_t caller;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	held_end = ends[1];
	pool.work = start_and_wait;
	caller = fork();
	ck_assert_int_ge(caller, 0);
	if (caller == 0) {
		signals_install();
		(void)close(ends[0]);
		_exit(worker_pool_run(&pool, &usage, NULL) == 0 ? 0 : signals_received());
	}
	(void)close(ends[1]);
	*ret_fd = ends[0];
	/* The second program is there. */
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
	return caller;
}

START_TEST(programs_and_theirs_end_with_a_build_that_is_interrupted)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		int fd, status;
		pid_t caller = begin_caller(&fd);

		ck_assert_int_eq(kill(caller, signals[i]), 0);
		ck_assert_int_eq(waitpid(caller, &status, 0), caller);
		ck_assert(WIFEXITED(status));
		ck_assert_int_eq(WEXITSTATUS(status), signals[i]);
		ck_released(fd);
		(void)close(fd);
	}
}
END_TEST

START_TEST(programs_and_theirs_end_with_a_build_that_is_killed)
{
	int fd, status;
	pid_t caller = begin_caller(&fd);

	ck_assert_int_eq(kill(caller, SIGKILL), 0);
	ck_assert_int_eq(waitpid(caller, &status, 0), caller);
	ck_released(fd);
}
END_TEST

START_TEST(programs_and_theirs_end_with_a_worker_that_is_killed)
{
	int fd, status;
	pid_t caller = begin_caller(&fd);

	ck_assert_int_eq(kill(shared->worker, SIGKILL), 0);
	ck_assert_int_eq(waitpid(caller, &status, 0), caller);
	ck_assert_int_eq(status, 0);
	ck_released(fd);
}
END_TEST

SUITE("jobs/worker_pool_ends", no_more_work_at_once_than_there_are_tokens,
    one_worker_that_cannot_be_started_is_a_warning, without_any_worker_the_run_fails,
    when_a_run_ends_workers_take_back_what_they_began,
    programs_and_theirs_end_with_a_build_that_is_interrupted,
    programs_and_theirs_end_with_a_build_that_is_killed,
    programs_and_theirs_end_with_a_worker_that_is_killed)
