#include "ship/assemble.h"

#include <fcntl.h>

#include "base/path.h"
#include "base/presence.h"
#include "base/tree.h"
#include "image/directory.h"
#include "jobs/signals.h"
#include "python/interpreter.h"
#include "ship/assembly.h"
#include "ship/finish.h"
#include "ship/gather.h"
#include "ship/records.h"
#include "ship/reports.h"

/* Sources of this many bytes and more are compiled first, so that no worker starts a long one near
 * the end. */
#define LARGE_SOURCE ((uint64_t)1 << 16)

static void assembly_release(struct assembly *assembly)
{
	assembly_remove_scratch(assembly);
	tree_stage_discard(&assembly->stage);
	descriptions_release(&assembly->descriptions);
	plan_release(&assembly->bundle);
	map_release(&assembly->bytecode);
	scripts_release(&assembly->scripts);
	image_cache_release(&assembly->cache);
	plan_release(&assembly->plan);
	free(assembly->tasks);
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
	    assembly_report, report_left_out, assembly, report_warning};
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

/* Whether workers have something to do for an item. An archive reads plain files from their origin.
 */
static bool is_task(const struct assembly *assembly, const struct item *item)
{
	if (item->kind == ITEM_PYTHON || assembly_is_described(assembly, item))
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
	if (assembly_is_described(assembly, item))
		descriptions_expect(&assembly->descriptions, item->path);
	if (item->kind == ITEM_PYTHON && claim_bytecode(assembly, task, &problem) < 0) {
		assembly_report(assembly, problem);
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
	return assembly_has(assembly, item) ? add_staged(assembly, item, err) : 0;
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
	const struct plan_listener listener = {assembly_report, NULL, assembly};
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
	assembly_report(assembly, problem);
}

/* Warn if only a Python that is told the level loads the bytecode. An OCI image's config tells it,
 * and so does the first line of a .pyz; a .pyc in a source's place is of every level. */
static void warn_of_level(struct assembly *assembly)
{
	const struct assemble_options *options = assembly->options;
	int level = compile_lowest_level(&options->compile);
	struct error *warning = NULL;

	if (!level || options->compile.layout != LAYOUT_SOURCE ||
	    image_form_is_oci(options->form) || !assembly->bytecode.count)
		return;
	(void)fail_at(&warning, options->output, 0, 0, NULL,
	    "Python loads its bytecode only with PYTHONOPTIMIZE=%d or %s, which the image's "
	    "scripts give, and otherwise compiles at import: --layout bytecode needs no level",
	    level, level == 1 ? "-O" : "-OO"); /* always -1 */
	report_warning(assembly, warning);
}

static int finish(struct assembly *assembly, struct error **err)
{
	const struct plan_listener listener = {report_uncopied, NULL, assembly, report_warning};
	const struct finish all = {assembly->options, &assembly->bundle, &assembly->stage,
	    assembly->compile.time, &listener, &assembly->result->oci};
	const struct reports reports = {assembly->options, &assembly->compile, &assembly->plan,
	    &assembly->bundle, &listener, &assembly->result->oci, false, false};

	warn_of_level(assembly);
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
	if (assembly_work(&assembly, err) < 0 || list_bundle(&assembly, err) < 0)
		return bundle_fail(options->output, err);
	return finish(&assembly, err);
}
