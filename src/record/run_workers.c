#include "base/packing.h"
#include "record/loaded.h"
#include "record/run_parts.h"

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
	struct record_output output = run_output(run, &files);
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
