#include "ship/assemble.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/path.h"
#include "base/presence.h"
#include "base/spawn.h"
#include "base/tree.h"
#include "image/directory.h"
#include "jobs/signals.h"
#include "python/interpreter.h"

/* Sources from this size on are begun first, so that no worker is left with a long one at the
 * end. */
#define LARGE_SOURCE ((uint64_t)1 << 16)

/* What the workers do for an item. */
struct task {
	const struct item *item;
	bool uncompiled; /* a source whose bytecode has no place in the image */
	bool failed;	 /* and that was reported */
	bool lost;	 /* its worker died on it */
};

struct build {
	const struct build_options *options;
	struct compile_options compile;
	struct reporter *reporter;
	struct build_result *result;
	struct plan plan;    /* what was found */
	struct map bytecode; /* path of each file of bytecode -> the task that makes it */
	struct plan image;   /* what the image holds */
	struct tree_stage stage;
	struct descriptions descriptions;
	char *scratch;
	struct task *tasks;
	size_t task_count;
};

/* Processes of CPython whose worker was killed die with it, or, if that was before they could ask
 * for it, soon end: in both cases they are waited for, so that nothing is written any more. */
static void remove_scratch(struct build *build)
{
	if (!build->scratch)
		return;
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	(void)prctl(PR_SET_CHILD_SUBREAPER, 0);		   /* only tidies up */
	(void)tree_remove(place_at(build->scratch), NULL); /* the image stands without it */
	free(build->scratch);
}

static void build_release(struct build *build)
{
	remove_scratch(build);
	tree_stage_discard(&build->stage);
	descriptions_release(&build->descriptions);
	plan_release(&build->image);
	map_release(&build->bytecode);
	plan_release(&build->plan);
	free(build->tasks);
}

static void report_problem(void *context, struct error *problem)
{
	struct build *build = context;

	reporter_error(build->reporter, problem);
	error_free(problem);
	build->result->failed++;
}

static void report_left_out(void *context, const char *origin, const char *reason)
{
	struct build *build = context;
	autoerror struct error *note = NULL;

	build->result->left_out++;
	if (!build->options->is_verbose)
		return;
	(void)fail_at(&note, origin, 0, 0, NULL, "left out: %s", reason); /* always -1 */
	reporter_note(build->reporter, note);
}

static int scan(struct build *build, struct error **err)
{
	const struct plan_listener listener = {report_problem, report_left_out, build};

	for (const char *const *source = build->options->sources; *source; source++) {
		if (plan_add_source(&build->plan, *source, &build->options->scan, &listener, err) <
		    0)
			return -1;
	}
	plan_finish(&build->plan);
	return interrupted() ? fail(err, ERROR_SYSTEM, "interrupted") : 0;
}

/* The origin of what is in the way of a file at `path`, or above it; NULL for nothing. */
static const char *find_obstacle(const struct build *build, struct slice path)
{
	const struct item *there = map_get(&build->plan.by_path, path);
	const struct item *above = map_get(&build->plan.by_path, path_parent(path));
	const struct task *other = map_get(&build->bytecode, path);

	if (there)
		return there->origin;
	if (above && above->kind != ITEM_DIRECTORY)
		return above->origin;
	return other ? other->item->origin : NULL;
}

/* Take the paths of a source's bytecode. Were this left to the workers, the first one for a path
 * would win. */
static int claim_bytecode(struct build *build, struct task *task, struct error **err)
{
	const struct item *item = task->item;
	autostr struct str path = STR_INIT;

	for (int level = 0; level < COMPILE_LEVELS; level++) {
		const char *obstacle, *key;

		if (!build->compile.levels[level])
			continue;
		str_truncate(&path, 0);
		compile_add_path(&path, build->compile.layout, item->path, level);
		obstacle = find_obstacle(build, str_slice(&path));
		if (obstacle)
			return fail_at(err, item->origin, 0, 0, NULL,
			    "its bytecode would be '%s' in the image, but '%s' is in the way",
			    str_c(&path), obstacle);
		key = arena_copy(&build->plan.arena, str_slice(&path));
		*map_at(&build->bytecode, slice_of(key, path.len)) = task;
	}
	return 0;
}

/* Whether an item is to be described. */
static bool is_described(const struct build *build, const struct item *item)
{
	if (!build->options->descriptions)
		return false;
	return item->kind == ITEM_PYTHON ||
	       (item->kind == ITEM_FILE && descriptions_is_interface(item->path));
}

/* An archive takes files that are only copied from where they are. */
static bool is_task(const struct build *build, const struct item *item)
{
	if (item->kind == ITEM_PYTHON || is_described(build, item))
		return true;
	return build->options->form == ARCHIVE_NONE && item->kind != ITEM_DIRECTORY;
}

static void add_task(struct build *build, const struct item *item)
{
	struct task *task = &build->tasks[build->task_count++];
	struct error *problem = NULL;

	task->item = item;
	if (is_described(build, item))
		descriptions_expect(&build->descriptions, item->path);
	if (item->kind == ITEM_PYTHON && claim_bytecode(build, task, &problem) < 0) {
		report_problem(build, problem);
		task->failed = task->uncompiled = true;
	}
}

static void choose_tasks(struct build *build)
{
	const struct plan *plan = &build->plan;

	build->tasks = xcalloc(plan->count, sizeof(*build->tasks));
	for (int large = 1; large >= 0; large--) {
		for (size_t i = 0; i < plan->count; i++) {
			const struct item *item = plan->items[i];

			if (is_task(build, item) && (item->size >= LARGE_SOURCE) == large)
				add_task(build, item);
		}
	}
}

static int put_unchanged(const struct build *build, const struct item *item, struct error **err)
{
	int root = build->stage.fd;
	int64_t time = build->compile.time;

	if (item->target)
		return image_link(root, item->path.data, item->target, time, err);
	return image_copy(
	    root, item->path.data, place_at(item->origin), item->executable, time, err);
}

/* Whether an item is in the image itself, not only what is made of it. */
static bool is_in_image(const struct build *build, const struct item *item)
{
	return item->kind != ITEM_PYTHON || build->compile.layout == LAYOUT_SOURCE;
}

/* An archive takes files from where they are. */
static bool is_copied(const struct build *build, const struct item *item)
{
	if (build->options->form != ARCHIVE_NONE && item->kind != ITEM_PYTHON)
		return false;
	return is_in_image(build, item);
}

static int do_task(
    const struct build *build, const struct task *task, struct str *messages, struct error **err)
{
	const struct item *item = task->item;

	if (item->kind == ITEM_PYTHON && !task->uncompiled)
		return compile_item(build->stage.fd, item, &build->compile, messages, err);
	return is_copied(build, item) ? put_unchanged(build, item, err) : 0;
}

/* A file that cannot be described is in the image all the same. */
static int describe(
    const struct build *build, const struct task *task, struct str *messages, struct error **err)
{
	bool compiled = task->item->kind == ITEM_PYTHON && !task->uncompiled;

	if (compiled || !is_described(build, task->item))
		return 0;
	return compile_describe(task->item, &build->compile, messages, err);
}

/* What begins a worker's report on a task; the rendered messages follow. */
enum outcome { OUTCOME_DONE, OUTCOME_FAILED, OUTCOME_UNDESCRIBED };

/* Append an error about the task, or fail with one about more than that. */
static int render(const struct build *build, const struct task *task, struct error *problem,
    struct str *messages, struct error **err)
{
	autoerror struct error *error = problem;

	if (error->kind != ERROR_INPUT)
		return fail_with(err, steal(&error));
	if (!error->path)
		error->path = xstrdup(task->item->origin);
	reporter_render(build->reporter, "error", error, messages);
	return 0;
}

static int work(void *context, size_t number, struct str *report, struct error **err)
{
	const struct build *build = context;
	const struct task *task = &build->tasks[number];
	autostr struct str messages = STR_INIT;
	enum outcome outcome = OUTCOME_DONE;
	struct error *error = NULL;

	if (do_task(build, task, &messages, &error) < 0)
		outcome = OUTCOME_FAILED;
	else if (describe(build, task, &messages, &error) < 0)
		outcome = OUTCOME_UNDESCRIBED;
	if (error && render(build, task, error, &messages, err) < 0)
		return -1;
	if (messages.len) {
		str_addc(report, (char)outcome);
		str_add_slice(report, str_slice(&messages));
	}
	return 0;
}

static void take_report(void *context, size_t number, struct slice report)
{
	struct build *build = context;
	struct task *task = &build->tasks[number];

	if (report.data[0] == OUTCOME_FAILED && !task->failed) {
		task->failed = true;
		build->result->failed++;
	} else if (report.data[0] == OUTCOME_UNDESCRIBED) {
		build->result->failed++;
	}
	reporter_print(build->reporter, slice_of(report.data + 1, report.len - 1));
}

static void lose(void *context, size_t number, int status)
{
	struct build *build = context;
	struct task *task = &build->tasks[number];
	const struct item *item = task->item;
	autostr struct str how = STR_INIT;
	struct error *error = NULL;

	task->lost = true;
	if (task->failed)
		return;
	task->failed = true;
	spawn_describe(status, &how);
	(void)fail_at(&error, item->origin, 0, 0, NULL, "the worker %s it %s%s",
	    item->kind == ITEM_PYTHON ? "compiling" : "copying",
	    WIFSIGNALED(status) ? "was " : "ended with ", str_c(&how)); /* always -1 */
	report_problem(build, error);
}

static void tick(void *context, size_t finished)
{
	struct build *build = context;

	reporter_progress(build->reporter, finished, build->task_count, build->result->failed);
}

/* One directory for all that CPython writes: what it leaves when it is killed goes with it. */
static int make_scratch(struct build *build, struct error **err)
{
	const char *parent = getenv("TMPDIR");
	autofree char *path = xasprintf(
	    "%s/kiln-XXXXXX", parent && *parent == '/' ? parent : "/tmp");

	if (!build->compile.cpython)
		return 0;
	if (!mkdtemp(path))
		return fail_errno(err, errno, "cannot make a directory '%s'", path);
	build->compile.scratch = build->scratch = steal(&path);
	/* Processes that lose their worker become children of this one. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return fail_errno(err, errno, "cannot adopt the processes of workers");
	return 0;
}

static int run_tasks(struct build *build, struct error **err)
{
	struct pool pool = {
	    .tasks = build->task_count,
	    .workers = build->options->workers,
	    .jobserver = build->options->jobserver,
	    .context = build,
	    .work = work,
	    .report = take_report,
	    .lost = lose,
	    .reporter = build->reporter,
	    .tick = build->reporter->progress ? tick : NULL,
	};
	int result;

	if (!build->task_count)
		return 0;
	if (make_scratch(build, err) < 0 || interpreter_need(err) < 0)
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

/* Keep a source that stands in the stage: one that could not be read does not. */
static int keep_staged(struct build *build, const struct item *item, struct error **err)
{
	int there = presence_at(
	    build->stage.fd, item->path.data, AT_SYMLINK_NOFOLLOW, NULL, NULL, err);

	if (there > 0)
		keep(build, item);
	return there < 0 ? -1 : 0;
}

static int keep_task(struct build *build, const struct task *task, struct error **err)
{
	const struct item *item = task->item;

	if (item->kind != ITEM_PYTHON) {
		if (!task->failed)
			keep(build, item);
		build->result->copied += !task->failed;
		return 0;
	}
	build->result->compiled += !task->failed;
	return build->compile.layout == LAYOUT_SOURCE ? keep_staged(build, item, err) : 0;
}

/* Remove what may be in the stage, by its path in the image. */
static int remove_staged(const struct build *build, const char *path, int flags, struct error **err)
{
	if (unlinkat(build->stage.fd, path, flags) == 0)
		return 0;
	switch (errno) {
	case ENOENT:
	case ENAMETOOLONG: /* then it could not be made either */
	case ENOTEMPTY:	   /* a directory that has something else */
	case EEXIST:
		return 0;
	default:
		return fail_errno(err, errno, "cannot remove '%s' from the image", path);
	}
}

/* Remove a file of bytecode, and the directory that was made for it. */
static int remove_bytecode(const struct build *build, struct slice path, struct error **err)
{
	struct slice parent = path_parent(path);
	autofree char *directory = xmemdup0(parent.data, parent.len);

	if (remove_staged(build, path.data, 0, err) < 0)
		return -1;
	if (build->compile.layout != LAYOUT_SOURCE || map_get(&build->plan.by_path, parent))
		return 0;
	return remove_staged(build, directory, AT_REMOVEDIR, err);
}

/* A task that was lost may have left a part of a file. A source is put again, as it is. */
static int redo_lost(const struct build *build, const struct item *item, struct error **err)
{
	autoerror struct error *error = NULL;

	if (!is_in_image(build, item))
		return 0;
	if (remove_staged(build, item->path.data, 0, err) < 0)
		return -1;
	if (item->kind != ITEM_PYTHON || put_unchanged(build, item, &error) == 0)
		return 0;
	return error->kind == ERROR_INPUT ? 0 : fail_with(err, steal(&error));
}

/* The same for its description. */
static int undescribe_lost(const struct build *build, const struct item *item, struct error **err)
{
	if (!is_described(build, item))
		return 0;
	return descriptions_remove(&build->descriptions, item->path.data, err);
}

/* Of what failed only the sources are in the image, and these complete. */
static int tidy_stage(struct build *build, struct error **err)
{
	for (size_t i = 0; i < build->bytecode.count; i++) {
		const struct map_entry *entry = &build->bytecode.entries[i];
		const struct task *task = entry->value;

		if (task->failed && remove_bytecode(build, entry->key, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < build->task_count; i++) {
		const struct task *task = &build->tasks[i];

		if (task->lost && (redo_lost(build, task->item, err) < 0 ||
				      undescribe_lost(build, task->item, err) < 0))
			return -1;
	}
	return 0;
}

static int describe_image(struct build *build, struct error **err)
{
	for (size_t i = 0; i < build->plan.count; i++) {
		const struct item *item = build->plan.items[i];

		if (is_task(build, item))
			continue;
		keep(build, item);
		build->result->copied += item->kind != ITEM_DIRECTORY;
	}
	for (size_t i = 0; i < build->task_count; i++) {
		if (keep_task(build, &build->tasks[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < build->bytecode.count; i++) {
		const struct map_entry *entry = &build->bytecode.entries[i];
		const struct task *task = entry->value;

		if (!task->failed)
			(void)plan_add(&build->image, ITEM_FILE, entry->key); /* it was claimed */
	}
	plan_finish(&build->image);
	return 0;
}

/* What can still fail is what an archive takes from where it is. */
static void report_uncopied(void *context, struct error *problem)
{
	struct build *build = context;

	build->result->copied -= build->result->copied > 0;
	report_problem(build, problem);
}

static int finish_archive(struct build *build, struct error **err)
{
	const struct plan_listener listener = {report_uncopied, NULL, build};
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

static int finish(struct build *build, struct error **err)
{
	if ((build->options->form != ARCHIVE_NONE ? finish_archive : finish_directory)(build, err) <
	    0)
		return -1;
	if (!build->options->descriptions)
		return 0;
	return descriptions_commit(&build->descriptions, err);
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
	    .descriptions = DESCRIPTIONS_INIT,
	};

	*ret = (struct build_result){0};
	build.compile.reporter = reporter;
	if (build_check(options, err) < 0 || image_time(&build.compile.time, err) < 0)
		return -1;
	if (scan(&build, err) < 0)
		return -1;
	choose_tasks(&build);
	if (tree_stage_open(&build.stage, place_at(options->output), err) < 0)
		return -1;
	if (image_make_directories(build.stage.fd, &build.plan, err) < 0)
		return -1;
	if (options->descriptions) {
		build.compile.descriptions = &build.descriptions;
		if (descriptions_open(
			&build.descriptions, options->descriptions, build.compile.time, err) < 0)
			return -1;
	}
	if (run_tasks(&build, err) < 0 || tidy_stage(&build, err) < 0 ||
	    describe_image(&build, err) < 0)
		return -1;
	return finish(&build, err);
}
