#include "ship/delineate.h"

#include <errno.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/presence.h"
#include "base/spawn.h"
#include "base/tree.h"
#include "delineation/ctags.h"
#include "delineation/describe.h"
#include "image/directory.h"
#include "jobs/signals.h"
#include "python/interpreter.h"
#include "ship/descriptions.h"
#include "ship/exports.h"

/* A source to describe. */
struct task {
	const struct item *item;
	bool done;
	bool failed;
	struct str result; /* to print, kept until it is the task's turn */
};

struct run {
	const struct delineate_run *options;
	struct reporter *reporter;
	struct delineate_result *result;
	/* For a tree a single plan; else one for each SOURCE, as their places do not matter. */
	struct plan *plans;
	size_t plan_count;
	struct task *tasks;
	size_t count;
	bool single;			/* the only SOURCE is a file */
	struct map named;		/* paths that SOURCE arguments may name */
	struct exports_reader *modules; /* of the plan; each worker reads them for itself */
	struct descriptions descriptions;
	struct str tags;	   /* the lines of all sources */
	struct file_writer writer; /* of the output file; fd is -1 if there is none */
	struct error *write_error; /* the first failed write, or NULL */
	size_t emitted;		   /* tasks */
	bool begun;		   /* something was emitted */
};

static void run_release(struct run *run)
{
	for (size_t i = 0; i < run->count; i++)
		str_release(&run->tasks[i].result);
	free(run->tasks);
	str_release(&run->tags);
	file_writer_discard(&run->writer);
	error_free(run->write_error);
	map_release(&run->named);
	descriptions_release(&run->descriptions);
	for (size_t i = 0; i < run->plan_count; i++)
		plan_release(&run->plans[i]);
	free(run->plans);
}

static void report_problem(void *context, struct error *problem)
{
	struct run *run = context;

	reporter_error(run->reporter, problem);
	error_free(problem);
	run->result->failed++;
}

/* Whether the output is a tree of files. */
static bool makes_tree(const struct run *run)
{
	enum delineate_format format = run->options->format;

	if (!run->options->output)
		return false;
	return format == DELINEATE_JSON || (format == DELINEATE_STUB && !run->single);
}

/* Remember a SOURCE argument, with and without a place behind it: a named file is described
 * whatever its name is. */
static void name_source(struct run *run, const char *source)
{
	const char *equals = strrchr(source, '=');

	*map_at(&run->named, slice_c(source)) = run;
	if (equals)
		*map_at(&run->named, slice_of(source, (size_t)(equals - source))) = run;
}

static int scan(struct run *run, struct error **err)
{
	const struct plan_listener listener = {report_problem, NULL, run};
	const char *const *sources = run->options->sources;
	struct plan_options options = run->options->scan;
	size_t count = 0;

	if (makes_tree(run))
		options.bundle = run->options->output;

	while (sources[count])
		count++;
	run->plan_count = makes_tree(run) ? 1 : count;
	run->plans = xcalloc(run->plan_count, sizeof(*run->plans));
	for (size_t i = 0; i < count; i++) {
		struct plan *plan = &run->plans[makes_tree(run) ? 0 : i];

		name_source(run, sources[i]);
		if (plan_add_source(plan, sources[i], &options, &listener, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < run->plan_count; i++)
		plan_finish(&run->plans[i]);
	return interrupted() ? fail(err, ERROR_SYSTEM, "interrupted") : 0;
}

/* Whether a source has an interface, which says the same more exactly. */
static bool has_interface(const struct plan *plan, const struct item *item)
{
	autofree char *path = xasprintf("%si", item->path.data);

	return map_get(&plan->by_path, slice_c(path)) != NULL;
}

static bool is_task(const struct run *run, const struct plan *plan, const struct item *item)
{
	if (item->kind == ITEM_PYTHON)
		return run->options->format != DELINEATE_STUB || !has_interface(plan, item);
	return item->kind == ITEM_FILE && (descriptions_is_interface(item->path) ||
					      map_get(&run->named, slice_c(item->origin)));
}

static void choose_tasks(struct run *run)
{
	size_t count = 0;

	for (size_t i = 0; i < run->plan_count; i++)
		count += run->plans[i].count;
	run->tasks = xcalloc(count, sizeof(*run->tasks));
	for (size_t i = 0; i < run->plan_count; i++) {
		const struct plan *plan = &run->plans[i];

		for (size_t j = 0; j < plan->count; j++) {
			const struct item *item = plan->items[j];

			if (!is_task(run, plan, item))
				continue;
			run->tasks[run->count++] = (struct task){.item = item};
			descriptions_expect(&run->descriptions, item->path);
		}
	}
}

static int put_stub(
    const struct run *run, const struct item *item, struct slice text, struct error **err)
{
	autostr struct str path = STR_INIT;
	autoerror struct error *error = NULL;

	str_add_slice(&path, item->path);
	if (!descriptions_is_interface(item->path))
		str_adds(&path, slice_ends(item->path, SLICE_LITERAL(".py")) ? "i" : ".pyi");
	if (bundle_put(run->descriptions.stage.fd, str_c(&path), text, false,
		run->descriptions.time, &error) == 0)
		return 0;
	if (error->number == ENAMETOOLONG || error->number == EEXIST)
		return fail_at(err, item->origin, 0, 0, NULL, "%s", error->message);
	(void)fail_with(err, steal(&error)); /* always -1 */
	return bundle_fail(run->options->output, err);
}

static int write_document(const struct delineation *delineation, const struct item *item,
    bool lines, struct str *ret, struct error **err)
{
	autodescription struct description description = {.elements = STR_INIT};

	if (description_write(delineation, item->origin, &description, err) < 0)
		return -1;
	description_document(&description, slice_c(item->origin), ret);
	if (lines)
		str_addc(ret, '\n');
	return 0;
}

/* Write an interface: into the tree, or as text to `ret`. */
static int write_stub(const struct run *run, const struct item *item,
    const struct delineation *delineation, struct str *ret, struct error **err)
{
	autostr struct str stub = STR_INIT;
	struct stub_source source = exports_source(run->modules, item, delineation);

	if (!makes_tree(run))
		return stub_add(&source, &run->options->stub, ret, err);
	if (exports_take(run->modules, item, delineation, err) < 0 ||
	    stub_add(&source, &run->options->stub, &stub, err) < 0)
		return -1;
	return put_stub(run, item, str_slice(&stub), err);
}

/* Write the description in the format that was asked for: into the tree, or as text to `ret`. */
static int produce(const struct run *run, const struct item *item,
    const struct delineation *delineation, struct str *ret, struct error **err)
{
	switch (run->options->format) {
	case DELINEATE_JSON:
	case DELINEATE_JSONL:
		if (!makes_tree(run))
			return write_document(
			    delineation, item, run->options->format == DELINEATE_JSONL, ret, err);
		return descriptions_put(&run->descriptions, run->single ? "" : item->path.data,
		    item->origin, item->origin, delineation, err);
	case DELINEATE_CTAGS:
		return ctags_add(delineation, slice_c(item->origin), ret, err);
	default:
		return write_stub(run, item, delineation, ret, err);
	}
}

static int describe(const struct run *run, const struct item *item, struct notes *notes,
    struct str *ret, struct error **err)
{
	const struct delineate_options options = {
	    .factor = run->options->factor,
	    .encoding = run->options->encoding,
	    .regions = run->options->format == DELINEATE_JSON && makes_tree(run),
	    .locals = run->options->format == DELINEATE_CTAGS && run->options->locals,
	    .interface = run->options->format == DELINEATE_STUB,
	};
	autodescribed struct described described = {.tree = NULL};

	if (described_read(item->origin, &options, notes, &described, err) < 0)
		return -1;
	return produce(run, item, &described.delineation, ret, err);
}

/* The head of a worker's report; messages and the result follow. */
struct report {
	size_t messages; /* bytes */
	bool failed;
};

static int run_task(void *context, size_t number, struct str *report, struct error **err)
{
	const struct run *run = context;
	const struct task *task = &run->tasks[number];
	autonotes struct notes notes = {NULL, 0};
	autoerror struct error *error = NULL;
	autostr struct str messages = STR_INIT;
	autostr struct str result = STR_INIT;
	struct report head;

	if (describe(run, task->item, &notes, &result, &error) < 0) {
		if (error->kind != ERROR_INPUT)
			return fail_with(err, steal(&error));
		if (!error->path)
			error->path = xstrdup(task->item->origin);
		str_truncate(&result, 0);
	}
	reporter_render_notes(run->reporter, &notes, &messages);
	if (error)
		reporter_render(run->reporter, "error", error, &messages);
	head = (struct report){messages.len, error != NULL};
	if (makes_tree(run) && !messages.len)
		return 0;
	str_add(report, &head, sizeof(head));
	str_add_slice(report, str_slice(&messages));
	str_add_slice(report, str_slice(&result));
	return 0;
}

/* Write text to the output. A failure is kept for finish_file(). */
static void emit(struct run *run, struct slice text)
{
	const struct delineate_run *options = run->options;

	if (options->format == DELINEATE_CTAGS)
		str_add_slice(&run->tags, text);
	else if (!options->output)
		options->print(options->context, text);
	else if (!run->write_error)
		(void)file_write_fd(run->writer.fd, options->output, text, &run->write_error);
}

/* Write what stands before the first description, between two, and after the last one (`end`). */
static void emit_between(struct run *run, bool end)
{
	bool array = run->options->format == DELINEATE_JSON && !run->single && !makes_tree(run);

	if (array && !end)
		emit(run, run->begun ? SLICE_LITERAL(",\n") : SLICE_LITERAL("["));
	else if (array)
		emit(run, run->begun ? SLICE_LITERAL("]\n") : SLICE_LITERAL("[]\n"));
	else if (end && run->begun && run->options->format == DELINEATE_JSON)
		emit(run, SLICE_LITERAL("\n"));
	run->begun = true;
}

/* Write results in the order of tasks, up to the first task that is not done. */
static void emit_done(struct run *run)
{
	for (; run->emitted < run->count && run->tasks[run->emitted].done; run->emitted++) {
		struct str *result = &run->tasks[run->emitted].result;

		if (!result->len)
			continue;
		emit_between(run, false);
		emit(run, str_slice(result));
		str_release(result);
		*result = STR_INIT;
	}
}

static void receive_report(void *context, size_t number, struct slice report)
{
	struct run *run = context;
	struct task *task = &run->tasks[number];
	struct report head;
	const char *rest = report.data + sizeof(head);

	memcpy(&head, report.data, sizeof(head));
	task->failed = head.failed;
	run->result->failed += head.failed;
	reporter_print(run->reporter, slice_of(rest, head.messages));
	rest += head.messages;
	str_add(&task->result, rest, (size_t)(report.data + report.len - rest));
	task->done = true;
	emit_done(run);
}

static void lose_worker(void *context, size_t number, int status)
{
	struct run *run = context;
	struct task *task = &run->tasks[number];
	autostr struct str how = STR_INIT;
	struct error *error = NULL;

	if (task->done)
		return;
	task->done = task->failed = true;
	spawn_describe(status, &how);
	(void)fail_at(&error, task->item->origin, 0, 0, NULL, "worker ended while describing: %s",
	    str_c(&how)); /* always -1 */
	report_problem(run, error);
}

static void report_progress(void *context, size_t finished)
{
	struct run *run = context;

	reporter_progress(run->reporter, finished, run->count, run->result->failed);
}

/* Run all tasks in this process: a single worker needs no other. */
static int run_in_process(struct run *run, struct error **err)
{
	struct rusage usage;

	for (size_t i = 0; i < run->count; i++) {
		autostr struct str report = STR_INIT;

		if (run_task(run, i, &report, err) < 0)
			return -1;
		if (report.len)
			receive_report(run, i, str_slice(&report));
		if (interrupted())
			return fail(err, ERROR_SYSTEM, "interrupted");
		if (run->reporter->progress)
			report_progress(run, i + 1);
	}
	reporter_clear(run->reporter);
	if (getrusage(RUSAGE_SELF, &usage) == 0) { /* it cannot fail */
		run->result->usage.memory = usage_memory(&usage);
		run->result->usage.seconds = usage_seconds(&usage);
	}
	return 0;
}

static int run_workers(struct run *run, struct error **err)
{
	struct worker_pool pool = {
	    .tasks = run->count,
	    .workers = run->options->workers,
	    .context = run,
	    .work = run_task,
	    .report = receive_report,
	    .lost = lose_worker,
	    .reporter = run->reporter,
	    .tick = run->reporter->progress ? report_progress : NULL,
	};
	int result = worker_pool_run(&pool, &run->result->usage, err);

	reporter_clear(run->reporter);
	return result;
}

static int run_tasks(struct run *run, struct error **err)
{
	bool here = run->count == 1 || run->options->workers == 1;
	int result;

	if (run->count) {
		/* The interpreter is never stopped: ending the process takes less time. */
		if (interpreter_need(err) < 0)
			return -1;
		result = here ? run_in_process(run, err) : run_workers(run, err);
		if (result < 0)
			return -1;
	}
	for (size_t i = 0; i < run->count; i++) {
		run->tasks[i].done = true;
		run->result->described += !run->tasks[i].failed;
	}
	emit_done(run);
	emit_between(run, true);
	return 0;
}

static int check_tree(const struct run *run, struct error **err)
{
	const char *output = run->options->output;

	for (const char *const *source = run->options->sources; *source; source++) {
		if (plan_check_output(*source, output, err) < 0)
			return -1;
	}
	return description_is_at(output) ? 0 : descriptions_check(output, run->options->force, err);
}

static int check_output(const struct run *run, struct error **err)
{
	const char *output = run->options->output;
	struct stat stat;
	int there;

	if (!output)
		return 0;
	if (makes_tree(run))
		return check_tree(run, err);
	there = presence_at(AT_FDCWD, output, AT_SYMLINK_NOFOLLOW, &stat, NULL, err);
	if (there < 0)
		return -1;
	if (there && S_ISDIR(stat.st_mode))
		return fail(err, ERROR_USAGE, "'%s' is a directory: name a file", output);
	return 0;
}

/* Fail if the output file is one of the sources. */
static int check_sources(const struct run *run, struct error **err)
{
	const char *output = run->options->output;
	struct stat found, source;
	int there;

	if (!output || makes_tree(run))
		return 0;
	there = presence_at(AT_FDCWD, output, AT_SYMLINK_NOFOLLOW, &found, NULL, err);
	if (there <= 0)
		return there;
	for (size_t i = 0; i < run->count; i++) {
		const char *origin = run->tasks[i].item->origin;

		there = presence_at(AT_FDCWD, origin, AT_SYMLINK_NOFOLLOW, &source, NULL, err);
		if (there < 0)
			return -1;
		if (there && source.st_ino == found.st_ino && source.st_dev == found.st_dev)
			return fail(
			    err, ERROR_USAGE, "'%s' is a source: name another file", output);
	}
	return 0;
}

static int open_tree(struct run *run, struct error **err)
{
	int64_t time = BUNDLE_UNTIMED;

	if (!run->single && bundle_time(&time, err) < 0)
		return -1;
	return descriptions_open(&run->descriptions, run->options->output, time, err);
}

/* Remove incomplete descriptions that lost workers may have left. */
static int remove_failed(const struct run *run, struct error **err)
{
	for (size_t i = 0; i < run->count; i++) {
		const struct task *task = &run->tasks[i];

		if (task->failed && !run->single && run->options->format == DELINEATE_JSON &&
		    descriptions_remove(&run->descriptions, task->item->path.data, err) < 0)
			return -1;
	}
	return 0;
}

static int finish_tree(struct run *run, struct error **err)
{
	if (remove_failed(run, err) < 0)
		return -1;
	if (!run->single)
		return descriptions_commit(&run->descriptions, err);
	if (run->result->failed)
		return 0; /* an old description stays */
	return tree_stage_commit(&run->descriptions.stage, 0755, err);
}

/* Begin the output file, if there is one. */
static int open_file(struct run *run, struct error **err)
{
	const char *output = run->options->output;

	if (!output)
		return 0;
	if (tree_make_parents(place_at(output), err) < 0)
		return -1;
	return file_writer_open(&run->writer, place_at(output), file_default_mode(), err);
}

static int finish_file(struct run *run, struct error **err)
{
	const struct delineate_run *options = run->options;
	autostr struct str tags = STR_INIT;

	if (options->format == DELINEATE_CTAGS)
		ctags_write(str_slice(&run->tags), &tags);
	if (!options->output) {
		if (tags.len)
			options->print(options->context, str_slice(&tags));
		return 0;
	}
	if (run->write_error)
		return fail_with(err, steal(&run->write_error));
	if (run->single && run->result->failed)
		return 0; /* an old file stays */
	if (file_write_fd(run->writer.fd, options->output, str_slice(&tags), err) < 0)
		return -1;
	return file_writer_commit(&run->writer, 0, err);
}

/* 1 if the only source is a file, 0 if not, -1 on an error of the system. Problems of the source
 * are reported by the scan. */
static int is_single(const struct delineate_run *options, struct error **err)
{
	struct error *error = NULL;
	int single = options->sources[1] ? 0 : presence_of_file(options->sources[0], &error);

	if (single >= 0)
		return single;
	if (!error_is_local(error))
		return fail_with(err, error);
	error_free(error);
	return 0;
}

static int check_single(const struct run *run, struct error **err)
{
	if (run->single)
		return 0;
	if (run->options->factor)
		return fail(err, ERROR_USAGE, "--factor names a single source");
	if (run->options->format == DELINEATE_STUB && !run->options->output)
		return fail(err, ERROR_USAGE, "stubs of several sources need a directory: -o DIR");
	return 0;
}

int delineate_run(const struct delineate_run *options, struct reporter *reporter,
    struct delineate_result *ret, struct error **err)
{
	CLEANUP(exports_reader_release) struct exports_reader modules = {.plan = NULL};
	CLEANUP(run_release)
	struct run run = {
	    .options = options,
	    .modules = &modules,
	    .reporter = reporter,
	    .result = ret,
	    .descriptions = DESCRIPTIONS_INIT,
	    .writer = FILE_WRITER_INIT,
	};
	int single = is_single(options, err);

	if (single < 0)
		return -1;
	run.single = single;
	*ret = (struct delineate_result){0};
	if (check_single(&run, err) < 0 || check_output(&run, err) < 0 || scan(&run, err) < 0)
		return -1;
	modules.plan = run.plans;
	modules.encoding = options->encoding;
	choose_tasks(&run);
	if (check_sources(&run, err) < 0)
		return -1;
	if ((makes_tree(&run) ? open_tree : open_file)(&run, err) < 0)
		return -1;
	if (run_tasks(&run, err) < 0)
		return -1;
	return makes_tree(&run) ? finish_tree(&run, err) : finish_file(&run, err);
}
