#include "record/record_run.h"

#include <errno.h>
#include <unistd.h>

#include "base/file.h"
#include "base/marker.h"
#include "base/packing.h"
#include "base/path.h"
#include "base/spawn.h"
#include "base/tree.h"
#include "image/directory.h"
#include "python/identity.h"
#include "python/interpreter.h"
#include "record/kept.h"
#include "record/loaded.h"
#include "record/public.h"
#include "record/spool.h"

#define DIGEST_SIZE (2 * HASH_SIZE + 1)

/* A source, and what workers reported about it. */
struct task {
	const struct record_source *source;
	bool done; /* in the current pool */
	bool failed;
	bool current;		   /* its page */
	char digest[DIGEST_SIZE];  /* of the source */
	char content[DIGEST_SIZE]; /* of the page */
	struct str summary;
	struct str files;
	struct spooled spooled; /* its description, if the format does not keep it */
};

struct run {
	const struct record_run *options;
	struct reporter *reporter;
	struct record_result *result;
	struct record_sources sources;
	struct task *tasks;
	size_t count;
	int root; /* the output */
	struct kept kept;
	struct str identity;
	struct site_index index;
	struct site_factor **factors; /* parallel to the tasks */
	char common[DIGEST_SIZE];     /* of all that every page is made from */
	struct str files;	      /* of the whole site */
	struct spool spool;
	struct checking checking;
};

static void run_release(struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		str_release(&run->tasks[i].summary);
		str_release(&run->tasks[i].files);
	}
	free(run->tasks);
	free(run->factors);
	site_index_release(&run->index);
	kept_release(&run->kept);
	record_sources_release(&run->sources);
	str_release(&run->identity);
	str_release(&run->files);
	spool_release(&run->spool);
	checking_release(&run->checking);
	cleanup_close(&run->root);
}

static struct record_output output_of(const struct run *run, struct str *files)
{
	return (struct record_output){run->root, run->options->output, files, 0, NULL};
}

/* A worker's report: whether the source failed, messages, and what else there is. */
static int add_report(const struct run *run, const struct record_source *source,
    const struct notes *notes, struct error *error, struct slice rest, struct str *report,
    struct error **err)
{
	autostr struct str messages = STR_INIT;
	bool failed = error != NULL;

	reporter_render_notes(run->reporter, notes, &messages);
	if (failed && error->kind != ERROR_INPUT)
		return fail_with(err, error);
	if (failed) {
		if (!error->path)
			error->path = xstrdup(source->origin);
		reporter_render(run->reporter, "error", error, &messages);
		error_free(error);
	}
	pack_number(report, failed);
	pack_string(report, str_slice(&messages));
	if (!failed)
		str_add_slice(report, rest);
	return 0;
}

/* The first pool */

static bool is_described(
    const struct run *run, const struct record_source *source, const char *digest)
{
	const struct kept_page *page = kept_find(&run->kept, source->directory);

	return page && strcmp(page->source, digest) == 0 && kept_is_whole(page, run->root);
}

/* Describe a source, or read its description where the last run left it. */
static int find_description(const struct run *run, const struct record_source *source,
    const char *digest, struct loaded *loaded, struct record_output *output,
    struct spooled *ret_spooled, struct notes *notes, struct error **err)
{
	autostr struct str packed = STR_INIT;

	if (run->options->writer->keeps_descriptions) {
		if (is_described(run, source, digest))
			return loaded_restore(source, loaded, output, err);
		return loaded_describe(source, loaded, output, notes, err);
	}
	if (loaded_describe(source, loaded, NULL, notes, err) < 0)
		return -1;
	loaded_pack(loaded, &packed);
	return spool_write(&run->spool, str_slice(&packed), ret_spooled, err);
}

static int summarize(const struct run *run, const struct record_source *source, struct str *ret,
    struct notes *notes, struct error **err)
{
	autoloaded struct loaded loaded = {.bytes = STR_INIT};
	autostr struct str files = STR_INIT;
	autostr struct str summary = STR_INIT;
	struct record_output output = output_of(run, &files);
	struct spooled spooled = {0, 0};
	char digest[DIGEST_SIZE];

	if (loaded_read(source, run->options->settings, str_slice(&run->identity), &loaded, digest,
		err) < 0 ||
	    find_description(run, source, digest, &loaded, &output, &spooled, notes, err) < 0 ||
	    loaded_join(source, run->options->settings, &loaded, notes, err) < 0)
		return -1;
	site_summarize(&loaded.record, source->name, source->is_package, source->shown, &summary);
	pack_string(ret, slice_c(digest));
	pack_string(ret, str_slice(&files));
	pack_string(ret, str_slice(&summary));
	pack_number(ret, output.written);
	pack_number(ret, spooled.offset);
	pack_number(ret, spooled.size);
	return 0;
}

static int run_summary(void *context, size_t number, struct str *report, struct error **err)
{
	const struct run *run = context;
	const struct record_source *source = run->tasks[number].source;
	autonotes struct notes notes = {NULL, 0};
	autostr struct str rest = STR_INIT;
	struct error *error = NULL;

	(void)summarize(run, source, &rest, &notes, &error); /* add_report() has the error */
	return add_report(run, source, &notes, error, str_slice(&rest), report, err);
}

static void copy_digest(char ret[DIGEST_SIZE], struct slice text)
{
	size_t len = text.len < DIGEST_SIZE - 1 ? text.len : DIGEST_SIZE - 1;

	memcpy(ret, text.data, len);
	ret[len] = '\0';
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
}

/* The second pool */

/* Read what the first pool described. */
static int load(const struct run *run, const struct task *task, struct loaded *loaded,
    struct record_output *output, struct error **err)
{
	autostr struct str packed = STR_INIT;
	char digest[DIGEST_SIZE];

	if (!run->options->writer->keeps_descriptions)
		return spool_read(&run->spool, &task->spooled, &packed, err) < 0
			   ? -1
			   : loaded_unpack(str_slice(&packed), loaded, err);
	if (loaded_read(task->source, run->options->settings, str_slice(&run->identity), loaded,
		digest, err) < 0)
		return -1;
	return loaded_restore(task->source, loaded, output, err);
}

static int write_page(const struct run *run, size_t number, struct str *ret, struct error **err)
{
	const struct task *task = &run->tasks[number];
	const struct record_source *source = task->source;
	const struct record_names names = {
	    .product = source->project->product,
	    .project = source->project,
	    .prefix = source->prefix,
	    .index = &run->index,
	    .lookup = inventories_lookup,
	    .context = &run->options->settings->inventories,
	};
	autoloaded struct loaded loaded = {.bytes = STR_INIT};
	autostr struct str files = STR_INIT;
	struct record_output output = output_of(run, &files);
	struct record_page page = {
	    .settings = run->options->settings,
	    .source = source,
	    .record = &loaded.record,
	    .names = &names,
	    .index = &run->index,
	    .factor = run->factors[number],
	};

	if (load(run, task, &loaded, &output, err) < 0 ||
	    loaded_join(source, run->options->settings, &loaded, NULL, err) < 0 ||
	    resolve_all(&loaded.record, &names, err) < 0)
		return -1;
	if (!task->current && run->options->writer->page(&page, &output, err) < 0)
		return -1;
	pack_string(ret, str_slice(&files));
	pack_number(ret, output.written);
	return checking_page(&run->checking, &page, ret, err);
}

static int run_page(void *context, size_t number, struct str *report, struct error **err)
{
	const struct run *run = context;
	const struct task *task = &run->tasks[number];
	autonotes struct notes notes = {NULL, 0};
	autostr struct str rest = STR_INIT;
	struct error *error = NULL;

	if (task->failed || (task->current && !checking_needs_records(&run->checking)))
		return 0;
	(void)write_page(run, number, &rest, &error); /* add_report() has the error */
	return add_report(run, task->source, &notes, error, str_slice(&rest), report, err);
}

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
	for (size_t i = 0; i < run->count; i++) {
		const struct record_source *source = run->tasks[i].source;

		if (!run->tasks[i].failed)
			run->factors[i] = site_factor_find(
			    &run->index, source->project->path, source->factor);
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

static int decide_page(struct run *run, struct task *task, struct error **err)
{
	const struct kept_page *page = kept_find(&run->kept, task->source->directory);
	autostr struct str parts = STR_INIT;
	struct hash hash;

	if (task->failed)
		return 0;
	str_addf(&parts, "%s %s\n", task->digest, run->common);
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
		if (decide_page(run, &run->tasks[i], err) < 0)
			return -1;
	}
	return 0;
}

/* The output */

static int open_output(struct run *run, struct error **err)
{
	const char *output = run->options->output;
	autofree char *marker = xasprintf("%s/%s", output, marker_names[0]);
	bool may = run->options->force;

	if (!may && bundle_may_replace(output, &may, err) < 0)
		return -1;
	if (!may)
		return fail(err, ERROR_USAGE,
		    "'%s' exists and was not made by kiln: --force writes into it", output);
	if (tree_make(place_at(output), err) < 0)
		return -1;
	run->root = open(output, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (run->root < 0)
		return fail_errno(err, errno, "cannot open '%s'", output);
	kept_read(run->root, &run->kept);
	return file_replace(place_below(run->root, marker_names[0], marker),
	    SLICE_LITERAL(MARKER_TEXT), 0644, FILE_OVER, err);
}

static int write_site(struct run *run, struct error **err)
{
	struct record_output output = output_of(run, &run->files);
	autostr struct str messages = STR_INIT;
	const struct record_site site = {
	    .settings = run->options->settings,
	    .sources = run->sources.items,
	    .factors = run->factors,
	    .count = run->count,
	    .index = &run->index,
	    .changes = run->options->checks->since ? &run->checking.changes : NULL,
	};

	if (checking_finish(&run->checking, &run->sources, &site, &output, &messages, err) < 0)
		return -1;
	reporter_print(run->reporter, str_slice(&messages));
	run->result->found = run->checking.found;
	if (run->options->writer->site && run->options->writer->site(&site, &output, err) < 0)
		return -1;
	run->result->written += output.written;
	return 0;
}

/* Add the files that the last run wrote for a page. */
static void add_kept(const struct kept_page *page, struct str *files)
{
	for (const struct json *file = page ? page->files->first : NULL; file; file = file->next)
		str_add(files, file->string, strlen(file->string) + 1);
}

static void need(struct map *needed, const struct str *files)
{
	struct slice rest = str_slice(files), file;

	while (rest.len && slice_next(&rest, '\0', &file))
		*map_at(needed, file) = needed;
}

/* Write what is known of the pages, and note which files are needed. */
static void add_pages(struct run *run, struct json_writer *json, struct map *needed)
{
	for (size_t i = 0; i < run->count; i++) {
		struct task *task = &run->tasks[i];

		if (task->failed || task->current) {
			str_truncate(&task->files, 0);
			add_kept(kept_find(&run->kept, task->source->directory), &task->files);
		}
		kept_add(json, task->source->directory, task->failed ? "" : task->digest,
		    task->failed ? "" : task->content, str_slice(&task->files));
		need(needed, &task->files);
	}
	kept_add(json, slice_of("", 0), "", "", str_slice(&run->files));
	need(needed, &run->files);
}

/* Remove a directory if it is empty. 1 if it is gone, 0 if not, -1 on an error. */
static int remove_empty(struct place directory, struct error **err)
{
	const char *name;
	autoclose int parent = place_open_parent(directory, &name);

	if (parent >= 0 && unlinkat(parent, name, AT_REMOVEDIR) == 0)
		return 1;
	if (errno_is_absence(errno))
		return 1;
	return errno == ENOTEMPTY || errno == EEXIST ? 0
						     : place_fail(directory, errno, "remove", err);
}

/* Remove a file, and the directories above it that are empty then. */
static int remove_file(const struct run *run, const char *path, struct error **err)
{
	autofree char *shown = xasprintf("%s/%s", run->options->output, path);
	autofree char *above = xstrdup(path);
	int gone = 1;
	char *slash;

	if (tree_remove(place_below(run->root, path, shown), err) < 0)
		return -1;
	while (gone > 0 && (slash = strrchr(above, '/'))) {
		*slash = '\0';
		gone = remove_empty(place_below(run->root, above, shown), err);
	}
	return gone < 0 ? -1 : 0;
}

static int remove_others(const struct run *run, const struct map *needed, struct error **err)
{
	for (size_t i = 0; i < run->kept.pages.count; i++) {
		const struct kept_page *page = run->kept.pages.entries[i].value;

		for (const struct json *file = page->files->first; file; file = file->next) {
			if (!map_find(needed, slice_c(file->string)) &&
			    remove_file(run, file->string, err) < 0)
				return -1;
		}
	}
	return 0;
}

/* What is not needed is known until it is gone. */
static int finish(struct run *run, struct error **err)
{
	automap struct map needed = {NULL};
	autostr struct str text = STR_INIT;
	struct json_writer json;

	if (write_site(run, err) < 0)
		return -1;
	kept_begin(&json, &text);
	add_pages(run, &json, &needed);
	if (remove_others(run, &needed, err) < 0)
		return -1;
	return kept_end(&json, run->root, run->options->output, err);
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
	if (record_sources_check(&run->sources, run->options->output, err) < 0 ||
	    checking_open(&run->checking, &run->sources, err) < 0 || open_output(run, err) < 0 ||
	    spool_open(&run->spool, err) < 0 || identity_add(&run->identity, err) < 0)
		return -1;
	/* The interpreter is never stopped: ending the process takes less time. */
	return interpreter_need(err);
}

int record_run(const struct record_run *options, struct reporter *reporter,
    struct record_result *ret, struct error **err)
{
	CLEANUP(run_release)
	struct run run = {.options = options,
	    .reporter = reporter,
	    .result = ret,
	    .root = -1,
	    .spool = SPOOL_INIT,
	    .checking = {.checks = options->checks, .reporter = reporter}};

	*ret = (struct record_result){.recorded = 0};
	if (begin(&run, err) < 0 || run_pool(&run, run_summary, receive_summary, err) < 0 ||
	    decide(&run, err) < 0 || run_pool(&run, run_page, receive_page, err) < 0 ||
	    finish(&run, err) < 0)
		return -1;
	ret->recorded = run.count - ret->failed;
	return 0;
}
