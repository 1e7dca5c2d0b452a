#include "record/site.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/packing.h"
#include "delineation/describe.h"
#include "jobs/signals.h"
#include "python/interpreter.h"
#include "record/html.h"
#include "record/html_source.h"
#include "record/public.h"
#include "record/site_run.h"

static void run_release(struct site_run *run)
{
	for (size_t i = 0; run->found && i < run->sources->count; i++)
		str_release(&run->found[i].summary);
	free(run->found);
	free(run->made);
	free(run->pages);
	map_release(&run->places);
	map_release(&run->project_places);
	fields_release(&run->search);
	site_index_release(&run->index);
	site_files_release(&run->files);
	if (run->spool >= 0)
		(void)close(run->spool); /* it is gone then */
	if (run->spool_end)
		(void)munmap((void *)run->spool_end, sizeof(*run->spool_end)); /* it is ours */
	arena_release(&run->arena);
}

static int open_spool(struct site_run *run, struct error **err)
{
	void *end = mmap(NULL, sizeof(*run->spool_end), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (end == MAP_FAILED)
		return fail_errno(err, errno, "cannot share memory");
	run->spool_end = end;
	run->spool = memfd_create("kiln-record", MFD_CLOEXEC);
	if (run->spool < 0)
		return fail_errno(err, errno, "cannot create a file in memory");
	return 0;
}

static int spool_write(
    const struct site_run *run, struct slice bytes, struct site_found *ret, struct error **err)
{
	ret->size = bytes.len;
	ret->offset = atomic_fetch_add(run->spool_end, bytes.len);
	for (size_t at = 0; at < bytes.len;) {
		ssize_t len = pwrite(
		    run->spool, bytes.data + at, bytes.len - at, (off_t)(ret->offset + at));

		if (len < 0 && errno != EINTR)
			return fail_errno(err, errno, "cannot write to a file in memory");
		at += len > 0 ? (size_t)len : 0;
	}
	return 0;
}

/* Read what spool_write() wrote; the caller frees *ret. */
static int spool_read(
    const struct site_run *run, const struct site_found *found, char **ret, struct error **err)
{
	autofree char *bytes = xmalloc(found->size + 1);

	for (size_t at = 0; at < found->size;) {
		ssize_t len = pread(
		    run->spool, bytes + at, found->size - at, (off_t)(found->offset + at));

		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			return fail_errno(err, len ? errno : EIO, "cannot read a file in memory");
		at += (size_t)len;
	}
	*ret = steal(&bytes);
	return 0;
}

/* The texts of a description and the source, one after the other. */
static void pack_parts(const struct record_parts *parts, struct str *ret)
{
	pack_string(ret, parts->elements);
	pack_string(ret, parts->documented);
	pack_string(ret, parts->documentation);
	pack_string(ret, parts->data);
	pack_string(ret, parts->source);
}

static struct record_parts unpack_parts(struct slice bytes, const char *name)
{
	struct unpacker unpacker = unpacker_of(bytes);
	struct record_parts parts = {.name = name};

	parts.elements = unpack_string(&unpacker);
	parts.documented = unpack_string(&unpacker);
	parts.documentation = unpack_string(&unpacker);
	parts.data = unpack_string(&unpacker);
	parts.source = unpack_string(&unpacker);
	return parts;
}

static struct factor_record record_of(const struct site_source *source)
{
	return (struct factor_record){.project = source->project->path, .factor = source->path};
}

/* Read a source and describe it. */
static int find(const struct site_run *run, const struct site_source *source, struct notes *notes,
    struct site_found *ret, struct error **err)
{
	const struct site_options *options = run->options;
	autofree char *factor = xasprintf("%.*s.%.*s", (int)source->project->path.len,
	    source->project->path.data, (int)source->path.len, source->path.data);
	const struct delineate_options how = {.factor = factor, .recorded = source->origin};
	autodescribed struct described described = {.tree = NULL};
	autodescription struct description description = {.elements = STR_INIT};
	autofactor_record struct factor_record record = record_of(source);
	autostr struct str packed = STR_INIT;
	struct record_parts parts = {.name = source->origin};

	if (described_read(source->origin, &how, notes, &described, err) < 0 ||
	    description_write(&described.delineation, source->origin, &description, err) < 0)
		return -1;
	parts.elements = str_slice(&description.elements);
	parts.documented = str_slice(&description.documented);
	parts.documentation = str_slice(&description.documentation);
	parts.data = str_slice(&description.data);
	parts.source = described.delineation.text;
	if (factor_record_read(&parts, options->style, NULL, &record, err) < 0)
		return -1;
	site_summarize(&record, source->name, source->is_package, source->shown, &ret->summary);
	pack_parts(&parts, &packed);
	return spool_write(run, str_slice(&packed), ret, err);
}

/* Append the messages of a task. An error of its source goes to them; any other ends the run. */
static int add_messages(const struct site_run *run, const struct site_source *source,
    const struct notes *notes, struct error **error, struct str *ret, struct error **err)
{
	if (*error && (*error)->kind != ERROR_INPUT)
		return fail_with(err, steal(error));
	if (*error && !(*error)->path)
		(*error)->path = xstrdup(source->origin);
	reporter_render_notes(run->reporter, notes, ret);
	if (*error)
		reporter_render(run->reporter, "error", *error, ret);
	return 0;
}

static int find_task(void *context, size_t number, struct str *report, struct error **err)
{
	const struct site_run *run = context;
	const struct site_source *source = &run->sources->items[number];
	autonotes struct notes notes = {NULL, 0};
	autoerror struct error *error = NULL;
	autostr struct str messages = STR_INIT;
	struct site_found found = {.summary = STR_INIT};

	found.done = find(run, source, &notes, &found, &error) == 0;
	if (add_messages(run, source, &notes, &error, &messages, err) == 0) {
		pack_number(report, found.done);
		pack_string(report, str_slice(&messages));
		pack_number(report, found.offset);
		pack_number(report, found.size);
		pack_string(report, str_slice(&found.summary));
	}
	str_release(&found.summary);
	return err && *err ? -1 : 0;
}

static void take_found(void *context, size_t number, struct slice report)
{
	struct site_run *run = context;
	struct site_found *found = &run->found[number];
	struct unpacker unpacker = unpacker_of(report);

	found->done = unpack_number(&unpacker);
	reporter_print(run->reporter, unpack_string(&unpacker));
	found->offset = unpack_number(&unpacker);
	found->size = unpack_number(&unpacker);
	str_add_slice(&found->summary, unpack_string(&unpacker));
	found->done = found->done && !unpacker.is_bad;
	run->result->failed += !found->done;
}

/* Say that the worker of a task died. */
static void lose_task(const struct site_run *run, const char *name)
{
	autoerror struct error *error = NULL;

	(void)fail_at(&error, name, 0, 0, NULL, "the worker ended"); /* always -1 */
	reporter_error(run->reporter, error);
}

static void lose_found(void *context, size_t number, int status)
{
	struct site_run *run = context;

	(void)status; /* the worker has no other way to tell, either */
	run->found[number].done = false;
	run->result->failed++;
	lose_task(run, run->sources->items[number].origin);
}

static int run_pool(struct site_run *run, size_t tasks,
    int (*work)(void *context, size_t number, struct str *report, struct error **err),
    void (*report)(void *context, size_t number, struct slice report),
    void (*lost)(void *context, size_t number, int status), struct error **err)
{
	const struct worker_pool pool = {
	    .tasks = tasks,
	    .workers = run->options->workers,
	    .context = run,
	    .work = work,
	    .report = report,
	    .lost = lost,
	    .reporter = run->reporter,
	};
	struct worker_pool_usage usage;

	if (worker_pool_run(&pool, &usage, err) < 0)
		return -1;
	run->result->usage.seconds += usage.seconds;
	if (usage.memory > run->result->usage.memory)
		run->result->usage.memory = usage.memory;
	return 0;
}

static int find_all(struct site_run *run, struct error **err)
{
	size_t count = run->sources->count;

	run->found = xcalloc(count, sizeof(*run->found));
	run->made = xcalloc(count, sizeof(*run->made));
	if (interpreter_need(err) < 0 || open_spool(run, err) < 0 ||
	    run_pool(run, count, find_task, take_found, lose_found, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (!run->found[i].done)
			continue;
		run->made[run->index.count] = &run->sources->items[i];
		if (site_index_add(&run->index, str_slice(&run->found[i].summary), err) < 0)
			return -1;
	}
	site_index_finish(&run->index);
	public_find(&run->index);
	return 0;
}

/* The pages of a factor that a worker makes. */
struct factor_pages {
	const struct site_run *run;
	const struct site_source *source;
	const struct site_factor *factor;
	struct factor_record record;
	struct record_names names;
	struct html_crumb crumbs[2];
};

/* Read a record from what the first pass kept, which *ret_bytes holds. */
static int read_again(struct factor_pages *pages, char **ret_bytes, struct error **err)
{
	const struct site_run *run = pages->run;
	const struct site_found *found = &run->found[pages->source - run->sources->items];
	struct record_parts parts;

	if (spool_read(run, found, ret_bytes, err) < 0)
		return -1;
	parts = unpack_parts(slice_of(*ret_bytes, found->size), pages->source->origin);
	if (factor_record_read(&parts, run->options->style, NULL, &pages->record, err) < 0)
		return -1;
	return resolve_all(&pages->record, &pages->names, err);
}

static int put(const struct site_run *run, struct slice place, const struct str *page,
    uint64_t *written, struct error **err)
{
	bool is_written;

	if (site_files_put(&run->files, place, str_slice(page), &is_written, err) < 0)
		return -1;
	*written += is_written;
	return 0;
}

static int make_factor(struct factor_pages *pages, uint64_t *written, struct error **err)
{
	const struct site_run *run = pages->run;
	const struct record_html html = {
	    .site = &run->options->site,
	    .index = &run->index,
	    .factor = pages->factor,
	    .record = &pages->record,
	    .names = &pages->names,
	    .source_url = run->options->source_url,
	    .crumbs = pages->crumbs,
	    .crumb_count = 1,
	};
	const struct record_html_source source = {
	    .site = &run->options->site,
	    .factor = pages->factor,
	    .record = &pages->record,
	    .crumbs = pages->crumbs,
	    .crumb_count = 2,
	};
	autostr struct str page = STR_INIT;

	if (record_html_factor(&html, &page, err) < 0 ||
	    put(run, pages->factor->place, &page, written, err) < 0)
		return -1;
	str_truncate(&page, 0);
	record_html_source(&source, &page);
	return put(run, pages->factor->source_place, &page, written, err);
}

static int make_factor_task(
    const struct site_run *run, size_t number, uint64_t *written, struct error **err)
{
	const struct site_source *source = run->made[number];
	const struct site_factor *factor = run->index.factors[number];
	struct factor_pages pages = {
	    .run = run,
	    .source = source,
	    .factor = factor,
	    .record = record_of(source),
	    .names =
		{
		    .product = source->project->product,
		    .project = source->project,
		    .prefix = source->prefix,
		    .index = &run->index,
		    .lookup = run->options->lookup,
		    .context = run->options->context,
		},
	    .crumbs = {{source->project->path, site_project_place(run, source->project)},
		{factor->name, factor->place}},
	};
	autofree char *bytes = NULL;
	int result = -1;

	if (read_again(&pages, &bytes, err) == 0)
		result = make_factor(&pages, written, err);
	factor_record_release(&pages.record);
	return result;
}

static int make_page(
    const struct site_run *run, const struct site_page *page, uint64_t *written, struct error **err)
{
	autostr struct str text = STR_INIT;

	if (page->make(run, page, &text, err) < 0)
		return -1;
	return put(run, page->place, &text, written, err);
}

static int make_task(void *context, size_t number, struct str *report, struct error **err)
{
	const struct site_run *run = context;
	uint64_t written = 0;
	int result;

	if (number < run->index.count)
		result = make_factor_task(run, number, &written, err);
	else
		result = make_page(run, &run->pages[number - run->index.count], &written, err);
	pack_number(report, written);
	return result;
}

static void take_made(void *context, size_t number, struct slice report)
{
	struct site_run *run = context;
	struct unpacker unpacker = unpacker_of(report);

	(void)number; /* all count alike */
	run->result->written += unpack_number(&unpacker);
}

static void lose_made(void *context, size_t number, int status)
{
	struct site_run *run = context;

	(void)status; /* as above */
	run->result->failed++;
	lose_task(run, number < run->index.count
			   ? run->made[number]->origin
			   : run->pages[number - run->index.count].place.data);
}

static int make_all(struct site_run *run, struct error **err)
{
	for (size_t i = 0; i < run->index.count; i++) {
		*map_at(&run->places, run->index.factors[i]->place) = run;
		*map_at(&run->places, run->index.factors[i]->source_place) = run;
	}
	if (site_plan_pages(run, err) < 0 || site_files_begin(&run->files, &run->places, err) < 0 ||
	    run_pool(
		run, run->index.count + run->page_count, make_task, take_made, lose_made, err) < 0)
		return -1;
	run->result->pages = run->index.count;
	return site_files_finish(&run->files, &run->places, &run->result->removed, err);
}

int site_make(const struct site_options *options, const struct site_sources *sources,
    struct reporter *reporter, struct site_result *ret, struct error **err)
{
	CLEANUP(run_release)
	struct site_run run = {
	    .options = options,
	    .sources = sources,
	    .reporter = reporter,
	    .result = ret,
	    .files = SITE_FILES_INIT,
	    .spool = -1,
	};

	*ret = (struct site_result){0};
	if (site_files_open(&run.files, options->output, err) < 0 || find_all(&run, err) < 0)
		return -1;
	return make_all(&run, err);
}
