#include "record/record_run.h"

#include "base/packing.h"
#include "base/spawn.h"
#include "cache/cache_session.h"
#include "python/identity.h"
#include "python/interpreter.h"
#include "record/public.h"
#include "record/run_parts.h"

static void run_release(struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		str_release(&run->tasks[i].summary);
		str_release(&run->tasks[i].files);
	}
	free(run->tasks);
	free(run->factors);
	free(run->task_of);
	site_index_release(&run->index);
	kept_release(&run->kept);
	record_sources_release(&run->sources);
	str_release(&run->identity);
	str_release(&run->files);
	spool_release(&run->spool);
	checking_release(&run->checking);
	cleanup_close(&run->root);
}

static void copy_digest(char ret[DIGEST_SIZE], struct slice text)
{
	size_t len = text.len < DIGEST_SIZE - 1 ? text.len : DIGEST_SIZE - 1;

	*slice_copy(ret, slice_of(text.data, len)) = '\0';
}

/* Print a report's messages. False if there is nothing else. */
static bool begin_report(struct run *run, struct task *task, struct unpacker *unpacker)
{
	bool failed = unpack_number(unpacker) != 0;

	reporter_print(run->reporter, unpack_string(unpacker));
	task->done = true;
	task->failed = failed;
	run->result->failed += failed;
	return !failed;
}

static void receive_summary(void *context, size_t number, struct slice report)
{
	struct run *run = context;
	struct task *task = &run->tasks[number];
	struct unpacker unpacker = unpacker_of(report);

	if (!begin_report(run, task, &unpacker))
		return;
	copy_digest(task->digest, unpack_string(&unpacker));
	str_add_slice(&task->files, unpack_string(&unpacker));
	str_add_slice(&task->summary, unpack_string(&unpacker));
	run->result->written += unpack_number(&unpacker);
	task->spooled.offset = unpack_number(&unpacker);
	task->spooled.size = unpack_number(&unpacker);
	run->result->cached += unpack_number(&unpacker);
	run->cache->added += unpack_number(&unpacker);
}

/* The second pool */

static void receive_page(void *context, size_t number, struct slice report)
{
	struct run *run = context;
	struct task *task = &run->tasks[number];
	struct unpacker unpacker = unpacker_of(report);
	autostr struct str messages = STR_INIT;

	if (!begin_report(run, task, &unpacker))
		return;
	str_truncate(&task->files, 0);
	str_add_slice(&task->files, unpack_string(&unpacker));
	run->result->written += unpack_number(&unpacker);
	checking_receive(&run->checking, task->source, run->factors[number],
	    unpack_bytes(&unpacker, (size_t)(unpacker.end - unpacker.at)), &messages);
	reporter_print(run->reporter, str_slice(&messages));
}

static void lose_worker(void *context, size_t number, int status)
{
	struct run *run = context;
	struct task *task = &run->tasks[number];
	autostr struct str how = STR_INIT;
	autoerror struct error *error = NULL;

	if (task->done)
		return;
	task->done = task->failed = true;
	run->result->failed++;
	spawn_describe(status, &how);
	(void)fail_at(&error, task->source->origin, 0, 0, NULL,
	    "worker ended while making the record: %s", str_c(&how)); /* always -1 */
	reporter_error(run->reporter, error);
}

static void report_progress(void *context, size_t finished)
{
	struct run *run = context;

	reporter_progress(run->reporter, finished, run->count, run->result->failed);
}

static int run_pool(struct run *run,
    int (*work)(void *context, size_t task, struct str *report, struct error **err),
    void (*report)(void *context, size_t task, struct slice report), struct error **err)
{
	const struct worker_pool pool = {
	    .tasks = run->count,
	    .workers = run->options->workers,
	    .context = run,
	    .work = work,
	    .report = report,
	    .lost = lose_worker,
	    .reporter = run->reporter,
	    .tick = run->reporter->progress ? report_progress : NULL,
	};
	struct worker_pool_usage usage;
	int result;

	for (size_t i = 0; i < run->count; i++)
		run->tasks[i].done = false;
	result = worker_pool_run(&pool, &usage, err);
	reporter_clear(run->reporter);
	if (result < 0)
		return -1;
	run->result->usage.seconds += usage.seconds;
	if (usage.memory > run->result->usage.memory)
		run->result->usage.memory = usage.memory;
	return 0;
}

/* Between the pools */

static int fill_index(struct run *run, struct error **err)
{
	for (size_t i = 0; i < run->count; i++) {
		const struct task *task = &run->tasks[i];

		if (!task->failed &&
		    site_index_add(&run->index, str_slice(&task->summary), err) < 0)
			return -1;
	}
	site_index_finish(&run->index);
	public_find(&run->index);
	run->factors = xcalloc(run->count, sizeof(*run->factors));
	run->task_of = xcalloc(run->count, sizeof(*run->task_of));
	for (size_t i = 0; i < run->count; i++) {
		const struct record_source *source = run->tasks[i].source;

		if (run->tasks[i].failed)
			continue;
		run->factors[i] = site_factor_find(
		    &run->index, source->project->path, source->factor);
		run->task_of[run->factors[i]->number] = i;
	}
	return 0;
}

/* Any page may depend on the names of all others. */
static int compute_common(struct run *run, struct error **err)
{
	autohasher struct hasher hasher = {0};
	autostr struct str settings = STR_INIT;
	struct hash hash;

	str_addf(&settings, "%s\n", run->options->writer->name);
	record_settings_add(run->options->settings, &settings);
	if (hasher_begin(&hasher, HASH_SHA256, err) < 0 ||
	    hasher_add(&hasher, str_slice(&settings), err) < 0)
		return -1;
	for (size_t i = 0; i < run->count; i++) {
		if (hasher_add(&hasher, str_slice(&run->tasks[i].summary), err) < 0)
			return -1;
	}
	if (hasher_end(&hasher, &hash, err) < 0)
		return -1;
	hash_hex(&hash, run->common);
	return 0;
}

/* A page depends on its source, on those of which it has elements, and on the names of all. */
static int decide_page(struct run *run, size_t number, struct error **err)
{
	struct task *task = &run->tasks[number];
	const struct site_factor *factor = run->factors[number];
	const struct kept_page *page = kept_find(&run->kept, task->source->directory);
	autostr struct str parts = STR_INIT;
	struct hash hash;

	if (task->failed)
		return 0;
	str_addf(&parts, "%s %s\n", task->digest, run->common);
	for (size_t i = 0; i < run_guests(run, factor); i++)
		str_addf(
		    &parts, "%s\n", run->tasks[run->task_of[factor->guests[i]->number]].digest);
	if (hash_compute(HASH_SHA256, str_slice(&parts), &hash, err) < 0)
		return -1;
	hash_hex(&hash, task->content);
	task->current = page && strcmp(page->content, task->content) == 0 &&
			kept_is_whole(page, run->root);
	run->result->current += task->current;
	return 0;
}

static int decide(struct run *run, struct error **err)
{
	if (fill_index(run, err) < 0 || compute_common(run, err) < 0)
		return -1;
	for (size_t i = 0; i < run->count; i++) {
		if (decide_page(run, i, err) < 0)
			return -1;
	}
	return 0;
}

/* In a worker: a warning of the cache is printed with the next report. */
static void keep_warning(void *context, const struct error *warning)
{
	const struct run *run = context;

	reporter_render(run->reporter, "warning", warning, run->warnings);
}

static int begin(struct run *run, struct error **err)
{
	if (record_sources_find(run->options->selections, run->options->count, &run->sources, err) <
	    0)
		return -1;
	run->count = run->sources.count;
	run->tasks = xcalloc(run->count, sizeof(*run->tasks));
	for (size_t i = 0; i < run->count; i++)
		run->tasks[i].source = &run->sources.items[i];
	if (record_sources_check(&run->sources, run->options->selections, run->options->count,
		run->options->output, err) < 0 ||
	    checking_open(&run->checking, &run->sources, err) < 0 ||
	    run_open_output(run, err) < 0 || spool_open(&run->spool, err) < 0 ||
	    identity_add(&run->identity, err) < 0)
		return -1;
	if (!run->options->no_cache)
		cache_session_begin(run->cache, NULL, CACHE_LIMIT, run->reporter);
	run->cache->warn = keep_warning;
	run->cache->context = run;
	/* The interpreter is never stopped: ending the process takes less time. Where there was a
	 * run before, a worker starts it that needs it. */
	return run->kept.pages.count ? 0 : interpreter_need(err);
}

static int make_all(struct run *run, struct error **err)
{
	if (begin(run, err) < 0 || run_pool(run, run_summary, receive_summary, err) < 0 ||
	    decide(run, err) < 0 || run_pool(run, run_page, receive_page, err) < 0)
		return -1;
	return run_finish_output(run, err);
}

int record_run(const struct record_run *options, struct reporter *reporter,
    struct record_result *ret, struct error **err)
{
	autocache struct cache cache = {0};
	autostr struct str warnings = STR_INIT;
	CLEANUP(run_release)
	struct run run = {.options = options,
	    .reporter = reporter,
	    .result = ret,
	    .root = -1,
	    .spool = SPOOL_INIT,
	    .cache = &cache,
	    .warnings = &warnings,
	    .checking = {.checks = options->checks, .reporter = reporter}};

	int result;

	*ret = (struct record_result){.recorded = 0};
	result = make_all(&run, err);
	cache_session_end(&cache, reporter);
	if (result < 0)
		return -1;
	ret->recorded = run.count - ret->failed;
	return 0;
}
