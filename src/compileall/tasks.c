#include "compileall/tasks.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/message.h"
#include "base/spawn.h"
#include "compileall/recorded_path.h"
#include "jobs/cpu_count.h"
#include "jobs/reporter.h"
#include "jobs/signals.h"
#include "jobs/worker_pool.h"
#include "python/interpreter.h"
#include "python/text.h"

/* The most workers; more gain nothing on any machine. */
#define WORKERS_LIMIT 512

/* Bytes of source that this process compiles faster than it could start workers. */
#define SMALL_WORK (128 << 10)

/* Files that one thread examines alone; files that a thread takes at once; further threads.
 * Examining a file takes some microseconds, starting a thread some dozens. */
#define CHECKED_ALONE 512
#define CHECKED_AT_ONCE 64
#define CHECK_THREADS 7

/* A file for a worker to compile. */
struct task {
	char *path;
	struct str before; /* printed before the report */
	off_t size;
	const char *ddir;
	const char *stripdir;
	const char *prependdir;
	struct str report; /* kept until the reports of earlier tasks are printed */
	bool reported;
	bool due;
};

void tasks_release(struct tasks *tasks)
{
	for (size_t i = 0; i < tasks->count; i++) {
		free(tasks->items[i].path);
		str_release(&tasks->items[i].before);
		str_release(&tasks->items[i].report);
	}
	free(tasks->items);
	str_release(&tasks->pending);
	error_free(tasks->failure);
}

static void print(const struct compileall *all, bool error, struct slice text)
{
	if (text.len)
		all->print(all->context, error, text);
}

/* Print when it is the turn of what was found before. */
static void print_next(struct tasks *tasks, const char *text)
{
	if (tasks->deferred)
		str_adds(&tasks->pending, text);
	else
		print(tasks->all, false, slice_c(text));
}

int tasks_print_about(struct tasks *tasks, const char *format, const char *path, struct error **err)
{
	autostr struct str name = STR_INIT;
	autofree char *text = NULL;

	if (python_repr(slice_c(path), &name, err) < 0)
		return -1;
	text = xasprintf(format, str_c(&name)); /* translations of formats with one %s */
	print_next(tasks, text);
	return 0;
}

/* Tell of a file that -s is not for. */
static int check_stripped(struct tasks *tasks, const struct compile_file *file, struct error **err)
{
	autostr struct str strip = STR_INIT;
	autostr struct str name = STR_INIT;
	autofree char *text = NULL;

	if (!file->stripdir || tasks->all->quiet >= 2 || recorded_path_is_stripped(file))
		return 0;
	if (python_repr(slice_c(file->stripdir), &strip, err) < 0 ||
	    python_repr(slice_c(file->path), &name, err) < 0)
		return -1;
	text = xasprintf(_("The stripdir path %s is not a valid prefix for source path %s; "
			   "ignoring\n"),
	    str_c(&strip), str_c(&name));
	print_next(tasks, text);
	return 0;
}

static void add_task(struct tasks *tasks, const struct compile_file *file)
{
	if (tasks->count == tasks->capacity) {
		tasks->capacity = tasks->capacity ? tasks->capacity * 2 : 64;
		tasks->items = xreallocarray(tasks->items, tasks->capacity, sizeof(*tasks->items));
	}
	tasks->items[tasks->count++] = (struct task){
	    .path = xstrdup(file->path),
	    .before = tasks->pending,
	    .ddir = file->ddir,
	    .stripdir = file->stripdir,
	    .prependdir = file->prependdir,
	};
	tasks->pending = STR_INIT;
}

static int compile_now(struct tasks *tasks, const struct compile_file *file, struct error **err)
{
	CLEANUP(compile_output_release) struct compile_output output = {STR_INIT, STR_INIT};
	autoerror struct error *error = NULL;

	if (interrupted())
		return fail(err, ERROR_SYSTEM, "interrupted");
	if (!compile_file(tasks->all, file, &output, &error))
		tasks->success = false;
	print(tasks->all, true, str_slice(&output.error));
	print(tasks->all, false, str_slice(&output.out));
	return error ? fail_with(err, steal(&error)) : 0;
}

/* End the run. With -j compileall lists all directories before it looks at files, so the failure
 * has to wait. */
static int end_later(struct tasks *tasks, struct error *error, struct error **err)
{
	if (!tasks->deferred || tasks->all->workers == COMPILEALL_WORKERS_ANY)
		return fail_with(err, error);
	tasks->failure = error;
	return 0;
}

int tasks_add(struct tasks *tasks, const struct compile_file *file, struct error **err)
{
	autoerror struct error *error = NULL;
	off_t size;
	bool wanted;

	if (interrupted())
		return fail(err, ERROR_SYSTEM, "interrupted");
	if (tasks->failure)
		return 0;
	if (check_stripped(tasks, file, err) < 0)
		return -1;
	if (compile_file_is_wanted(tasks->all, file, &wanted, &error) < 0)
		return end_later(tasks, steal(&error), err);
	if (!wanted)
		return 0;
	if (tasks->deferred) {
		add_task(tasks, file);
		return 0;
	}
	return compile_file_is_due(tasks->all, file, &size) ? compile_now(tasks, file, err) : 0;
}

static struct compile_file file_of(const struct task *task)
{
	return (struct compile_file){task->path, task->ddir, task->stripdir, task->prependdir};
}

/* Compile a file in a worker. The report is a byte for success, the length of the text for standard
 * output, that text, and the text for standard error. */
static int run_task(void *context, size_t number, struct str *report, struct error **err)
{
	const struct tasks *tasks = context;
	const struct task *task = &tasks->items[number];
	const struct compile_file file = file_of(task);
	CLEANUP(compile_output_release) struct compile_output output = {STR_INIT, STR_INIT};
	autoerror struct error *error = NULL;
	bool success = compile_file(tasks->all, &file, &output, &error);

	if (error)
		return fail_with(err, steal(&error));
	str_addc(report, success);
	str_add(report, &output.out.len, sizeof(output.out.len));
	str_add_slice(report, str_slice(&output.out));
	str_add_slice(report, str_slice(&output.error));
	return 0;
}

static void print_report(struct tasks *tasks, struct slice report)
{
	size_t head = 1 + sizeof(size_t), len;

	memcpy(&len, report.data + 1, sizeof(len));
	if (!report.data[0])
		tasks->success = false;
	print(tasks->all, true, slice_of(report.data + head + len, report.len - head - len));
	print(tasks->all, false, slice_of(report.data + head, len));
}

static void print_task(struct tasks *tasks, struct task *task)
{
	print(tasks->all, false, str_slice(&task->before));
	print_report(tasks, str_slice(&task->report));
	str_release(&task->report);
}

/* Print the reports that arrived before the run ended early, although some before them are missing.
 */
static void print_rest(struct tasks *tasks)
{
	for (; tasks->printed < tasks->count; tasks->printed++) {
		if (tasks->items[tasks->printed].reported)
			print_task(tasks, &tasks->items[tasks->printed]);
	}
}

/* Print reports in the order of tasks, in whatever order they arrive. */
static void receive_report(void *context, size_t number, struct slice report)
{
	struct tasks *tasks = context;

	str_add_slice(&tasks->items[number].report, report);
	tasks->items[number].reported = true;
	while (tasks->printed < tasks->count && tasks->items[tasks->printed].reported)
		print_task(tasks, &tasks->items[tasks->printed++]);
}

static void lose_worker(void *context, size_t number, int status)
{
	struct tasks *tasks = context;
	autostr struct str report = STR_INIT;
	autostr struct str text = STR_INIT;
	autostr struct str how = STR_INIT;

	spawn_describe(status, &how);
	if (tasks->all->quiet < 2)
		str_addf(&text, "*** %s: %s\n", tasks->items[number].path, str_c(&how));
	str_addc(&report, 0);
	str_add(&report, &text.len, sizeof(text.len));
	str_add_slice(&report, str_slice(&text));
	if (!tasks->items[number].reported)
		receive_report(context, number, str_slice(&report));
}

static unsigned worker_count(long workers)
{
	if (workers == 0 || workers == COMPILEALL_WORKERS_ANY)
		return cpu_count();
	return workers > WORKERS_LIMIT ? WORKERS_LIMIT : (unsigned)workers;
}

bool tasks_are_parallel(const struct compileall *all)
{
	return worker_count(all->workers) > 1;
}

static int run_in_process(struct tasks *tasks, struct error **err)
{
	for (size_t i = 0; i < tasks->count; i++) {
		const struct compile_file file = file_of(&tasks->items[i]);

		print(tasks->all, false, str_slice(&tasks->items[i].before));
		if (compile_now(tasks, &file, err) < 0)
			return -1;
	}
	return 0;
}

static void finish_worker(void *context)
{
	const struct tasks *tasks = context;

	code_cache_end(tasks->all->cache);
}

static int run_workers(struct tasks *tasks, struct error **err)
{
	struct reporter reporter;
	const struct worker_pool pool = {
	    .tasks = tasks->count,
	    .workers = worker_count(tasks->all->workers),
	    .context = tasks,
	    .work = run_task,
	    .finish = finish_worker,
	    .report = receive_report,
	    .lost = lose_worker,
	    .reporter = tasks->all->quiet < 2 ? &reporter : NULL,
	};
	struct worker_pool_usage usage;
	int result;

	if (interpreter_need(err) < 0)
		return -1;
	reporter_init(&reporter, WHEN_NEVER, WHEN_NEVER);
	result = worker_pool_run(&pool, &usage, err);
	print_rest(tasks);
	return result;
}

/* The search for tasks that are due, in several threads. */
struct check {
	struct tasks *tasks;
	_Atomic size_t next; /* the first task that no thread has taken */
};

static void *check_tasks(void *context)
{
	struct check *check = context;
	struct tasks *tasks = check->tasks;
	size_t begin;

	while ((begin = atomic_fetch_add(&check->next, CHECKED_AT_ONCE)) < tasks->count) {
		for (size_t i = begin; i < begin + CHECKED_AT_ONCE && i < tasks->count; i++) {
			struct task *task = &tasks->items[i];
			const struct compile_file file = file_of(task);

			task->due = compile_file_is_due(tasks->all, &file, &task->size);
		}
	}
	return NULL;
}

static void find_due(struct tasks *tasks)
{
	pthread_t threads[CHECK_THREADS];
	struct check check = {.tasks = tasks};
	unsigned count = 0, wanted = 0;

	if (tasks->count > CHECKED_ALONE)
		wanted = worker_count(tasks->all->workers) - 1;
	/* If a thread cannot be started, the others do its work. */
	while (count < wanted && count < CHECK_THREADS &&
	       pthread_create(&threads[count], NULL, check_tasks, &check) == 0)
		count++;
	(void)check_tasks(&check); /* returns nothing */
	while (count)
		(void)pthread_join(threads[--count], NULL); /* it exists */
}

/* Drop tasks that are not due, but keep the text to print before them. Returns the bytes of the
 * remaining sources. */
static off_t drop_current(struct tasks *tasks)
{
	struct str pending = STR_INIT;
	size_t kept = 0;
	off_t size = 0;

	for (size_t i = 0; i < tasks->count; i++) {
		struct task *task = &tasks->items[i];

		str_add_slice(&pending, str_slice(&task->before));
		str_release(&task->before);
		if (!task->due) {
			free(task->path);
			continue;
		}
		task->before = pending;
		pending = STR_INIT;
		size += task->size;
		tasks->items[kept++] = *task;
	}
	tasks->count = kept;
	str_add_slice(&pending, str_slice(&tasks->pending));
	str_release(&tasks->pending);
	tasks->pending = pending;
	return size;
}

int tasks_run(struct tasks *tasks, struct error **err)
{
	bool any = tasks->all->workers == COMPILEALL_WORKERS_ANY;
	off_t size;
	int result;

	find_due(tasks);
	size = drop_current(tasks);
	if (tasks->count < 2 || (any && size < SMALL_WORK))
		result = run_in_process(tasks, err);
	else
		result = run_workers(tasks, err);
	if (result == 0)
		print(tasks->all, false, str_slice(&tasks->pending));
	tasks_release(tasks);
	*tasks = (struct tasks){
	    .all = tasks->all, .success = tasks->success, .deferred = tasks->deferred};
	return result;
}

int tasks_run_and_fail(struct tasks *tasks, struct error *problem, struct error **err)
{
	autoerror struct error *error = problem;

	if (!interrupted() && tasks_run(tasks, err) < 0)
		return -1;
	return fail_with(err, steal(&error));
}
