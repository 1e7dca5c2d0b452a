#include "base/packing.h"
#include "record/cached.h"
#include "record/run_parts.h"

/* A worker's report: whether the source failed, messages, and what else there is. */
static int add_report(const struct run *run, const struct record_source *source,
    const struct notes *notes, struct error *error, struct slice rest, struct str *report,
    struct error **err)
{
	autostr struct str messages = STR_INIT;
	bool failed = error != NULL;

	reporter_render_notes(run->reporter, notes, &messages);
	str_add_slice(&messages, str_slice(run->warnings));
	str_truncate(run->warnings, 0);
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

/* A source while it is described and summarized. */
struct describing {
	const struct run *run;
	const struct record_source *source;
	char digest[DIGEST_SIZE];
	struct loaded loaded;
	struct record_output output;
	bool is_there;	/* the output has the description already */
	bool is_cached; /* the cache had it */
	struct str summary;
	struct notes *notes;
};

static void describing_release(struct describing *describing)
{
	loaded_release(&describing->loaded);
	str_release(&describing->summary);
}

/* Whether the last run left the description of an equal source. */
static bool is_described(const struct describing *describing)
{
	const struct run *run = describing->run;
	const struct kept_page *page = kept_find(&run->kept, describing->source->directory);

	return run->options->writer->keeps_descriptions && page &&
	       strcmp(page->source, describing->digest) == 0 && kept_is_whole(page, run->root);
}

static int make_summary(struct describing *describing, struct error **err)
{
	const struct record_source *source = describing->source;
	struct loaded *loaded = &describing->loaded;
	int result;

	describing->is_there = is_described(describing);
	result = describing->is_there ? loaded_restore(source, loaded, &describing->output, err)
				      : loaded_describe(source, loaded, describing->notes, err);
	if (result < 0 || loaded_join(source, describing->run->options->settings, loaded,
			      describing->notes, err) < 0)
		return -1;
	site_summarize(
	    &loaded->record, source->name, source->is_package, source->shown, &describing->summary);
	return 0;
}

/* The same, from the cache if it is there. Chapters have nothing that takes time. */
static int find_summary(struct describing *describing, struct error **err)
{
	const struct record_source *source = describing->source;
	struct cache *cache = describing->run->cache;
	struct hash key;

	if (source->is_chapter || !cache->is_open)
		return make_summary(describing, err);
	if (cached_key(source, describing->run->options->settings, describing->digest, &key, err) <
		0 ||
	    cached_get(cache, &key, source, &describing->loaded, &describing->summary,
		describing->notes, &describing->is_cached, err) < 0)
		return -1;
	if (describing->is_cached)
		return 0;
	if (make_summary(describing, err) < 0)
		return -1;
	return cached_put(cache, &key, source, &describing->loaded, str_slice(&describing->summary),
	    describing->notes, err);
}

/* Leave a description for the second pool. */
static int leave(struct describing *describing, struct spooled *ret, struct error **err)
{
	autostr struct str packed = STR_INIT;

	if (describing->is_there)
		return 0;
	if (describing->run->options->writer->keeps_descriptions)
		return loaded_put(
		    describing->source, &describing->loaded, &describing->output, err);
	loaded_pack(&describing->loaded, &packed);
	return spool_write(&describing->run->spool, str_slice(&packed), ret, err);
}

static int summarize(const struct run *run, const struct record_source *source, struct str *ret,
    struct notes *notes, struct error **err)
{
	autostr struct str files = STR_INIT;
	CLEANUP(describing_release)
	struct describing describing = {
	    .run = run, .source = source, .output = run_output(run, &files), .notes = notes};
	struct spooled spooled = {0, 0};

	if (loaded_read(source, run->options->settings, str_slice(&run->identity),
		&describing.loaded, describing.digest, err) < 0 ||
	    find_summary(&describing, err) < 0 || leave(&describing, &spooled, err) < 0)
		return -1;
	pack_string(ret, slice_c(describing.digest));
	pack_string(ret, str_slice(&files));
	pack_string(ret, str_slice(&describing.summary));
	pack_number(ret, describing.output.written);
	pack_number(ret, spooled.offset);
	pack_number(ret, spooled.size);
	pack_number(ret, describing.is_cached);
	pack_number(ret, run->cache->added);
	run->cache->added = 0;
	return 0;
}

int run_summary(void *context, size_t number, struct str *report, struct error **err)
{
	const struct run *run = context;
	const struct record_source *source = run->tasks[number].source;
	autonotes struct notes notes = {NULL, 0};
	autostr struct str rest = STR_INIT;
	struct error *error = NULL;

	(void)summarize(run, source, &rest, &notes, &error); /* add_report() has the error */
	return add_report(run, source, &notes, error, str_slice(&rest), report, err);
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

/* A source of a page. */
struct part {
	struct loaded loaded;
	struct record_names names;
};

static void parts_free(struct part *parts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		loaded_release(&parts[i].loaded);
	free(parts);
}

static int load_part(const struct run *run, size_t number, struct part *part,
    struct record_output *output, struct record_page *ret, struct error **err)
{
	const struct record_settings *settings = run->options->settings;
	const struct task *task = &run->tasks[number];
	const struct record_source *source = task->source;

	part->names = (struct record_names){
	    .product = source->project->product,
	    .project = source->project,
	    .prefix = source->prefix,
	    .index = &run->index,
	    .lookup = inventories_lookup,
	    .context = &run->options->settings->inventories,
	};
	*ret = (struct record_page){
	    .settings = settings,
	    .source = source,
	    .record = &part->loaded.record,
	    .names = &part->names,
	    .index = &run->index,
	    .factor = run->factors[number],
	};
	if (load(run, task, &part->loaded, output, err) < 0 ||
	    loaded_join(source, settings, &part->loaded, NULL, err) < 0 ||
	    resolve_all(ret->record, &part->names, err) < 0)
		return -1;
	return site_adopt(ret->factor, ret->record, run->options->writer->is_at_home, err);
}

static int write_parts(const struct run *run, size_t number, struct part *parts, size_t guests,
    struct str *ret, struct error **err)
{
	autofree struct record_page *pages = xcalloc(guests + 1, sizeof(*pages));
	const struct site_factor *factor = run->factors[number];
	autostr struct str files = STR_INIT;
	struct record_output output = run_output(run, &files);

	for (size_t i = 0; i <= guests; i++) {
		size_t task = i ? run->task_of[factor->guests[i - 1]->number] : number;

		if (load_part(run, task, &parts[i], &output, &pages[i], err) < 0)
			return -1;
	}
	pages->guests = pages + 1;
	pages->guest_count = guests;
	if (!run->tasks[number].current && run->options->writer->page(pages, &output, err) < 0)
		return -1;
	pack_string(ret, str_slice(&files));
	pack_number(ret, output.written);
	return checking_page(&run->checking, pages, ret, err);
}

static int write_page(const struct run *run, size_t number, struct str *ret, struct error **err)
{
	const struct task *task = &run->tasks[number];
	size_t guests = task->current ? 0 : run_guests(run, run->factors[number]);
	struct part *parts = xcalloc(guests + 1, sizeof(*parts));
	int result;

	result = write_parts(run, number, parts, guests, ret, err);
	parts_free(parts, guests + 1);
	return result;
}

int run_page(void *context, size_t number, struct str *report, struct error **err)
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
