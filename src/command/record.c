#include "command/common.h"

#include "base/file.h"
#include "command/product_options.h"
#include "command/record_targets.h"
#include "jobs/cpu_count.h"
#include "record/record_run.h"
#include "record/single.h"

struct settings {
	struct common common;
	const char *output;
	unsigned format;
	struct single_options single;
	struct record_settings record;
	struct record_checks checks;
	const char *title, *version, *base_url, *source_url;
	struct str logo; /* its place in the site */
	struct fields trusted;
	struct fields pythons;
	bool force, no_cache;
};

static void settings_release(struct settings *settings)
{
	fields_release(&settings->trusted);
	fields_release(&settings->pythons);
	str_release(&settings->logo);
	record_settings_release(&settings->record);
}

static int take_most(void *context, const char *value, struct error **err)
{
	struct settings *settings = context;

	if (!product_size(value, &settings->record.most) || !settings->record.most)
		return fail_bad_value("--most", value, "a size such as 500K or 2M", err);
	return 0;
}

static const struct option options[] = {
    {'o', "output", "PATH",
	"Write here: a directory, for one chapter a file (default: standard output)",
	TAKES_PATH(struct settings, output, "the path of a file or directory")},
    {0, "format", "FORM",
	"text (the default): chapters, with files for other programs; json: the same with "
	"trees of chapters; html: a site; markdown: pages for people and language models; "
	"man: pages of the manual; docset: a directory for Dash and Zeal",
	TAKES_CHOICE(struct settings, format, RECORD_FORMATS)},
    COMMON_JOBS,
    {0, "docstring", "STYLE",
	"How docstrings are written: auto (the default: decided for each), fault, google, numpy, "
	"sphinx, plain",
	TAKES_CHOICE(struct settings, record.style, DOCSTRING_STYLES)},
    {0, "most", "SIZE", "Size limit of llms-full.txt, in bytes or with K, M, G, T (default: none)",
	.take = take_most},
    {0, "title", "TEXT", "Title of the site (default: the only project, or Documentation)",
	TAKES_TEXT(struct settings, title, "a text")},
    {0, "version", "NAME",
	"Version that the site documents; versions.json beside the output lists all versions",
	TAKES_TEXT(struct settings, version, "the name of a version")},
    {0, "base-url", "URL", "Where the newest version of the site will be",
	TAKES_TEXT(struct settings, base_url, "a URL")},
    {0, "source-url", "URL", "Where sources are, with {path} and {line}: pages link there, too",
	TAKES_TEXT(struct settings, source_url, "a URL")},
    {0, "logo", "FILE", "Picture in the head of the pages",
	TAKES_PATH(struct settings, record.logo, "the path of a picture")},
    {0, "front", "FILE", "Text of the front page: .md, .rst, or else a chapter",
	TAKES_PATH(struct settings, record.front, "the path of a text")},
    {0, "check-references", NULL, "References in documentation that mean nothing are errors",
	TAKES_TRUE(struct settings, checks.references)},
    {0, "check-documented", "N",
	"Public elements without documentation are errors if less than N percent have some",
	TAKES_NUMBER(struct settings, checks.documented, 100)},
    {0, "badge", "FILE", "Write a picture of that percentage, as SVG",
	TAKES_PATH(struct settings, checks.badge, "the path of a file")},
    {0, "since", "DIR",
	"Changes of public elements since the version that 'kiln delineate -o' or 'kiln record -o' "
	"wrote to DIR are errors",
	TAKES_PATH(struct settings, checks.since, "the path of a directory")},
    {0, "delineated", "DIR", "The description of the one source",
	TAKES_PATH(struct settings, single.delineated, "the path of a directory")},
    {0, "source", "FILE", "The one source",
	TAKES_PATH(struct settings, single.source, "the path of a file")},
    {0, "product", "DIR", "The product in whose projects names are looked up",
	TAKES_PATH(struct settings, single.product, "the path of a directory")},
    {0, "project", "PATH", "Factor path of the project that the one source is of",
	TAKES_TEXT(struct settings, single.project, "the factor path of a project")},
    {0, "factor", "PATH", "Factor path, in the project, of the one source",
	TAKES_TEXT(struct settings, single.factor, "a factor path in the project")},
    {0, "inventory", "URL=FILE",
	"Link names that an inventory of Sphinx (objects.inv) has, at URL; repeatable",
	TAKES_LIST(struct settings, record.inventory_files, "a file, or URL=FILE")},
    {0, "metrics", "DIR",
	"Join what 'kiln metrics --format image' wrote into DIR (default: what the product "
	"has in .metrics)",
	TAKES_PATH(struct settings, record.metrics, "the path of a directory")},
    {0, "trust", "DIR", TRUST_HELP,
	TAKES_PATHS(struct settings, trusted, "the path of a directory")},
    {0, "python", "VERSION", "Version of CPython, such as 3.13 " PYTHONS_DEFAULT,
	TAKES_LIST(struct settings, pythons, "versions such as 3.13")},
    {0, "force", NULL, "Write into a directory that kiln did not make",
	TAKES_TRUE(struct settings, force)},
    {0, "no-cache", NULL, "Neither read nor fill the cache", TAKES_TRUE(struct settings, no_cache)},
    COMMON_REPORTING,
    OPTIONS_END,
};

static void print_problem(void *context, struct error *problem)
{
	reporter_error(context, problem);
	error_free(problem);
}

static void print_warning(void *context, struct error *warning)
{
	reporter_warning(context, warning);
	error_free(warning);
}

static void print_notes(struct reporter *reporter, const struct notes *notes)
{
	autostr struct str text = STR_INIT;

	reporter_render_notes(reporter, notes, &text);
	reporter_print(reporter, str_slice(&text));
}

static int record_one(struct reporter *reporter, struct settings *settings, struct error **err)
{
	const struct factor_listener listener = {print_problem, print_warning, reporter};
	autonotes struct notes notes = {NULL, 0};
	autostr struct str text = STR_INIT;

	settings->single.settings = &settings->record;
	settings->single.listener = &listener;
	if (single_chapter(&settings->single, &notes, &text, err) < 0)
		return -1;
	print_notes(reporter, &notes);
	if (!settings->output)
		return command_print(str_slice(&text));
	return file_replace(
	    place_at(settings->output), str_slice(&text), file_default_mode(), 0, err);
}

static void summarize(struct reporter *reporter, const struct settings *settings,
    const struct record_run *run, const struct record_result *result)
{
	struct summary summary;

	if (!summary_begin(&summary, reporter, &settings->common))
		return;
	summary_member(&summary, "output", settings->output);
	summary_count(&summary, "recorded", result->recorded, "recorded");
	summary_some(&summary, "current", result->current, "current");
	summary_some(&summary, "cached", result->cached, "described before");
	summary_some(&summary, "failed", result->failed, "failed");
	summary_some(&summary, "found", result->found, "finding|findings");
	summary_count(&summary, "written", result->written, "file written|files written");
	summary_usage(&summary, run->workers, &result->usage);
	summary_end(&summary, settings->output);
}

static struct slice text_of(const char *text)
{
	return text ? slice_c(text) : slice_of("", 0);
}

static bool has_one(const struct record_targets *targets)
{
	for (size_t i = 1; i < targets->count; i++) {
		if (targets->selections[i].project != targets->selections[0].project)
			return false;
	}
	return targets->count > 0;
}

/* Set what decides the pages of a site. */
static int set_site(
    struct settings *settings, const struct record_targets *targets, struct error **err)
{
	static const char *const images[] = {
	    ".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico"};
	struct html_site *site = &settings->record.site;
	const char *logo = settings->record.logo;

	site->title = settings->title	 ? slice_c(settings->title)
		      : has_one(targets) ? targets->selections[0].project->path
					 : SLICE_LITERAL("Documentation");
	site->version = text_of(settings->version);
	site->has_versions = settings->version;
	site->base_url = text_of(settings->base_url);
	settings->record.source_url = text_of(settings->source_url);
	for (size_t i = 0; logo && i < sizeof(images) / sizeof(*images); i++) {
		if (slice_ends(slice_c(logo), slice_c(images[i])))
			str_addf(&settings->logo, "logo%s", images[i]);
	}
	if (logo && !settings->logo.len)
		return fail(
		    err, ERROR_USAGE, "'%s' is not a picture: name a file such as logo.svg", logo);
	site->logo = str_slice(&settings->logo);
	return 0;
}

static int record_many(struct reporter *reporter, struct settings *settings,
    const struct arguments *arguments, struct error **err)
{
	const struct factor_listener listener = {print_problem, print_warning, reporter};
	CLEANUP(record_targets_release) struct record_targets targets = {.count = 0};
	struct record_run run = {
	    .output = settings->output,
	    .writer = record_writers[settings->format],
	    .settings = &settings->record,
	    .checks = &settings->checks,
	    .workers = settings->common.workers ? settings->common.workers : cpu_count(),
	    .force = settings->force,
	    .no_cache = settings->no_cache,
	};
	struct record_result result;

	if (!settings->output)
		return fail(err, ERROR_USAGE, "no directory to write to: -o DIR");
	if (record_targets_find(&targets, arguments->items, &listener, &settings->trusted, err) <
		0 ||
	    set_site(settings, &targets, err) < 0)
		return -1;
	run.selections = targets.selections;
	run.count = targets.count;
	if (record_run(&run, reporter, &result, err) < 0)
		return -1;
	summarize(reporter, settings, &run, &result);
	return result.failed || result.found || targets.products.problems ? ERROR_INPUT : 0;
}

static int run_record(
    struct reporter *reporter, void *context, const struct arguments *arguments, struct error **err)
{
	struct settings *settings = context;
	const struct single_options *single = &settings->single;

	if (pythons_become_one(&settings->pythons, arguments->items, false, err) < 0)
		return -1;
	if (record_settings_open(&settings->record, err) < 0)
		return -1;
	if (arguments->count && !single->delineated)
		return record_many(reporter, settings, arguments, err);
	if (arguments->count)
		return fail(err, ERROR_USAGE, "unexpected argument '%s' with --delineated",
		    arguments->items[0]);
	if (!single->delineated || !single->source)
		return fail(err, ERROR_USAGE,
		    "nothing to record: name a directory, or --delineated and --source");
	return record_one(reporter, settings, err);
}

static int run(const struct command *command, int argc, char **argv)
{
	CLEANUP(settings_release) struct settings settings = {.output = NULL};

	return common_run(command, argc, argv, &settings, run_record);
}

const struct command command_record = {
    .name = "record",
    .arguments = "[OPTION]... PRODUCT|PROJECT|DIR... -o PATH",
    .summary = "Make documentation from sources",
    .details = "Nothing is imported or executed. With --delineated DIR --source FILE instead of\n"
	       "what to record, the chapter of that source is made.\n"
	       "\n"
	       "Example: kiln record src/ -o documentation\n",
    .options = options,
    .run = run,
};
