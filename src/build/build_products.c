#include "build/build_products.h"

#include <stdatomic.h>

#include "base/spawn.h"
#include "build/discovered_inputs.h"
#include "build/json_event.h"
#include "build/orphans.h"
#include "build/workspace.h"
#include "cache/cache_session.h"

/* Seconds between two writes of the build state during a build. If the build is killed, the next
 * one takes unrecorded images from the cache, or makes them again. */
#define SAVE_SECONDS 10

/* What a task of the pool does for its node. */
enum part { PART_BEGIN, PART_UNIT, PART_RENDER };

struct node_tasks {
	size_t first;	/* number of its first task; tasks for each unit and the image follow, if
			   has_parts() */
	size_t waits;	/* nodes that this one needs and that are not done */
	size_t units;	/* tasks for units that are not done */
	bool must_skip; /* a node that it needs, or a unit, failed or was skipped */
	bool is_failed; /* a unit failed */
	bool is_done;
};

struct run {
	const struct build_options *options;
	struct reporter *reporter;
	struct build_result *result;
	struct build_session *session;
	struct node_tasks *tasks; /* of each node */
	struct node **task_nodes; /* the node of each task */
	size_t task_count;
	size_t done, total; /* nodes */
	struct worker_pool_queue queue;
	bool is_dirty;	 /* workers were killed and may have left files */
	bool is_changed; /* since the build state was written */
	double saved;	 /* when the build state was written, seconds of reporter_elapsed() */
	struct str events;
	struct inputs_table inputs;
	struct fields *unknown_images; /* of each workspace: orphans without a record */
};

static struct node_status *status_of(const struct run *run, const struct node *node)
{
	return &run->session->executor.statuses[node->index];
}

static bool has_parts(const struct node *node)
{
	return node->own_count > 1;
}

static size_t count_tasks(const struct node *node)
{
	return has_parts(node) ? node->own_count + 2 : 1;
}

static bool is_done(enum outcome outcome)
{
	return outcome != OUTCOME_WAITING && outcome != OUTCOME_UNITS;
}

static void count_outcome(struct run *run, const struct node_status *status)
{
	struct build_result *result = run->result;

	result->commands += status->commands;
	switch (status->outcome) {
	case OUTCOME_PROCESSED:
		result->processed++;
		break;
	case OUTCOME_CACHED:
		result->cached++;
		break;
	case OUTCOME_CURRENT:
		result->current++;
		break;
	case OUTCOME_SKIPPED:
		result->skipped++;
		break;
	default:
		result->failed++;
	}
}

static void begin_or_skip(struct run *run, struct node *node);

/* A node is done: report the outcome, and start nodes that waited for this one only. */
static void finish_node(struct run *run, struct node *node)
{
	const struct node_status *status = status_of(run, node);
	bool failed = status->outcome == OUTCOME_FAILED || status->outcome == OUTCOME_SKIPPED;

	run->tasks[node->index].is_done = true;
	run->done++;
	count_outcome(run, status);
	if (run->reporter->json) {
		str_truncate(&run->events, 0);
		json_event_add_node(node, status_of(run, node), &run->events);
		reporter_print(run->reporter, str_slice(&run->events));
	}
	if (status->outcome == OUTCOME_FAILED && run->options->fail_fast)
		atomic_store(run->session->is_stopped, true);
	for (size_t i = 0; i < node->dependent_count; i++) {
		struct node_tasks *tasks = &run->tasks[node->dependents[i]->index];

		tasks->must_skip = tasks->must_skip || failed;
		if (tasks->waits && --tasks->waits == 0)
			begin_or_skip(run, node->dependents[i]);
	}
}

static void pass_tasks(struct run *run, const struct node *node, bool units)
{
	size_t first = run->tasks[node->index].first;

	if (!has_parts(node))
		return;
	for (size_t i = 0; units && i < node->own_count; i++)
		worker_pool_pass(&run->queue, first + 1 + i);
	worker_pool_pass(&run->queue, first + 1 + node->own_count);
}

/* All nodes that this one needs are done: start its first task, or skip it. */
static void begin_or_skip(struct run *run, struct node *node)
{
	struct node_tasks *tasks = &run->tasks[node->index];
	struct node_status *status = status_of(run, node);

	if (tasks->is_done || is_done(status->outcome))
		return;
	if (!tasks->must_skip && !atomic_load(run->session->is_stopped)) {
		worker_pool_begin(&run->queue, tasks->first);
		return;
	}
	status->outcome = OUTCOME_SKIPPED;
	worker_pool_pass(&run->queue, tasks->first);
	pass_tasks(run, node, true);
	finish_node(run, node);
}

/* Name the first tasks: those of nodes that wait for no other. finish_decided() has counted the
 * nodes that were decided before. */
static void start_tasks(void *context)
{
	struct run *run = context;
	const struct graph *graph = &run->session->graph;

	for (size_t i = 0; i < graph->node_count; i++) {
		struct node *node = graph->nodes[i];
		struct node_tasks *tasks = &run->tasks[i];

		if (!is_done(status_of(run, node)->outcome) && tasks->waits == 0 && !tasks->is_done)
			begin_or_skip(run, node);
	}
}

static enum part part_of(const struct run *run, size_t task, size_t *ret_input)
{
	const struct node *node = run->task_nodes[task];
	size_t place = task - run->tasks[node->index].first;

	if (place == 0)
		return PART_BEGIN;
	*ret_input = place - 1;
	return place <= node->own_count ? PART_UNIT : PART_RENDER;
}

static int run_part(const struct run *run, size_t task, struct str *messages, struct error **err)
{
	struct executor *executor = &run->session->executor;
	const struct node *node = run->task_nodes[task];
	size_t input = 0;

	switch (part_of(run, task, &input)) {
	case PART_BEGIN:
		return executor_begin(executor, node, messages, err);
	case PART_UNIT:
		return executor_translate(executor, node, input, messages, err);
	default:
		return executor_render(executor, node, messages, err);
	}
}

/* The first byte of a task's report. What inputs_send() appends follows, then text to print. */
enum task_result { TASK_DONE = '+', TASK_FAILED = '-', TASK_SKIPPED = '=' };

static void warn_cache(void *context, const struct error *warning)
{
	struct run *run = context;

	reporter_render(run->reporter, "warning", warning, &run->events);
}

static int run_task(void *context, size_t task, struct str *report, struct error **err)
{
	struct run *run = context;
	struct cache *cache = &run->session->cache;
	const struct node *node = run->task_nodes[task];
	autostr struct str messages = STR_INIT;
	autoerror struct error *error = NULL;
	int result;

	if (atomic_load(run->session->is_stopped)) {
		str_addc(report, TASK_SKIPPED);
		return 0;
	}
	str_truncate(&run->events, 0);
	result = run_part(run, task, &messages, &error);
	/* The node's status carries what this process has stored in the cache. */
	status_of(run, node)->stored += cache->added;
	cache->added = 0;
	if (result < 0 && !error_is_local(error))
		return fail_with(err, steal(&error));
	if (result < 0) {
		autostr struct str name = STR_INIT;

		node_name(node, &name);
		if (!error->path)
			(void)fail_prefix(&error, "%s", str_c(&name)); /* always -1 */
		reporter_render(run->reporter, "error", error, &messages);
		/* At once: other workers would start tasks before the coordinator has the report.
		 */
		if (run->options->fail_fast)
			atomic_store(run->session->is_stopped, true);
	}
	str_addc(report, result < 0 ? TASK_FAILED : TASK_DONE);
	inputs_send(&run->session->executor, report);
	str_add_slice(report, str_slice(&run->events));
	str_add_slice(report, str_slice(&messages));
	return 0;
}

static void begin_render(struct run *run, struct node *node)
{
	struct node_tasks *tasks = &run->tasks[node->index];

	if (!tasks->must_skip) {
		worker_pool_begin(&run->queue, tasks->first + 1 + node->own_count);
		return;
	}
	pass_tasks(run, node, false);
	status_of(run, node)->outcome = tasks->is_failed ? OUTCOME_FAILED : OUTCOME_SKIPPED;
	finish_node(run, node);
}

static void begin_units(struct run *run, struct node *node)
{
	struct node_tasks *tasks = &run->tasks[node->index];
	const struct node_status *status = status_of(run, node);

	for (size_t i = 0; i < node->own_count; i++)
		tasks->units += status->inputs[i].is_needed;
	for (size_t i = 0; i < node->own_count; i++) {
		if (status->inputs[i].is_needed)
			worker_pool_begin(&run->queue, tasks->first + 1 + i);
		else
			worker_pool_pass(&run->queue, tasks->first + 1 + i);
	}
}

static void finish_task(struct run *run, size_t task, enum task_result result)
{
	struct node *node = run->task_nodes[task];
	struct node_tasks *tasks = &run->tasks[node->index];
	struct node_status *status = status_of(run, node);
	size_t input;
	enum part part = part_of(run, task, &input);

	run->is_changed = true;
	if (part == PART_UNIT) {
		tasks->must_skip = tasks->must_skip || result != TASK_DONE;
		tasks->is_failed = tasks->is_failed || result == TASK_FAILED;
		if (--tasks->units == 0)
			begin_render(run, node);
		return;
	}
	if (result != TASK_DONE)
		status->outcome = result == TASK_FAILED ? OUTCOME_FAILED : OUTCOME_SKIPPED;
	if (part == PART_BEGIN && status->outcome == OUTCOME_UNITS) {
		begin_units(run, node);
		return;
	}
	if (part == PART_BEGIN)
		pass_tasks(run, node, true);
	finish_node(run, node);
}

static void receive_report(void *context, size_t task, struct slice report)
{
	struct run *run = context;
	struct slice rest = slice_from(report, 1);

	inputs_receive(&run->inputs, &rest, status_of(run, run->task_nodes[task])->record);
	reporter_print(run->reporter, rest);
	finish_task(run, task, (enum task_result)report.data[0]);
}

static void lose_worker(void *context, size_t task, int wait_status)
{
	struct run *run = context;
	autoerror struct error *error = NULL;
	autostr struct str how = STR_INIT;
	autostr struct str name = STR_INIT;

	node_name(run->task_nodes[task], &name);
	spawn_describe(wait_status, &how);
	(void)fail(&error, ERROR_INPUT, "%s: worker ended early: %s", str_c(&name),
	    str_c(&how)); /* always -1 */
	reporter_error(run->reporter, error);
	run->is_dirty = true;
	finish_task(run, task, TASK_FAILED);
}

/* What the build state will have of a node: the new record, or if the node was not built the old
 * one. False if there is neither. */
static bool state_item_of(
    const struct run *run, const struct node *node, struct build_state_item *ret)
{
	struct node_status *status = status_of(run, node);
	const struct map *records = &node->workspace->state.by_image;

	*ret = (struct build_state_item){.image = node->image};
	if (run->tasks[node->index].is_done && status->record &&
	    (status->outcome == OUTCOME_CURRENT || status->outcome == OUTCOME_CACHED ||
		status->outcome == OUTCOME_PROCESSED)) {
		status->record->key = status->key;
		status->record->content = status->content;
		ret->record = status->record;
		return true;
	}
	ret->entry = map_find(records, node->image);
	return ret->entry && ret->entry->value;
}

static int save_workspace(
    const struct run *run, const struct workspace *workspace, struct error **err)
{
	const struct graph *graph = &run->session->graph;
	size_t most = graph->node_count + workspace->state.by_image.count, count = 0;
	autofree struct build_state_item *items = xcalloc(most + 1, sizeof(*items));

	for (size_t i = 0; i < graph->node_count; i++) {
		if (graph->nodes[i]->workspace == workspace)
			count += state_item_of(run, graph->nodes[i], &items[count]);
	}
	for (size_t i = 0; i < workspace->state.by_image.count; i++) {
		const struct map_entry *entry = &workspace->state.by_image.entries[i];

		if (entry->value && !graph_node(graph, workspace, entry->key))
			items[count++] = (struct build_state_item){entry->key, NULL, entry};
	}
	return workspace_write_state(workspace, items, count, err);
}

static int save(struct run *run, struct error **err)
{
	const struct graph *graph = &run->session->graph;

	for (size_t i = 0; run->is_changed && i < graph->workspace_count; i++) {
		if (save_workspace(run, graph->workspaces[i], err) < 0)
			return -1;
	}
	run->is_changed = false;
	run->saved = reporter_elapsed(run->reporter);
	return 0;
}

static void report_progress(void *context, size_t finished)
{
	struct run *run = context;

	(void)finished; /* tasks; the status line counts images */
	reporter_progress(run->reporter, run->done, run->total, run->result->failed);
	/* If this fails, the build writes the state at its end. */
	if (reporter_elapsed(run->reporter) - run->saved > SAVE_SECONDS)
		(void)save(run, NULL);
}

static void report_removed(void *context, const struct record *record)
{
	struct run *run = context;

	run->result->removed++;
	if (!run->reporter->json)
		return;
	str_truncate(&run->events, 0);
	json_event_add_removed(record, &run->events);
	reporter_print(run->reporter, str_slice(&run->events));
}

static int remove_orphans(struct run *run, struct error **err)
{
	struct orphan_removal removal = {
	    .session = run->session,
	    .found = run->unknown_images,
	    .removed = report_removed,
	    .context = run,
	};
	int status = orphans_remove(&removal, err);

	run->is_changed = run->is_changed || removal.is_changed;
	return status;
}

/* Number the tasks of nodes that are not decided, and count the nodes that each waits for. */
static void number_tasks(struct run *run)
{
	const struct graph *graph = &run->session->graph;

	run->tasks = xcalloc(graph->node_count, sizeof(*run->tasks));
	run->total = graph->node_count;
	for (size_t i = 0; i < graph->node_count; i++) {
		const struct node *node = graph->nodes[i];

		if (is_done(status_of(run, node)->outcome))
			continue;
		run->tasks[i].first = run->task_count;
		run->tasks[i].waits = node->need_count;
		run->task_count += count_tasks(node);
	}
	run->task_nodes = xcalloc(run->task_count, sizeof(*run->task_nodes));
	for (size_t i = 0; i < graph->node_count; i++) {
		struct node *node = graph->nodes[i];

		for (size_t k = 0; !is_done(status_of(run, node)->outcome) && k < count_tasks(node);
		     k++)
			run->task_nodes[run->tasks[i].first + k] = node;
	}
}

static void finish_worker(void *context)
{
	foreign_pythons_end(&((struct run *)context)->session->graph.pythons);
}

static int run_tasks(struct run *run, struct error **err)
{
	struct worker_pool pool = {
	    .tasks = run->task_count,
	    .workers = run->options->workers,
	    .context = run,
	    .queue = &run->queue,
	    .jobserver = run->options->jobserver,
	    .start = start_tasks,
	    .work = run_task,
	    .finish = finish_worker,
	    .report = receive_report,
	    .lost = lose_worker,
	    .reporter = run->reporter,
	    .tick = report_progress,
	};
	int result;

	if (!run->task_count)
		return 0;
	/* The interpreter is not started here: many builds only take images from the cache. */
	result = worker_pool_run(&pool, &run->result->usage, err);
	reporter_clear(run->reporter);
	return result;
}

/* Count and report the nodes that were decided before any task, and tell the nodes that wait for
 * them. */
static void finish_decided(struct run *run)
{
	const struct graph *graph = &run->session->graph;

	for (size_t i = 0; i < graph->node_count; i++) {
		struct node *node = graph->nodes[i];

		if (!is_done(status_of(run, node)->outcome))
			continue;
		run->tasks[i].is_done = true;
		run->done++;
		count_outcome(run, status_of(run, node));
		if (run->reporter->json)
			json_event_add_node(node, status_of(run, node), &run->events);
		for (size_t k = 0; k < node->dependent_count; k++) {
			struct node_tasks *tasks = &run->tasks[node->dependents[k]->index];

			tasks->waits -= tasks->waits > 0;
			tasks->must_skip = tasks->must_skip ||
					   status_of(run, node)->outcome == OUTCOME_FAILED;
		}
	}
	reporter_print(run->reporter, str_slice(&run->events));
}

static void open_cache(struct run *run)
{
	const struct build_options *options = run->options;
	struct cache *cache = &run->session->cache;

	if (options->no_cache)
		return;
	cache_session_begin(cache, options->cache, options->cache_limit, run->reporter);
	cache->warn = warn_cache;
	cache->context = run;
}

static void close_cache(struct run *run)
{
	const struct graph *graph = &run->session->graph;
	struct cache *cache = &run->session->cache;

	for (size_t i = 0; i < graph->node_count; i++)
		cache->added += status_of(run, graph->nodes[i])->stored;
	cache_session_end(cache, run->reporter);
}

static void run_release(struct run *run)
{
	free(run->tasks);
	free(run->task_nodes);
	for (size_t i = 0; run->unknown_images && i < run->session->graph.workspace_count; i++)
		fields_release(&run->unknown_images[i]);
	free(run->unknown_images);
	str_release(&run->events);
	inputs_table_release(&run->inputs);
}

int build_products(const struct build_options *options, struct reporter *reporter,
    struct build_result *ret, struct error **err)
{
	CLEANUP(build_session_release) struct build_session session = {0};
	CLEANUP(run_release)
	struct run run = {
	    .options = options, .reporter = reporter, .result = ret, .session = &session};
	autoerror struct error *error = NULL;

	*ret = (struct build_result){0};
	if (build_session_open(&session, &options->session, reporter, err) < 0 ||
	    build_session_decide(&session, err) < 0)
		return -1;
	number_tasks(&run);
	if (run.task_count)
		open_cache(&run);
	finish_decided(&run);
	run.unknown_images = xcalloc(
	    session.graph.workspace_count + 1, sizeof(*run.unknown_images));
	if (orphans_find_killed(&session, run.unknown_images, err) < 0)
		return -1;
	workspaces_sweep(&session.graph);
	if (run.task_count && workspaces_begin(&session.graph, err) < 0)
		return -1;
	if (run_tasks(&run, &error) < 0)
		run.is_dirty = true;
	/* What was built is recorded, whatever ended the run. */
	close_cache(&run);
	if (!error && remove_orphans(&run, &error) < 0)
		run.is_dirty = true;
	/* If the state cannot be written, the note `busy` stays, so that the next build looks for
	 * images without a record. */
	if (save(&run, error ? NULL : &error) == 0)
		workspaces_end(&session.graph, run.is_dirty);
	if (error)
		return fail_with(err, steal(&error));
	if (options->files)
		product_files_note(options->files, &session.graph, session.executor.statuses);
	ret->failed += session.problems - session.graph.problems;
	return 0;
}
