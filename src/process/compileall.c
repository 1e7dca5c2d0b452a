#include "process/compileall.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/message.h"
#include "base/path.h"
#include "base/spawn.h"
#include "base/walk.h"
#include "process/compile_file.h"
#include "process/interrupt.h"
#include "process/pool.h"
#include "process/processors.h"
#include "python/interpreter.h"
#include "python/text.h"

/* More processes than this gain nothing anywhere. */
#define WORKERS_LIMIT 512

/* A file that a worker is to compile. */
struct task {
	char *path;
	struct stat stat;
	const char *ddir;
	const char *stripdir;
	const char *prependdir;
	struct str report; /* what came back while earlier ones were still worked on */
	bool reported;
};

struct tasks {
	const struct compileall *all;
	struct task *items;
	size_t count;
	size_t capacity;
	size_t printed; /* how many reports were printed */
	bool success;
};

static void tasks_release(struct tasks *tasks)
{
	for (size_t i = 0; i < tasks->count; i++) {
		free(tasks->items[i].path);
		str_release(&tasks->items[i].report);
	}
	free(tasks->items);
}

static void print(const struct compileall *all, bool error, struct slice text)
{
	if (text.len)
		all->print(all->context, error, text);
}

static int print_about(
    const struct compileall *all, const char *format, const char *path, struct error **err)
{
	autostr struct str name = STR_INIT;
	autofree char *text = NULL;

	if (python_repr(slice_c(path), &name, err) < 0)
		return -1;
	text = xasprintf(format, str_c(&name)); /* a translation of one that has one %s */
	print(all, false, slice_c(text));
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
	    .stat = *file->stat,
	    .ddir = file->ddir,
	    .stripdir = file->stripdir,
	    .prependdir = file->prependdir,
	};
}

/* Look at one file: compile it now, or add it to what the workers will do. */
static int process_file(
    struct tasks *tasks, const struct compile_file *file, bool parallel, struct error **err)
{
	const struct compileall *all = tasks->all;
	CLEANUP(compile_output_release) struct compile_output output = {STR_INIT, STR_INIT};
	autoerror struct error *error = NULL;
	bool due;

	if (interrupted())
		return fail(err, ERROR_SYSTEM, "interrupted");
	if (compile_file_is_due(all, file, &due, err) < 0)
		return -1;
	if (!due)
		return 0;
	if (parallel) {
		add_task(tasks, file);
		return 0;
	}
	if (!compile_file(all, file, &output, &error))
		tasks->success = false;
	print(all, true, str_slice(&output.error));
	print(all, false, str_slice(&output.out));
	return error ? fail_with(err, steal(&error)) : 0;
}

/* A report is whether it went well, the length of what is for standard output, that, and what is
 * for standard error. */
static int work(void *context, size_t number, struct str *report, struct error **err)
{
	const struct tasks *tasks = context;
	const struct task *task = &tasks->items[number];
	const struct compile_file file = {
	    task->path, &task->stat, task->ddir, task->stripdir, task->prependdir};
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

/* Reports are printed in the order of the tasks, whoever is ready first. */
static void take_report(void *context, size_t number, struct slice report)
{
	struct tasks *tasks = context;

	str_add_slice(&tasks->items[number].report, report);
	tasks->items[number].reported = true;
	while (tasks->printed < tasks->count && tasks->items[tasks->printed].reported) {
		struct task *next = &tasks->items[tasks->printed++];

		print_report(tasks, str_slice(&next->report));
		str_release(&next->report);
	}
}

static void take_loss(void *context, size_t number, int status)
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
		take_report(context, number, str_slice(&report));
}

static unsigned worker_count(long workers)
{
	if (workers == 0)
		return usable_processors();
	return workers > WORKERS_LIMIT ? WORKERS_LIMIT : (unsigned)workers;
}

static int run_tasks(struct tasks *tasks, struct error **err)
{
	const struct pool pool = {
	    .tasks = tasks->count,
	    .workers = worker_count(tasks->all->workers),
	    .context = tasks,
	    .work = work,
	    .report = take_report,
	    .lost = take_loss,
	};
	struct pool_usage usage;
	int result = 0;

	if (tasks->count) {
		if (interpreter_need(err) < 0)
			return -1;
		result = pool_run(&pool, &usage, err);
	}
	tasks_release(tasks);
	*tasks = (struct tasks){.all = tasks->all, .success = tasks->success};
	return result;
}

/* A directory that is walked. */
struct listing {
	struct tasks *tasks;
	struct descent descent;
	const char *root;
	const char *stripdir;
	const char *prependdir;
	bool parallel;
	struct str path; /* of the current entry */
};

static void listing_release(struct listing *listing)
{
	descent_release(&listing->descent);
	str_release(&listing->path);
}

static int list(
    struct listing *listing, const char *path, int (*enter)(struct listing *), struct error **err)
{
	const struct compileall *all = listing->tasks->all;

	if (!all->quiet && print_about(all, _("Listing %s...\n"), path, err) < 0)
		return -1;
	if (enter(listing) == 0 || all->quiet >= 2)
		return 0;
	return print_about(all, _("Can't list %s\n"), path, err);
}

static int enter_root(struct listing *listing)
{
	return descent_begin(&listing->descent, listing->root, 0);
}

static int enter_entry(struct listing *listing)
{
	return descent_enter(&listing->descent);
}

/* Whether the current entry is a directory that is walked, not a link to one. */
static bool is_walked(const struct listing *listing)
{
	struct stat found;

	if ((long)listing->descent.depth > listing->tasks->all->maxlevels)
		return false;
	return lstat(str_c(&listing->path), &found) == 0 && S_ISDIR(found.st_mode);
}

static int process_entry(struct listing *listing, struct error **err)
{
	struct stat found;
	bool exists;

	str_truncate(&listing->path, 0);
	path_join(&listing->path, slice_c(listing->root), str_slice(&listing->descent.path));
	exists = stat(str_c(&listing->path), &found) == 0;
	if (exists && S_ISDIR(found.st_mode)) {
		if (!is_walked(listing))
			return 0;
		return list(listing, str_c(&listing->path), enter_entry, err);
	}
	return process_file(listing->tasks,
	    &(struct compile_file){
		str_c(&listing->path),
		exists ? &found : NULL,
		NULL,
		listing->stripdir,
		listing->prependdir,
	    },
	    listing->parallel, err);
}

static int walk(struct listing *listing, struct error **err)
{
	struct descent *descent = &listing->descent;

	if (list(listing, listing->root, enter_root, err) < 0)
		return -1;
	while (descent->depth > 0) {
		const char *name = descent_next(descent);

		if (name && strcmp(name, "__pycache__") != 0) {
			if (process_entry(listing, err) < 0)
				return -1;
		} else if (!name && descent_leave(descent) < 0) {
			return fail_errno(err, errno, "cannot return from '%s/%s'", listing->root,
			    str_c(&descent->path));
		}
	}
	return 0;
}

static int process_directory(struct tasks *tasks, const char *path, struct error **err)
{
	const struct compileall *all = tasks->all;
	CLEANUP(listing_release)
	struct listing listing = {
	    .tasks = tasks,
	    .descent = {.compare = python_compare_names},
	    .root = path,
	    .stripdir = all->ddir ? path : all->stripdir,
	    .prependdir = all->ddir ? all->ddir : all->prependdir,
	    .parallel = all->workers != 1,
	};

	if (all->workers < 0)
		return fail(err, ERROR_INPUT, "ValueError: workers must be greater or equal to 0");
	if (walk(&listing, err) < 0)
		return -1;
	return all->strict ? 0 : run_tasks(tasks, err);
}

static int process_path(struct tasks *tasks, const char *path, struct error **err)
{
	const struct compileall *all = tasks->all;
	struct stat found;
	int missing = stat(path, &found);

	if (missing || !S_ISREG(found.st_mode)) {
		if (missing && all->strict)
			tasks->success = false;
		return process_directory(tasks, path, err);
	}
	return process_file(tasks,
	    &(struct compile_file){path, &found, all->ddir, all->stripdir, all->prependdir},
	    all->strict && all->workers != 1, err);
}

int compileall_paths(const struct compileall *all, const char *const *paths, size_t count,
    bool *ret_success, struct error **err)
{
	CLEANUP(tasks_release) struct tasks tasks = {.all = all, .success = true};

	for (size_t i = 0; i < count; i++) {
		if (process_path(&tasks, paths[i], err) < 0)
			return -1;
	}
	if (run_tasks(&tasks, err) < 0)
		return -1;
	*ret_success = tasks.success;
	return 0;
}

int compileall_search_path(const struct compileall *all, bool *ret_success, struct error **err)
{
	static const int interpreter_level[] = {-1};
	const struct compileall plain = {
	    .maxlevels = 0,
	    .force = all->force,
	    .quiet = all->quiet,
	    .legacy = all->legacy,
	    .pyo = all->pyo,
	    .strict = all->strict,
	    .levels = interpreter_level,
	    .level_count = 1,
	    .workers = 1,
	    .mode = all->mode,
	    .context = all->context,
	    .print = all->print,
	};
	CLEANUP(tasks_release) struct tasks tasks = {.all = &plain, .success = true};
	autostr struct str path = STR_INIT;

	if (interpreter_search_path(&path, err) < 0)
		return -1;
	/* As compileall does it, a directory with a failure is the last one. */
	for (size_t at = 0; at < path.len && tasks.success; at += strlen(path.data + at) + 1) {
		const char *directory = path.data + at;

		if (*directory && strcmp(directory, ".") != 0) {
			if (process_directory(&tasks, directory, err) < 0)
				return -1;
		} else if (all->quiet < 2) {
			print(all, false, slice_c(_("Skipping current directory\n")));
		}
	}
	*ret_success = tasks.success;
	return 0;
}
