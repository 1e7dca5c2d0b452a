#include "jobs/pools.h"

/* A graph: task N may begin when all tasks it waits for have settled. */
struct graph {
	struct told told;
	struct worker_pool_queue queue;
	size_t tasks;
	size_t (*waits)(size_t task, size_t other); /* whether one waits for the other */
	unsigned left[TASKS_LIMIT];
	unsigned passed;
	bool pass_after_loss;
};

static struct graph graph;

static size_t chain(size_t task, size_t other)
{
	return other + 1 == task;
}

/* Layers of ten: each waits for all of the layer before. */
static size_t layers(size_t task, size_t other)
{
	return other / 10 + 1 == task / 10;
}

static size_t nothing(size_t task, size_t other)
{
	(void)task;
	(void)other;
	return 0;
}

static void start(void *context)
{
	(void)context;
	for (size_t task = 0; task < graph.tasks; task++) {
		for (size_t other = 0; other < graph.tasks; other++)
			graph.left[task] += graph.waits(task, other) != 0;
	}
	for (size_t task = 0; task < graph.tasks; task++) {
		if (!graph.left[task])
			worker_pool_begin(&graph.queue, task);
	}
}

static void release(size_t done, bool lost)
{
	for (size_t task = 0; task < graph.tasks; task++) {
		if (!graph.waits(task, done) || --graph.left[task])
			continue;
		if (lost && graph.pass_after_loss) {
			worker_pool_pass(&graph.queue, task);
			graph.passed++;
			release(task, true);
		} else {
			worker_pool_begin(&graph.queue, task);
		}
	}
}

static void take_report(void *context, size_t task, struct slice report)
{
	(void)context;
	ck_assert_uint_eq(report.len, 1);
	graph.told.reports[task]++;
	graph.told.report_count++;
	release(task, false);
}

static void take_loss(void *context, size_t task, int status)
{
	count_lost(context, task, status);
	release(task, true);
}

static int check_order(void *context, size_t task, struct str *report, struct error **err)
{
	(void)context;
	for (size_t other = 0; other < graph.tasks; other++) {
		if (graph.waits(task, other) && !atomic_load(&shared->done[other]))
			return fail(err, ERROR_INTERNAL, "%zu began before %zu", task, other);
	}
	atomic_fetch_add(&shared->done[task], 1);
	str_addc(report, 'x');
	return 0;
}

static struct worker_pool make_graph(
    size_t tasks, unsigned workers, size_t (*waits)(size_t task, size_t other))
{
	struct worker_pool pool;

	memset(&graph, 0, sizeof(graph));
	graph.tasks = tasks;
	graph.waits = waits;
	pool = make_pool(&graph.told, tasks, workers);
	pool.queue = &graph.queue;
	pool.start = start;
	pool.work = check_order;
	pool.report = take_report;
	pool.lost = take_loss;
	return pool;
}

START_TEST(tasks_wait_for_those_before_them)
{
	for (unsigned workers = 1; workers <= 8; workers *= 2) {
		struct worker_pool pool = make_graph(200, workers, chain);

		run(&pool);
		ck_assert_uint_eq(graph.told.report_count, 200);
		pool = make_graph(300, workers, layers);
		run(&pool);
		ck_assert_uint_eq(graph.told.report_count, 300);
		pool = make_graph(1000, workers, nothing);
		run(&pool);
		ck_assert_uint_eq(graph.told.report_count, 1000);
	}
}
END_TEST

START_TEST(a_queue_may_be_empty)
{
	struct worker_pool pool = make_graph(0, 4, chain);

	run(&pool);
	ck_assert_uint_eq(graph.told.report_count, 0);
}
END_TEST

static void pass_all(void *context)
{
	(void)context;
	for (size_t task = 0; task < graph.tasks; task++)
		worker_pool_pass(&graph.queue, task);
}

START_TEST(all_tasks_may_be_passed_over)
{
	struct worker_pool pool = make_graph(50, 4, nothing);

	pool.start = pass_all;
	run(&pool);
	ck_assert_uint_eq(graph.told.report_count, 0);
}
END_TEST

static int die_at_seven(void *context, size_t task, struct str *report, struct error **err)
{
	if (task % 10 == 7)
		(void)kill(getpid(), SIGKILL);
	return check_order(context, task, report, err);
}

START_TEST(what_waits_for_a_lost_task_may_be_begun)
{
	struct worker_pool pool = make_graph(100, 3, nothing);

	pool.work = die_at_seven;
	run(&pool);
	ck_assert_uint_eq(graph.told.report_count, 90);
	ck_assert_uint_eq(graph.told.lost_count, 10);
}
END_TEST

START_TEST(what_waits_for_a_lost_task_may_be_passed_over)
{
	struct worker_pool pool = make_graph(100, 3, chain);

	graph.pass_after_loss = true;
	pool.work = die_at_seven;
	run(&pool);
	ck_assert_uint_eq(graph.told.report_count, 7);
	ck_assert_uint_eq(graph.told.lost_count, 1);
	ck_assert_uint_eq(graph.passed, 92);
}
END_TEST

static int die_after_report(void *context, size_t task, struct str *report, struct error **err)
{
	if (check_order(context, task, report, err) < 0)
		return -1;
	/* Dies at the next task, most likely after its report of this one is on its way. */
	if (task % 13 == 12)
		(void)kill(getpid(), SIGKILL);
	return 0;
}

START_TEST(each_task_is_reported_or_lost_once)
{
	struct worker_pool pool = make_graph(500, 4, nothing);

	pool.work = die_after_report;
	run(&pool);
	for (size_t task = 0; task < 500; task++)
		ck_assert_uint_eq(graph.told.reports[task] + graph.told.lost[task], 1);
}
END_TEST

static int fail_at_five(void *context, size_t task, struct str *report, struct error **err)
{
	if (task == 5)
		return fail(err, ERROR_SYSTEM, "the disk is full");
	return check_order(context, task, report, err);
}

START_TEST(an_error_ends_a_run_while_others_wait)
{
	struct worker_pool pool = make_graph(20, 4, chain);

	pool.work = fail_at_five;
	fail_run(&pool, ERROR_SYSTEM, "the disk is full");
	ck_assert_uint_eq(graph.told.report_count, 5);
}
END_TEST

SUITE("jobs/worker_pool_queue", tasks_wait_for_those_before_them, a_queue_may_be_empty,
    all_tasks_may_be_passed_over, what_waits_for_a_lost_task_may_be_begun,
    what_waits_for_a_lost_task_may_be_passed_over, each_task_is_reported_or_lost_once,
    an_error_ends_a_run_while_others_wait)
