#include "../factor/fixture.h"
#include "jobs/printed.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "build/workspace.h"
#include "jobs/signals.h"

/* A graph that has the one workspace "p". */
struct bench {
	struct graph graph;
	struct reporter reporter;
	struct workspace *workspace;
	struct error *error;
};

static void bench_release(struct bench *bench)
{
	graph_release(&bench->graph);
	error_free(bench->error);
}

static void bench_init(struct bench *bench)
{
	struct product *product;

	reporter_init(&bench->reporter, WHEN_NEVER, WHEN_NEVER);
	products_init(&bench->graph.products, &bench->graph.listener);
	suite_make("p/.product");
	product = product_open(&bench->graph.products, "p", false, &bench->error);
	ck_assert_ptr_nonnull(product);
	bench->workspace = graph_workspace(&bench->graph, product, &bench->error);
	ck_assert_ptr_nonnull(bench->workspace);
}

/* Declare the variable `bench`. */
#define WITH_BENCH                                       \
	CLEANUP(bench_release) struct bench bench = {0}; \
	bench_init(&bench)

static void lock(struct bench *bench)
{
	ck_ok(workspace_lock(bench->workspace, &bench->reporter, &bench->error), bench->error);
	ck_assert_int_ge(bench->workspace->lock, 0);
}

static bool is_locked(void)
{
	autoclose int fd = open("p/.kiln-build/lock", O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return flock(fd, LOCK_EX | LOCK_NB) < 0;
}

START_TEST(a_lock_is_held_until_the_site_is_released)
{
	{
		WITH_BENCH;

		ck_assert(!suite_exists("p/.kiln-build"));
		lock(&bench);
		ck_assert(is_locked());
	}
	ck_assert(!is_locked());
}
END_TEST

/* Lock in a child, which ends with 0 once it has the lock, and the file of that name is its own. */
static pid_t lock_in_child(const struct bench *parent)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid)
		return pid;
	keep_errors();
	(void)close(parent->workspace->lock); /* a lock is held until all have closed it */
	{
		struct bench bench = {0};

		bench_init(&bench);
		_exit(workspace_lock(bench.workspace, &bench.reporter, NULL) < 0 || !is_locked());
	}
}

static void await_waiting(void)
{
	for (;;) {
		autostr struct str text = STR_INIT;

		if (file_read("errors", 4096, &text, NULL, NULL) == 0 &&
		    strstr(str_c(&text), "waiting for another build of '"))
			return;
		ck_assert_int_eq(usleep(1000), 0);
	}
}

static void check_end(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

START_TEST(who_comes_second_waits_and_says_so)
{
	pid_t pid;

	{
		WITH_BENCH;

		lock(&bench);
		pid = lock_in_child(&bench);
		await_waiting();
		ck_assert_int_eq(waitpid(pid, &(int){0}, WNOHANG), 0);
	}
	check_end(pid);
}
END_TEST

START_TEST(who_waited_for_a_directory_that_was_removed_makes_it_anew)
{
	pid_t pid;

	{
		WITH_BENCH;

		lock(&bench);
		pid = lock_in_child(&bench);
		await_waiting();
		ck_ok(workspace_remove(bench.workspace, &bench.error), bench.error);
		ck_assert(!suite_exists("p/.kiln-build"));
	}
	check_end(pid);
	ck_assert(suite_exists("p/.kiln-build/lock"));
}
END_TEST

START_TEST(a_directory_that_is_a_link_is_refused)
{
	WITH_BENCH;

	suite_make("elsewhere");
	ck_assert_int_eq(symlink("../elsewhere", "p/.kiln-build"), 0);
	ck_fails(workspace_lock(bench.workspace, &bench.reporter, &bench.error), bench.error,
	    "its path leads through a symbolic link");
	ck_assert_int_eq(bench.error->kind, ERROR_SYSTEM);
	ck_assert_uint_eq(suite_count("elsewhere"), 0);
}
END_TEST

START_TEST(an_interrupted_process_does_not_lock)
{
	WITH_BENCH;

	signals_install();
	ck_assert_int_eq(raise(SIGINT), 0);
	ck_fails(workspace_lock(bench.workspace, &bench.reporter, &bench.error), bench.error,
	    "interrupted");
	ck_assert_int_eq(bench.error->kind, ERROR_SYSTEM);
}
END_TEST

START_TEST(a_state_is_written_and_read_again)
{
	WITH_BENCH;
	autoarena struct arena arena = {0};
	struct record record = {
	    .image = SLICE_LITERAL(".images/x.i"),
	    .project = SLICE_LITERAL("a"),
	    .factor = SLICE_LITERAL("x"),
	    .form = SLICE_LITERAL("executable"),
	    .declaration = SLICE_LITERAL(""),
	};
	struct build_state_item item = {record.image, &record, NULL};

	lock(&bench);
	ck_ok(workspace_write_state(bench.workspace, &item, 1, &bench.error), bench.error);
	ck_ok(workspace_read_state(bench.workspace, &bench.reporter, true, &bench.error),
	    bench.error);
	ck_assert(!bench.workspace->is_state_damaged);
	ck_assert_ptr_nonnull(build_state_find(&bench.workspace->state, record.image, &arena));
}
END_TEST

START_TEST(of_a_damaged_state_is_told_if_it_is_asked_for)
{
	autostr struct str text = STR_INIT;
	WITH_BENCH;

	suite_make("p/.kiln-build");
	suite_put("p/.kiln-build/state", "nonsense");
	keep_errors();
	ck_ok(workspace_read_state(bench.workspace, &bench.reporter, false, &bench.error),
	    bench.error);
	ck_assert(bench.workspace->is_state_damaged);
	suite_expect("errors", "");
	ck_ok(workspace_read_state(bench.workspace, &bench.reporter, true, &bench.error),
	    bench.error);
	ck_assert_int_eq(file_read("errors", 4096, &text, NULL, NULL), 0);
	ck_assert_ptr_nonnull(strstr(str_c(&text), "/p/.kiln-build/state: warning: "));
	ck_assert_uint_eq(bench.workspace->state.by_image.count, 0);
}
END_TEST

START_TEST(everything_in_the_directory_is_removed)
{
	WITH_BENCH;

	lock(&bench);
	suite_make("p/.kiln-build/work/executable/a/b");
	suite_put("p/.kiln-build/state", "x");
	suite_put("p/.kiln-build/.state.kiln-123456", "left by a killed build");
	suite_make("kept");
	ck_assert_int_eq(symlink("../../kept", "p/.kiln-build/link"), 0);
	ck_ok(workspace_remove(bench.workspace, &bench.error), bench.error);
	ck_assert(!suite_exists("p/.kiln-build"));
	ck_assert(suite_exists("kept") && suite_exists("p/.product"));
}
END_TEST

SUITE("build/workspace", a_lock_is_held_until_the_site_is_released,
    who_comes_second_waits_and_says_so, who_waited_for_a_directory_that_was_removed_makes_it_anew,
    a_directory_that_is_a_link_is_refused, an_interrupted_process_does_not_lock,
    a_state_is_written_and_read_again, of_a_damaged_state_is_told_if_it_is_asked_for,
    everything_in_the_directory_is_removed)
