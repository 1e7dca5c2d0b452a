#include "ship/assembly.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/path.h"
#include "base/spawn.h"
#include "image/directory.h"
#include "python/interpreter.h"
#include "ship/scratch.h"

/* Wait for the CPython processes of killed workers, so that nobody writes to the directory any
 * more, then remove the directory. Such a process dies with its worker, or ends soon if the worker
 * died before the process could ask for that. */
void assembly_remove_scratch(struct assembly *assembly)
{
	if (assembly->compile.scratch) {
		while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
			;
		(void)prctl(PR_SET_CHILD_SUBREAPER, 0); /* a failure does no harm */
	}
	tree_stage_discard(&assembly->scratch);
}

void assembly_report(void *context, struct error *problem)
{
	struct assembly *assembly = context;

	reporter_error(assembly->reporter, problem);
	error_free(problem);
	assembly->result->failed++;
}

bool assembly_is_described(const struct assembly *assembly, const struct item *item)
{
	if (!assembly->options->descriptions)
		return false;
	return item->kind == ITEM_PYTHON ||
	       (item->kind == ITEM_FILE && descriptions_is_interface(item->path));
}

bool assembly_has(const struct assembly *assembly, const struct item *item)
{
	return item->kind != ITEM_PYTHON || assembly->compile.layout != LAYOUT_BYTECODE;
}

/* Whether the item is copied to the stage. An archive reads plain files from their origin. */
static bool is_copied(const struct assembly *assembly, const struct item *item)
{
	if (assembly->options->form != FORM_DIRECTORY && item->kind != ITEM_PYTHON)
		return false;
	return assembly_has(assembly, item);
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

	if (compiled || !assembly_is_described(assembly, task->item))
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
	reporter_print(assembly->reporter, slice_from(report, 1));
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
	assembly_report(assembly, error);
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

	if (!assembly_has(assembly, item))
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
	if (!assembly_is_described(assembly, item))
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

int assembly_work(struct assembly *assembly, struct error **err)
{
	return run_tasks(assembly, err) < 0 ? -1 : clean_stage(assembly, err);
}
