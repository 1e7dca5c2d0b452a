#include "process/build.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/spawn.h"
#include "base/tree.h"
#include "image/directory.h"
#include "process/interrupt.h"
#include "python/interpreter.h"

/* Sources from this size on are begun first, so that no worker is left with a long one at the end. */
#define LARGE_SOURCE ((uint64_t)1 << 16)

struct build {
	const struct build_options *options;
	struct compile_options compile;
	struct reporter *reporter;
	struct build_result *result;
	struct plan plan;  /* what was found */
	struct plan image; /* what the image holds */
	struct tree_stage stage;
	struct item **tasks;
	size_t task_count;
	bool *failed; /* of each task */
};

static void build_release(struct build *build)
{
	tree_stage_discard(&build->stage);
	plan_release(&build->image);
	plan_release(&build->plan);
	free(build->tasks);
	free(build->failed);
}

static void report_problem(void *context, struct error *problem)
{
	struct build *build = context;

	reporter_error(build->reporter, problem);
	error_free(problem);
	build->result->failed++;
}

static struct plan_listener listener_of(struct build *build)
{
	return (struct plan_listener){report_problem, build};
}

static int scan(struct build *build, struct error **err)
{
	struct plan_listener listener = listener_of(build);

	for (const char *const *source = build->options->sources; *source; source++) {
		if (plan_add_source(&build->plan, *source, &build->options->scan, &listener, err) <
		    0)
			return -1;
	}
	plan_finish(&build->plan);
	return interrupted() ? fail(err, ERROR_SYSTEM, "interrupted") : 0;
}

/* An archive takes files that are only copied from where they are. */
static bool is_task(const struct build *build, const struct item *item)
{
	if (item->kind == ITEM_PYTHON)
		return true;
	return build->options->form == ARCHIVE_NONE && item->kind != ITEM_DIRECTORY;
}

static void choose_tasks(struct build *build)
{
	struct plan *plan = &build->plan;

	build->tasks = xcalloc(plan->count + 1, sizeof(*build->tasks));
	for (int large = 1; large >= 0; large--) {
		for (size_t i = 0; i < plan->count; i++) {
			struct item *item = plan->items[i];

			if (is_task(build, item) && (item->size >= LARGE_SOURCE) == large)
				build->tasks[build->task_count++] = item;
		}
	}
	build->failed = xcalloc(build->task_count + 1, sizeof(*build->failed));
}

/* What a worker says of a task: the first byte whether it failed, then rendered messages. */
static void start_report(struct str *report, bool failed)
{
	if (!report->len)
		str_addc(report, 0);
	report->data[0] = (char)failed;
}

static int do_item(
    const struct build *build, const struct item *item, struct str *messages, struct error **err)
{
	int64_t time = build->compile.time;

	switch (item->kind) {
	case ITEM_PYTHON:
		return compile_item(build->stage.fd, item, &build->compile, messages, err);
	case ITEM_LINK:
		return image_link(build->stage.fd, item->path.data, item->target, time, err);
	default:
		return image_copy(
		    build->stage.fd, item->path.data, item->origin, item->executable, time, err);
	}
}

static int work(void *context, size_t task, struct str *report, struct error **err)
{
	const struct build *build = context;
	autostr struct str messages = STR_INIT;
	autoerror struct error *error = NULL;

	if (do_item(build, build->tasks[task], &messages, &error) < 0) {
		if (error->kind != ERROR_INPUT)
			return fail_with(err, steal(&error));
		if (!error->path)
			error->path = xstrdup(build->tasks[task]->origin);
		start_report(report, true);
		reporter_render(build->reporter, "error", error, &messages);
	}
	if (messages.len) {
		start_report(report, error != NULL);
		str_add_slice(report, str_slice(&messages));
	}
	return 0;
}

static void take_report(void *context, size_t task, struct slice report)
{
	struct build *build = context;

	if (report.data[0] && !build->failed[task]) {
		build->failed[task] = true;
		build->result->failed++;
	}
	reporter_print(build->reporter, slice_of(report.data + 1, report.len - 1));
}

static void lose(void *context, size_t task, int status)
{
	struct build *build = context;
	const struct item *item = build->tasks[task];
	autostr struct str how = STR_INIT;
	struct error *error = NULL;

	spawn_describe(status, &how);
	(void)fail_at(&error, item->origin, 0, 0, NULL, "the worker %s it %s%s",
	    item->kind == ITEM_PYTHON ? "compiling" : "copying",
	    WIFSIGNALED(status) ? "was " : "ended with ", str_c(&how)); /* always -1 */
	if (!build->failed[task])
		report_problem(build, error);
	else
		error_free(error);
	build->failed[task] = true;
}

static void tick(void *context, size_t finished)
{
	struct build *build = context;

	reporter_progress(build->reporter, finished, build->task_count, build->result->failed);
}

static int run_tasks(struct build *build, struct error **err)
{
	unsigned workers = build->options->workers;
	struct pool pool = {
	    .tasks = build->task_count,
	    .workers = workers < build->task_count ? workers : (unsigned)build->task_count,
	    .context = build,
	    .work = work,
	    .report = take_report,
	    .lost = lose,
	    .tick = build->reporter->progress ? tick : NULL,
	};
	int result;

	if (!build->task_count)
		return 0;
	if (interpreter_start(err) < 0)
		return -1;
	result = pool_run(&pool, &build->result->usage, err);
	interpreter_stop();
	reporter_clear(build->reporter);
	return result;
}

static void keep(struct build *build, const struct item *item)
{
	struct item *kept = plan_add(&build->image, item->kind, item->path);

	kept->origin = item->origin;
	kept->target = item->target;
	kept->executable = item->executable;
	kept->size = item->size;
}

static void keep_bytecode(struct build *build, const struct item *item)
{
	for (int level = 0; level < COMPILE_LEVELS; level++) {
		autostr struct str path = STR_INIT;

		if (!build->compile.levels[level])
			continue;
		compile_add_path(&path, build->compile.layout, item->path, level);
		(void)plan_add(&build->image, ITEM_FILE, str_slice(&path));
	}
}

/* Whether a file of the stage is there: a source that could not be read is not. */
static bool is_staged(const struct build *build, const struct item *item)
{
	struct stat stat;

	return fstatat(build->stage.fd, item->path.data, &stat, AT_SYMLINK_NOFOLLOW) == 0;
}

static void keep_task(struct build *build, size_t task)
{
	const struct item *item = build->tasks[task];

	if (item->kind != ITEM_PYTHON) {
		if (!build->failed[task])
			keep(build, item);
		build->result->copied += !build->failed[task];
		return;
	}
	if (build->compile.layout == LAYOUT_SOURCE && is_staged(build, item))
		keep(build, item);
	if (!build->failed[task])
		keep_bytecode(build, item);
	build->result->compiled += !build->failed[task];
}

static void describe_image(struct build *build)
{
	const struct plan *plan = &build->plan;

	for (size_t i = 0; i < plan->count; i++) {
		const struct item *item = plan->items[i];

		if (item->kind == ITEM_DIRECTORY) {
			keep(build, item);
		} else if (!is_task(build, item)) {
			keep(build, item);
			build->result->copied++;
		}
	}
	for (size_t task = 0; task < build->task_count; task++)
		keep_task(build, task);
	plan_finish(&build->image);
}

static int finish_archive(struct build *build, struct error **err)
{
	struct plan_listener listener = listener_of(build);
	uint64_t size;

	return archive_write(build->options->output, build->options->form, &build->image,
	    build->stage.fd, build->compile.time, &listener, interrupted, &size, err);
}

static int finish_directory(struct build *build, struct error **err)
{
	if (image_finish(build->stage.fd, &build->image, build->compile.time, err) < 0)
		return -1;
	if (interrupted())
		return fail(err, ERROR_SYSTEM, "interrupted");
	return tree_stage_commit(&build->stage, 0755, err);
}

static int check_output(const struct build_options *options, struct error **err)
{
	bool may_replace = true;
	struct stat stat;

	if (options->form == ARCHIVE_NONE) {
		if (!options->force && image_may_replace(options->output, &may_replace, err) < 0)
			return -1;
		return may_replace
			   ? 0
			   : fail(err, ERROR_USAGE,
				 "'%s' exists and was not made by kiln: --force replaces it",
				 options->output);
	}
	if (lstat(options->output, &stat) == 0 && S_ISDIR(stat.st_mode))
		return fail(err, ERROR_USAGE,
		    "'%s' is a directory: remove it, or name another archive", options->output);
	return 0;
}

int build_run(const struct build_options *options, struct reporter *reporter,
    struct build_result *ret, struct error **err)
{
	CLEANUP(build_release)
	struct build build = {
	    .options = options,
	    .compile = options->compile,
	    .reporter = reporter,
	    .result = ret,
	    .stage = TREE_STAGE_INIT,
	};

	*ret = (struct build_result){0};
	build.compile.reporter = reporter;
	if (image_time(&build.compile.time, err) < 0 || check_output(options, err) < 0)
		return -1;
	if (scan(&build, err) < 0)
		return -1;
	choose_tasks(&build);
	if (tree_stage_open(&build.stage, options->output, err) < 0)
		return -1;
	if (image_make_directories(build.stage.fd, &build.plan, err) < 0)
		return -1;
	if (run_tasks(&build, err) < 0)
		return -1;
	describe_image(&build);
	if (options->form != ARCHIVE_NONE)
		return finish_archive(&build, err);
	return finish_directory(&build, err);
}
