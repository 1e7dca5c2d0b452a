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
#include "ship/finish.h"
#include "ship/gather.h"
#include "ship/records.h"
#include "ship/reports.h"
#include "ship/scratch.h"

/* Sources of this many bytes and more are compiled first, so that no worker starts a long one near
 * the end. */
#define LARGE_SOURCE ((uint64_t)1 << 16)

/* The work for one item. */
struct task {
	const struct item *item;
	bool uncompiled; /* a source whose bytecode has no place in the bundle */
	bool failed;	 /* and was reported */
	bool lost;	 /* its worker died */
};

struct assembly {
	const struct assemble_options *options;
	struct compile_options compile;
	struct reporter *reporter;
	struct assemble_result *result;
	struct plan plan; /* the sources, and scripts */
	struct scripts scripts;
	struct map bytecode; /* path of each file of bytecode -> the task that makes it */
	struct plan bundle;  /* what the bundle will hold */
	struct tree_stage stage;
	struct descriptions descriptions;
	struct tree_stage scratch; /* never committed */
	struct image_cache cache;
	struct task *tasks;
	size_t task_count;
};

/* Wait for the CPython processes of killed workers, so that nobody writes to the directory any
 * more, then remove the directory. Such a process dies with its worker, or ends soon if the worker
 * died before the process could ask for that. */
static void remove_scratch(struct assembly *assembly)
{
	if (assembly->compile.scratch) {
		while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
			;
		(void)prctl(PR_SET_CHILD_SUBREAPER, 0); /* a failure does no harm */
	}
	tree_stage_discard(&assembly->scratch);
}

static void assembly_release(struct assembly *assembly)
{
	remove_scratch(assembly);
	tree_stage_discard(&assembly->stage);
	descriptions_release(&assembly->descriptions);
	plan_release(&assembly->bundle);
	map_release(&assembly->bytecode);
	scripts_release(&assembly->scripts);
	image_cache_release(&assembly->cache);
	plan_release(&assembly->plan);
	free(assembly->tasks);
}

static void report_problem(void *context, struct error *problem)
{
	struct assembly *assembly = context;

	reporter_error(assembly->reporter, problem);
	error_free(problem);
	assembly->result->failed++;
}

static void report_left_out(void *context, const char *origin, const char *reason)
{
	struct assembly *assembly = context;
	autoerror struct error *note = NULL;

	assembly->result->left_out++;
	if (!assembly->options->is_verbose)
		return;
	(void)fail_at(&note, origin, 0, 0, NULL, "left out: %s", reason); /* always -1 */
	reporter_note(assembly->reporter, note);
}

static void report_warning(void *context, struct error *note)
{
	struct assembly *assembly = context;

	reporter_warning(assembly->reporter, note);
	error_free(note);
}

static int scan(struct assembly *assembly, struct error **err)
{
	const struct plan_listener listener = {
	    report_problem, report_left_out, assembly, report_warning};
	const struct gathering gathering = {
	    assembly->options, &assembly->plan, &assembly->scripts, &assembly->scratch, &listener};

	return gather(&gathering, err);
}

/* The origin of an item in the way of a file at `path`, or of its directory; NULL if there is none.
 */
static const char *find_obstacle(const struct assembly *assembly, struct slice path)
{
	const struct item *there = map_get(&assembly->plan.by_path, path);
	const struct item *above = map_get(&assembly->plan.by_path, path_parent(path));
	const struct task *other = map_get(&assembly->bytecode, path);

	if (there)
		return item_shown(there);
	if (above && above->kind != ITEM_DIRECTORY)
		return item_shown(above);
	return other ? item_shown(other->item) : NULL;
}

/* Reserve the paths of a source's bytecode for a version. */
static int claim_version(
    struct assembly *assembly, struct task *task, const char *tag, struct error **err)
{
	const struct item *item = task->item;
	autostr struct str path = STR_INIT;

	for (int level = 0; level < COMPILE_LEVELS; level++) {
		const char *obstacle, *key;

		if (!assembly->compile.levels[level])
			continue;
		str_truncate(&path, 0);
		compile_add_path(&path, assembly->compile.layout, item->path, tag, level);
		obstacle = find_obstacle(assembly, str_slice(&path));
		if (obstacle)
			return fail_at(err, item_shown(item), 0, 0, NULL,
			    "cannot put its bytecode at '%s' in the image: '%s' is in the way",
			    str_c(&path), obstacle);
		key = arena_copy(&assembly->plan.arena, str_slice(&path));
		*map_at(&assembly->bytecode, slice_of(key, path.len)) = task;
	}
	return 0;
}

/* Reserve the paths of a source's bytecode. Without that the worker that comes first would win a
 * path, and the bundle would depend on timing. */
static int claim_bytecode(struct assembly *assembly, struct task *task, struct error **err)
{
	const struct compile_options *compile = &assembly->compile;
	int result = claim_version(assembly, task, interpreter_cache_tag(), err);

	for (size_t i = 0; i < compile->other_count && result == 0; i++)
		result = claim_version(assembly, task, compile->others[i].tag, err);
	return result;
}

/* Whether an item is to be described. */
static bool is_described(const struct assembly *assembly, const struct item *item)
{
	if (!assembly->options->descriptions)
		return false;
	return item->kind == ITEM_PYTHON ||
	       (item->kind == ITEM_FILE && descriptions_is_interface(item->path));
}

/* Whether workers have something to do for an item. An archive reads plain files from their origin.
 */
static bool is_task(const struct assembly *assembly, const struct item *item)
{
	if (item->kind == ITEM_PYTHON || is_described(assembly, item))
		return true;
	if (item->kind == ITEM_FILE && !item->origin) /* a script, which is there */
		return false;
	return assembly->options->form == FORM_DIRECTORY && item->kind != ITEM_DIRECTORY;
}

static void add_task(struct assembly *assembly, const struct item *item)
{
	struct task *task = &assembly->tasks[assembly->task_count++];
	struct error *problem = NULL;

	task->item = item;
	if (is_described(assembly, item))
		descriptions_expect(&assembly->descriptions, item->path);
	if (item->kind == ITEM_PYTHON && claim_bytecode(assembly, task, &problem) < 0) {
		report_problem(assembly, problem);
		task->failed = task->uncompiled = true;
	}
}

static void choose_tasks(struct assembly *assembly)
{
	const struct plan *plan = &assembly->plan;

	assembly->tasks = xcalloc(plan->count, sizeof(*assembly->tasks));
	for (int large = 1; large >= 0; large--) {
		for (size_t i = 0; i < plan->count; i++) {
			size_t at = assembly->options->is_reversed ? plan->count - 1 - i : i;
			const struct item *item = plan->items[at];

			if (is_task(assembly, item) && (item->size >= LARGE_SOURCE) == large)
				add_task(assembly, item);
		}
	}
}

/* Whether the bundle has the item itself, not only its bytecode. */
static bool is_in_image(const struct assembly *assembly, const struct item *item)
{
	return item->kind != ITEM_PYTHON || assembly->compile.layout != LAYOUT_BYTECODE;
}

/* Whether the item is copied to the stage. An archive reads plain files from their origin. */
static bool is_copied(const struct assembly *assembly, const struct item *item)
{
	if (assembly->options->form != FORM_DIRECTORY && item->kind != ITEM_PYTHON)
		return false;
	return is_in_image(assembly, item);
}

static int make_item(
    struct assembly *assembly, const struct task *task, struct str *messages, struct error **err)
{
	const struct item *item = task->item;
	size_t number = (size_t)(task - assembly->tasks);
	bool is_cached = false;

	if (item->kind == ITEM_PYTHON && !task->uncompiled) {
		int result = compile_item(
		    assembly->stage.fd, item, &assembly->compile, messages, &is_cached, err);

		image_cache_note(&assembly->cache, number, is_cached, messages);
		return result;
	}
	if (!is_copied(assembly, item))
		return 0;
	return bundle_put_item(assembly->stage.fd, item, assembly->compile.time, err);
}

/* Describe an item that is not compiled. If that fails, the item is in the bundle all the same. */
static int describe(const struct assembly *assembly, const struct task *task, struct str *messages,
    struct error **err)
{
	bool compiled = task->item->kind == ITEM_PYTHON && !task->uncompiled;

	if (compiled || !is_described(assembly, task->item))
		return 0;
	return compile_describe(task->item, &assembly->compile, messages, err);
}

/* The first byte of a worker's report; rendered messages follow. */
enum outcome { OUTCOME_DONE, OUTCOME_FAILED, OUTCOME_UNDESCRIBED };

/* Append an error about the task to the messages. Any other error ends the run. */
static int render(const struct assembly *assembly, const struct task *task, struct error *problem,
    struct str *messages, struct error **err)
{
	autoerror struct error *error = problem;

	if (error->kind != ERROR_INPUT)
		return fail_with(err, steal(&error));
	if (!error->path)
		error->path = xstrdup(task->item->origin);
	item_show(task->item, error);
	reporter_render(assembly->reporter, "error", error, messages);
	return 0;
}

static int run_task(void *context, size_t number, struct str *report, struct error **err)
{
	struct assembly *assembly = context;
	const struct task *task = &assembly->tasks[number];
	autostr struct str messages = STR_INIT;
	enum outcome outcome = OUTCOME_DONE;
	struct error *error = NULL;

	if (make_item(assembly, task, &messages, &error) < 0)
		outcome = OUTCOME_FAILED;
	else if (describe(assembly, task, &messages, &error) < 0)
		outcome = OUTCOME_UNDESCRIBED;
	if (error && render(assembly, task, error, &messages, err) < 0)
		return -1;
	if (messages.len) {
		str_addc(report, (char)outcome);
		str_add_slice(report, str_slice(&messages));
	}
	return 0;
}

static void finish_worker(void *context)
{
	const struct assembly *assembly = context;

	for (size_t i = 0; i < assembly->compile.other_count; i++)
		foreign_worker_end(&assembly->compile.others[i].worker);
}

static void receive_report(void *context, size_t number, struct slice report)
{
	struct assembly *assembly = context;
	struct task *task = &assembly->tasks[number];

	if (report.data[0] == OUTCOME_FAILED && !task->failed) {
		task->failed = true;
		assembly->result->failed++;
	} else if (report.data[0] == OUTCOME_UNDESCRIBED) {
		assembly->result->failed++;
	}
	reporter_print(assembly->reporter, slice_of(report.data + 1, report.len - 1));
}

static void lose_worker(void *context, size_t number, int status)
{
	struct assembly *assembly = context;
	struct task *task = &assembly->tasks[number];
	const struct item *item = task->item;
	autostr struct str how = STR_INIT;
	struct error *error = NULL;

	task->lost = true;
	if (task->failed)
		return;
	task->failed = true;
	spawn_describe(status, &how);
	(void)fail_at(&error, item_shown(item), 0, 0, NULL, "worker ended while %s: %s",
	    item->kind == ITEM_PYTHON ? "compiling" : "copying", str_c(&how)); /* always -1 */
	report_problem(assembly, error);
}

static void report_progress(void *context, size_t finished)
{
	struct assembly *assembly = context;

	reporter_progress(
	    assembly->reporter, finished, assembly->task_count, assembly->result->failed);
}

/* One directory for all that CPython writes: what a killed CPython leaves goes with the directory.
 * The next run removes the directory of a killed one, as any stage. */
static int make_scratch(struct assembly *assembly, struct error **err)
{
	if (!assembly->compile.cpython)
		return 0;
	if (interpreter_check_reference(err) < 0 ||
	    (assembly->scratch.fd < 0 && scratch_open(&assembly->scratch, err) < 0))
		return -1;
	assembly->compile.scratch = assembly->scratch.path;
	/* Children of a worker that dies become children of this process. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return fail_errno(err, errno, "cannot become the subreaper of workers");
	return 0;
}

static int run_tasks(struct assembly *assembly, struct error **err)
{
	struct worker_pool pool = {
	    .tasks = assembly->task_count,
	    .workers = assembly->options->workers,
	    .jobserver = assembly->options->jobserver,
	    .context = assembly,
	    .work = run_task,
	    .finish = finish_worker,
	    .report = receive_report,
	    .lost = lose_worker,
	    .reporter = assembly->reporter,
	    .tick = assembly->reporter->progress ? report_progress : NULL,
	};
	int result;

	if (!assembly->task_count)
		return 0;
	if (make_scratch(assembly, err) < 0 ||
	    image_cache_open(&assembly->cache, &assembly->options->cache, &assembly->compile,
		assembly->task_count, assembly->reporter, err) < 0)
		return -1;
	/* With a cache the workers may not need the interpreter. */
	if (!assembly->compile.cache && interpreter_need(err) < 0)
		return -1;
	result = worker_pool_run(&pool, &assembly->result->usage, err);
	interpreter_stop();
	reporter_clear(assembly->reporter);
	image_cache_end(&assembly->cache);
	return result;
}

static void add_to_bundle(struct assembly *assembly, const struct item *item)
{
	struct item *added = plan_add(&assembly->bundle, item->kind, item->path);

	added->origin = item->origin;
	added->shown = item->shown;
	added->owner = item->owner;
	added->target = item->target;
	added->executable = item->executable;
	added->size = item->size;
}

/* Add a source if it is in the stage: a source that could not be read is not. */
static int add_staged(struct assembly *assembly, const struct item *item, struct error **err)
{
	int there = presence_at(
	    assembly->stage.fd, item->path.data, AT_SYMLINK_NOFOLLOW, NULL, NULL, err);

	if (there > 0)
		add_to_bundle(assembly, item);
	return there < 0 ? -1 : 0;
}

static int add_task_result(struct assembly *assembly, const struct task *task, struct error **err)
{
	const struct item *item = task->item;

	if (item->kind != ITEM_PYTHON) {
		if (!task->failed)
			add_to_bundle(assembly, item);
		assembly->result->copied += !task->failed;
		return 0;
	}
	*(image_cache_has(&assembly->cache, (size_t)(task - assembly->tasks))
		? &assembly->result->cached
		: &assembly->result->compiled) += !task->failed;
	return is_in_image(assembly, item) ? add_staged(assembly, item, err) : 0;
}

/* Remove a bytecode file, and the directory that was made for it. */
static int remove_bytecode(const struct assembly *assembly, struct slice path, struct error **err)
{
	struct slice parent = path_parent(path);
	autofree char *directory = xmemdup0(parent.data, parent.len);

	if (bundle_remove(assembly->stage.fd, path.data, 0, err) < 0)
		return -1;
	if (assembly->compile.layout != LAYOUT_SOURCE || map_get(&assembly->plan.by_path, parent))
		return 0;
	return bundle_remove(assembly->stage.fd, directory, AT_REMOVEDIR, err);
}

/* Remove the file that a lost task may have left incomplete. A source is copied again. */
static int redo_lost_task(
    const struct assembly *assembly, const struct item *item, struct error **err)
{
	autoerror struct error *error = NULL;

	if (!is_in_image(assembly, item))
		return 0;
	if (bundle_remove(assembly->stage.fd, item->path.data, 0, err) < 0)
		return -1;
	if (item->kind != ITEM_PYTHON ||
	    bundle_put_item(assembly->stage.fd, item, assembly->compile.time, &error) == 0)
		return 0;
	return error->kind == ERROR_INPUT ? 0 : fail_with(err, steal(&error));
}

/* Remove the description that a lost task may have left incomplete. */
static int remove_lost_description(
    const struct assembly *assembly, const struct item *item, struct error **err)
{
	if (!is_described(assembly, item))
		return 0;
	return descriptions_remove(&assembly->descriptions, item->path.data, err);
}

/* Remove what failed tasks have left, except for complete sources. */
static int clean_stage(struct assembly *assembly, struct error **err)
{
	for (size_t i = 0; i < assembly->bytecode.count; i++) {
		const struct map_entry *entry = &assembly->bytecode.entries[i];
		const struct task *task = entry->value;

		if (task->failed && remove_bytecode(assembly, entry->key, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < assembly->task_count; i++) {
		const struct task *task = &assembly->tasks[i];

		if (task->lost && (redo_lost_task(assembly, task->item, err) < 0 ||
				      remove_lost_description(assembly, task->item, err) < 0))
			return -1;
	}
	return 0;
}

static int list_bundle(struct assembly *assembly, struct error **err)
{
	for (size_t i = 0; i < assembly->plan.count; i++) {
		const struct item *item = assembly->plan.items[i];

		if (is_task(assembly, item))
			continue;
		add_to_bundle(assembly, item);
		assembly->result->copied += item->kind != ITEM_DIRECTORY;
	}
	for (size_t i = 0; i < assembly->task_count; i++) {
		if (add_task_result(assembly, &assembly->tasks[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < assembly->bytecode.count; i++) {
		const struct map_entry *entry = &assembly->bytecode.entries[i];
		const struct task *task = entry->value;

		if (!task->failed)
			(void)plan_add(&assembly->bundle, ITEM_FILE,
			    entry->key); /* cannot fail: the path is reserved */
	}
	plan_finish(&assembly->bundle);
	return 0;
}

/* Let the RECORDs agree with the bundle. */
static int write_records(struct assembly *assembly, struct error **err)
{
	const struct plan_listener listener = {report_problem, NULL, assembly};
	autofree struct record_bytecode *bytecode = xcalloc(
	    assembly->bytecode.count + 1, sizeof(*bytecode));
	struct records records = {&assembly->bundle, assembly->stage.fd, assembly->compile.time,
	    &assembly->scripts, bytecode, 0};

	for (size_t i = 0; i < assembly->bytecode.count; i++) {
		const struct map_entry *entry = &assembly->bytecode.entries[i];
		const struct task *task = entry->value;

		if (!task->failed)
			bytecode[records.bytecode_count++] = (struct record_bytecode){
			    entry->key, task->item};
	}
	return records_write(&records, &listener, err);
}

/* A file could not be read while the archive was written. */
static void report_uncopied(void *context, struct error *problem)
{
	struct assembly *assembly = context;

	assembly->result->copied -= assembly->result->copied > 0;
	report_problem(assembly, problem);
}

static int finish(struct assembly *assembly, struct error **err)
{
	const struct plan_listener listener = {report_uncopied, NULL, assembly, report_warning};
	const struct finish all = {assembly->options, &assembly->bundle, &assembly->stage,
	    assembly->compile.time, &listener, &assembly->result->oci};
	const struct reports reports = {assembly->options, &assembly->compile, &assembly->plan,
	    &assembly->bundle, &listener, &assembly->result->oci, false, false};

	finish_links(&all);
	if (write_records(assembly, err) < 0 || finish_image(&all, err) < 0 ||
	    reports_write(&reports, err) < 0)
		return -1;
	return assembly->options->descriptions ? descriptions_commit(&assembly->descriptions, err)
					       : 0;
}

int assemble(const struct assemble_options *options, struct reporter *reporter,
    struct assemble_result *ret, struct error **err)
{
	CLEANUP(assembly_release)
	struct assembly assembly = {
	    .options = options,
	    .compile = options->compile,
	    .reporter = reporter,
	    .result = ret,
	    .stage = TREE_STAGE_INIT,
	    .scratch = TREE_STAGE_INIT,
	    .descriptions = DESCRIPTIONS_INIT,
	};

	*ret = (struct assemble_result){0};
	assembly.compile.reporter = reporter;
	if (assemble_check(options, err) < 0 || bundle_time(&assembly.compile.time, err) < 0 ||
	    scan(&assembly, err) < 0)
		return -1;
	choose_tasks(&assembly);
	if (tree_stage_open(&assembly.stage, place_at(options->output), err) < 0)
		return -1;
	if (bundle_make_directories(assembly.stage.fd, &assembly.plan, interrupted, err) < 0 ||
	    scripts_put(&assembly.scripts, assembly.stage.fd, assembly.compile.time, err) < 0)
		return bundle_fail(options->output, err);
	if (options->descriptions) {
		assembly.compile.descriptions = &assembly.descriptions;
		if (descriptions_open(&assembly.descriptions, options->descriptions,
			assembly.compile.time, err) < 0)
			return -1;
	}
	if (run_tasks(&assembly, err) < 0 || clean_stage(&assembly, err) < 0 ||
	    list_bundle(&assembly, err) < 0)
		return bundle_fail(options->output, err);
	return finish(&assembly, err);
}
