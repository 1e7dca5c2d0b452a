#include "command/common.h"

#include "base/file.h"
#include "base/presence.h"
#include "command/pythons.h"
#include "metrics/capture.h"
#include "metrics/config.h"
#include "metrics/percent.h"
#include "metrics/profile.h"
#include "metrics/report.h"
#include "metrics/who.h"
#include "metrics/write.h"
#include "metrics/write_files.h"
#include "run/capture.h"

#define PRECISION_LIMIT PERCENT_DECIMALS
#define PRECISION_DEFAULT 1
#define TOP_LIMIT 1000000

enum format {
	FORMAT_TEXT,
	FORMAT_JSON,
	FORMAT_LCOV,
	FORMAT_COBERTURA,
	FORMAT_SUMMARY,
	FORMAT_PROFILE,
	FORMAT_STACKS,
	FORMAT_HTML, /* this and what follows are directories */
	FORMAT_ANNOTATE,
	FORMAT_IMAGE,
};

struct settings {
	struct common common;
	const char *output;
	unsigned format;
	struct fields images;
	struct fields intersect, subtract;
	struct fields maps;
	struct fields sources, includes, omissions;
	const char *diff;
	const char *who;
	struct fields pythons;
	struct percent fail_under, fail_under_file;
	bool has_fail_under, has_fail_under_file;
	unsigned precision;
	bool has_precision;
	unsigned top; /* elements of the table of times; 0: all */
};

/* What a run works with. */
struct work {
	struct settings *settings;
	struct reporter *reporter;
	struct coverage_config config;
	struct paths paths;
	struct measures measures;
	struct description_tree image;
	struct description_tree described; /* by the captures */
	struct changes changes;
	struct rules excluding, partial;
	struct report report;
	size_t wrong; /* captures that could not be read */
};

static void settings_release(struct settings *settings)
{
	fields_release(&settings->images);
	fields_release(&settings->intersect);
	fields_release(&settings->subtract);
	fields_release(&settings->maps);
	fields_release(&settings->sources);
	fields_release(&settings->includes);
	fields_release(&settings->omissions);
	fields_release(&settings->pythons);
}

static void work_release(struct work *work)
{
	report_release(&work->report);
	measures_release(&work->measures);
	description_tree_release(&work->image);
	description_tree_release(&work->described);
	changes_release(&work->changes);
	rules_release(&work->excluding);
	rules_release(&work->partial);
	paths_release(&work->paths);
	coverage_config_release(&work->config);
}

static int take_percent(
    const char *name, const char *value, struct percent *ret, struct error **err)
{
	if (!percent_parse(slice_c(value), ret))
		return fail_bad_value(name, value, "a percentage such as 85 or 99.5", err);
	return 0;
}

static int take_fail_under(void *settings, const char *value, struct error **err)
{
	((struct settings *)settings)->has_fail_under = true;
	return take_percent("--fail-under", value, &((struct settings *)settings)->fail_under, err);
}

static int take_fail_under_file(void *settings, const char *value, struct error **err)
{
	((struct settings *)settings)->has_fail_under_file = true;
	return take_percent(
	    "--fail-under-file", value, &((struct settings *)settings)->fail_under_file, err);
}

static int take_precision(void *settings, const char *value, struct error **err)
{
	uint64_t number;

	if (!slice_number(slice_c(value), &number) || number > PRECISION_LIMIT)
		return fail_bad_value("--precision", value, "0 to 9", err);
	((struct settings *)settings)->precision = (unsigned)number;
	((struct settings *)settings)->has_precision = true;
	return 0;
}

static const struct option options[] = {
    {'o', "output", "PATH",
	"Write here: a file, or for some forms a directory (default: standard output)",
	TAKES_PATH(struct settings, output, "the path of a file or directory")},
    {0, "format", "FORM",
	"text (the default): a table; json: with the keys of coverage.py; lcov; cobertura: XML; "
	"summary: Markdown; profile: a table of times; stacks: for flame graphs; and directories: "
	"html; annotate: sources with counts; image: metrics of each source",
	TAKES_CHOICE(struct settings, format,
	    "text, json, lcov, cobertura, summary, profile, stacks, html, annotate, image")},
    {0, "image", "DIR",
	"Descriptions by kiln delineate: they say which sources and regions there are; repeatable",
	TAKES_PATHS(struct settings, images, "the path of a directory")},
    {0, "intersect", "CAPTURE", "Keep only what this capture has reached, too; repeatable",
	TAKES_PATHS(struct settings, intersect, "the path of a capture")},
    {0, "subtract", "CAPTURE", "Drop what this capture has reached; repeatable",
	TAKES_PATHS(struct settings, subtract, "the path of a capture")},
    {0, "map", "OLD=NEW",
	"Take sources below OLD, on another machine, for those below NEW; "
	"repeatable",
	TAKES_LIST(struct settings, maps, "OLD=NEW")},
    {0, "source", "DIR", "Report only sources below this directory, or of this package; repeatable",
	TAKES_LIST(struct settings, sources, "the path of a directory")},
    {0, "include", "GLOB", "Report only sources whose paths match; repeatable",
	TAKES_LIST(struct settings, includes, "a glob")},
    {0, "omit", "GLOB", "Do not report sources whose paths match; repeatable",
	TAKES_LIST(struct settings, omissions, "a glob")},
    {0, "diff", "FILE",
	"Report only lines that a diff changes: a file with what git diff printed, - for standard "
	"input",
	TAKES_PATH(struct settings, diff, "the path of a file")},
    {0, "who", "AREA",
	"Print which tests reached PATH:LINE or PATH:LINE:COLUMN-COLUMN, instead of a report",
	TAKES_TEXT(struct settings, who, "an area such as shop/tea.py:12")},
    {0, "fail-under", "PERCENT", "Exit with status 1 if less of all regions was reached",
	.take = take_fail_under},
    {0, "fail-under-file", "PERCENT", "Exit with status 1 if less of any source was reached",
	.take = take_fail_under_file},
    {0, "precision", "N", "Decimals of percentages (default: 1)", .take = take_precision},
    {0, "top", "N", "Only the first elements of a table of times (default: all)",
	TAKES_NUMBER(struct settings, top, TOP_LIMIT)},
    {0, "python", "VERSION", "Version of CPython, such as 3.13 " PYTHONS_DEFAULT,
	TAKES_LIST(struct settings, pythons, "versions such as 3.13")},
    COMMON_COLOR,
    COMMON_LOG,
    COMMON_QUIET,
    COMMON_HELP,
    OPTIONS_END,
};

/* Which paths are meant: what the command line says goes before what the configuration says. */
static int set_paths(struct work *work, struct error **err)
{
	const struct settings *settings = work->settings;
	const struct coverage_config *config = &work->config;
	const struct fields *sources = settings->sources.count ? &settings->sources
							       : &config->source;
	const struct fields *includes = settings->includes.count ? &settings->includes
								 : &config->include;
	const struct fields *omissions = settings->omissions.count ? &settings->omissions
								   : &config->omit;

	if (paths_init(&work->paths, err) < 0)
		return -1;
	for (size_t i = 0; i < settings->maps.count; i++) {
		if (paths_map_text(&work->paths, fields_at(&settings->maps, i).data, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < config->from.count; i++)
		paths_map(&work->paths, fields_at(&config->from, i), fields_at(&config->to, i));
	for (size_t i = 0; i < sources->count; i++) {
		if (paths_source(&work->paths, fields_at(sources, i).data, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < includes->count; i++)
		paths_include(&work->paths, fields_at(includes, i));
	for (size_t i = 0; i < omissions->count; i++)
		paths_omit(&work->paths, fields_at(omissions, i));
	return 0;
}

static int set_rules(struct work *work, struct error **err)
{
	const struct coverage_config *config = &work->config;

	if (rules_add_excluding(
		&work->excluding, config->has_exclude ? &config->exclude : NULL, err) < 0)
		return fail_prefix(err, "%s: exclude_lines", config->name);
	rules_add_partial(&work->partial);
	for (size_t i = 0; i < config->exclude_also.count; i++) {
		if (rules_add(&work->excluding, fields_at(&config->exclude_also, i).data, err) < 0)
			return fail_prefix(err, "%s: exclude_also", config->name);
	}
	for (size_t i = 0; i < config->partial_also.count; i++) {
		if (rules_add(&work->partial, fields_at(&config->partial_also, i).data, err) < 0)
			return fail_prefix(err, "%s: partial_also", config->name);
	}
	return 0;
}

/* Complete the settings by the configuration. */
static int configure(struct work *work, struct error **err)
{
	struct settings *settings = work->settings;

	if (coverage_config_read(&work->config, err) < 0)
		return -1;
	if (!settings->has_precision)
		settings->precision = work->config.has_precision ? work->config.precision
								 : PRECISION_DEFAULT;
	if (!settings->has_fail_under && work->config.fail_under) {
		settings->has_fail_under = true;
		if (take_percent(
			"fail_under", work->config.fail_under, &settings->fail_under, err) < 0)
			return fail_prefix(err, "%s", work->config.name);
	}
	return set_paths(work, err) < 0 || set_rules(work, err) < 0 ? -1 : 0;
}

static void print_notes(struct work *work, const struct capture_notes *notes)
{
	for (size_t i = 0; i < notes->warnings.count; i++)
		reporter_warning(work->reporter, notes->warnings.items[i]);
	for (size_t i = 0; i < notes->errors.count; i++)
		reporter_error(work->reporter, notes->errors.items[i]);
	work->wrong += notes->errors.count;
}

/* Read what captures describe. */
static int read_described(struct work *work, const struct fields *directories, struct error **err)
{
	for (size_t i = 0; i < directories->count; i++) {
		struct error *error = NULL;

		if (description_read_captured(&work->described, &work->paths,
			fields_at(directories, i).data, &error) == 0)
			continue;
		if (!error_is_local(error))
			return fail_with(err, error);
		reporter_error(work->reporter, error);
		error_free(error);
		work->wrong++;
	}
	return 0;
}

/* Read a capture; what it describes only if it is not one to be combined with others. */
static int read_capture(
    struct work *work, struct measures *measures, const char *path, struct error **err)
{
	autocapture_notes struct capture_notes notes = {.count = 0};
	int result = capture_read(measures, path, &notes, err);

	print_notes(work, &notes);
	if (result == 0 && measures == &work->measures)
		result = read_described(work, &notes.described, err);
	return result;
}

/* Read captures to be combined with the others. */
static int read_others(struct work *work, const struct fields *captures,
    void (*combine)(struct measures *measures, const struct measures *other), struct error **err)
{
	automeasures struct measures other = {.paths = &work->paths};

	for (size_t i = 0; i < captures->count; i++) {
		if (read_capture(work, &other, fields_at(captures, i).data, err) < 0)
			return -1;
	}
	if (captures->count)
		combine(&work->measures, &other);
	return 0;
}

static int read_captures(struct work *work, const struct arguments *arguments, struct error **err)
{
	work->measures.paths = &work->paths;
	work->measures.has_shares = work->settings->who || work->settings->format == FORMAT_LCOV ||
				    work->settings->format == FORMAT_IMAGE;
	for (size_t i = 0; i < arguments->count; i++) {
		if (read_capture(work, &work->measures, arguments->items[i], err) < 0)
			return -1;
	}
	return read_others(work, &work->settings->intersect, measures_intersect, err) < 0 ||
		       read_others(work, &work->settings->subtract, measures_subtract, err) < 0
		   ? -1
		   : 0;
}

static void print_report_notes(struct work *work)
{
	const struct report *report = &work->report;
	autoerror struct error *note = NULL;
	autostr struct str text = STR_INIT;

	for (size_t i = 0; i < report->warnings.count; i++)
		reporter_warning(work->reporter, report->warnings.items[i]);
	for (size_t i = 0; i < report->errors.count; i++)
		reporter_error(work->reporter, report->errors.items[i]);
	work->wrong += report->errors.count;
	if (!report->missing_count)
		return;
	str_add_count(&text, report->missing_count,
	    "source is not at its path|sources are not at their paths");
	(void)fail(&note, ERROR_INPUT, "%s (see --map): only regions are reported of %s",
	    str_c(&text), report->missing_count == 1 ? "it" : "them");
	reporter_warning(work->reporter, note);
}

/* Fail if there is nothing in the captures for this form. */
static int check_content(const struct work *work, struct error **err)
{
	unsigned format = work->settings->format;
	bool is_of_times = format == FORMAT_PROFILE || format == FORMAT_STACKS;

	if (is_of_times && !work->measures.timings.count)
		return fail(err, ERROR_INPUT,
		    "the captures have no times: 'kiln run --profile' measures them");
	if (is_of_times || work->report.count)
		return 0;
	if (work->measures.timings.count)
		return fail(err, ERROR_INPUT, "nothing to report but times: see --format profile");
	return fail(err, ERROR_INPUT,
	    "nothing to report: no source of the captures or images is selected (see --source, "
	    "--include and --omit)");
}

static int make_report(struct work *work, struct error **err)
{
	const struct settings *settings = work->settings;
	struct report_options report = {.paths = &work->paths,
	    .described = &work->described,
	    .has_timed = settings->format == FORMAT_IMAGE,
	    .excluding = &work->excluding,
	    .partial = &work->partial};

	for (size_t i = 0; i < settings->images.count; i++) {
		if (description_read(
			&work->image, &work->paths, fields_at(&settings->images, i).data, err) < 0)
			return -1;
	}
	if (settings->images.count)
		report.image = &work->image;
	if (settings->diff && changes_read(settings->diff, &work->paths, &work->changes, err) < 0)
		return -1;
	if (settings->diff)
		report.changes = &work->changes;
	if (report_make(&work->measures, &report, &work->report, err) < 0)
		return -1;
	if (check_content(work, err) < 0)
		return -1;
	print_report_notes(work);
	return 0;
}

/* Write a text to the output. */
static int write_output(const struct work *work, const struct str *text, struct error **err)
{
	const char *output = work->settings->output;

	if (!output)
		return command_write(str_slice(text), err);
	return file_replace(place_at(output), str_slice(text), file_default_mode(), 0, err);
}

static void write_profile(const struct work *work, struct str *ret)
{
	autoprofile struct profile profile;

	profile_make(&work->measures, &profile);
	profile_write(&profile, work->settings->top, ret);
}

/* Write a report that is a directory. */
static int write_directory(const struct work *work, struct error **err)
{
	const struct settings *settings = work->settings;
	autoreport_files struct report_files files = {.items = NULL};

	if (settings->format == FORMAT_HTML)
		write_html(&work->report, &work->measures, settings->precision, &files);
	else if (settings->format == FORMAT_ANNOTATE)
		write_annotated(&work->report, &files);
	else
		write_metrics(&work->report, &work->measures, &files);
	return report_files_write(&files, settings->output, err);
}

static int write_report(const struct work *work, struct error **err)
{
	const struct report *report = &work->report;
	unsigned decimals = work->settings->precision;
	autostr struct str text = STR_INIT;

	switch ((enum format)work->settings->format) {
	case FORMAT_TEXT:
		write_text(report, decimals, &text);
		break;
	case FORMAT_JSON:
		write_json(report, decimals, &text);
		break;
	case FORMAT_LCOV:
		write_lcov(report, &text);
		break;
	case FORMAT_COBERTURA:
		write_cobertura(report, str_slice(&work->paths.directory), &text);
		break;
	case FORMAT_SUMMARY:
		write_summary(report, decimals, &text);
		break;
	case FORMAT_PROFILE:
		write_profile(work, &text);
		break;
	case FORMAT_STACKS:
		profile_write_stacks(&work->measures, &text);
		break;
	default:
		return write_directory(work, err);
	}
	return write_output(work, &text, err);
}

/* Report a threshold that is missed. `name` is the source, NULL for all. */
static bool is_below(struct work *work, const struct totals *totals, struct percent limit,
    const char *name, const char *option)
{
	autostr struct str percent = STR_INIT;
	autoerror struct error *error = NULL;

	if (!percent_is_less(totals->covered, totals->regions, limit))
		return false;
	percent_add(totals->covered, totals->regions, work->settings->precision, &percent);
	(void)fail_at(&error, name, 0, 0, NULL, "%s: %s%% of %ju regions were reached", option,
	    str_c(&percent), (uintmax_t)totals->regions);
	reporter_error(work->reporter, error);
	return true;
}

/* Report a threshold that nothing can reach or miss, which would otherwise always pass. A diff that
 * changes no code is none of these. */
static bool is_void(struct work *work)
{
	autoerror struct error *error = NULL;

	if (work->report.totals.regions || work->settings->diff)
		return false;
	(void)fail(&error, ERROR_INPUT, "--fail-under: there are no regions in what is reported");
	reporter_error(work->reporter, error);
	return true;
}

static int check_thresholds(struct work *work)
{
	const struct settings *settings = work->settings;
	const struct report *report = &work->report;
	int status = 0;

	for (size_t i = 0; settings->has_fail_under_file && i < report->count; i++) {
		const struct reported *source = report->sources[i];

		if (is_below(work, &source->totals, settings->fail_under_file, source->name,
			"less than --fail-under-file"))
			status = ERROR_INPUT;
	}
	if (settings->has_fail_under && is_void(work))
		status = ERROR_INPUT;
	if (settings->has_fail_under &&
	    is_below(work, &report->totals, settings->fail_under, NULL, "less than --fail-under"))
		status = ERROR_INPUT;
	return status;
}

static void summarize(struct work *work)
{
	struct summary summary;

	if ((!work->settings->output && !work->reporter->json) ||
	    !summary_begin(&summary, work->reporter, &work->settings->common))
		return;
	if (work->settings->output)
		summary_member(&summary, "output", work->settings->output);
	summary_count(&summary, "sources", work->report.count, "source|sources");
	summary_count(&summary, "regions", work->report.totals.regions, "region|regions");
	summary_some(&summary, "missed", work->report.totals.regions - work->report.totals.covered,
	    "missed");
	summary_end(&summary, work->settings->output);
}

/* Print who reached an area. */
static int run_who(struct work *work, const struct who_area *area,
    const struct arguments *arguments, struct error **err)
{
	autostr struct str path = STR_INIT;
	autostr struct str text = STR_INIT;

	paths_resolve(&work->paths, area->path, &path);
	work->measures.shared = str_slice(&path);
	if (read_captures(work, arguments, err) < 0)
		return -1;
	if (who_write(&work->measures, str_slice(&path), area, &text, err) < 0 ||
	    write_output(work, &text, err) < 0)
		return -1;
	return work->wrong ? ERROR_INPUT : 0;
}

static int work_run(struct work *work, const struct arguments *arguments, struct error **err)
{
	struct who_area area;
	int status;

	if (work->settings->who && who_parse(work->settings->who, &area, err) < 0)
		return -1;
	if (configure(work, err) < 0)
		return -1;
	if (work->settings->who)
		return run_who(work, &area, arguments, err);
	if (read_captures(work, arguments, err) < 0 || make_report(work, err) < 0 ||
	    write_report(work, err) < 0)
		return -1;
	summarize(work);
	status = check_thresholds(work);
	return work->wrong ? ERROR_INPUT : status;
}

static int run_metrics(
    struct reporter *reporter, void *context, const struct arguments *arguments, struct error **err)
{
	CLEANUP(work_release)
	struct work work = {.settings = context, .reporter = reporter};
	const char *items[] = {CAPTURE_DEFAULT, NULL};
	const struct arguments by_default = {items, 1, false};

	if (!arguments->count) {
		int found = presence_of_directory(CAPTURE_DEFAULT, err);

		if (found < 0)
			return -1;
		if (!found)
			return fail(err, ERROR_USAGE,
			    "no CAPTURE given, and no '" CAPTURE_DEFAULT
			    "' here, which 'kiln run' writes: see 'kiln help metrics'");
		arguments = &by_default;
	}
	if (work.settings->format >= FORMAT_HTML && !work.settings->output)
		return fail(
		    err, ERROR_USAGE, "this form of report is a directory: --output says where");
	if (pythons_become_one(&work.settings->pythons, (const char *const[]){NULL}, false, err) <
	    0)
		return -1;
	return work_run(&work, arguments, err);
}

static int run(const struct command *command, int argc, char **argv)
{
	CLEANUP(settings_release)
	struct settings settings = {.output = NULL};

	return common_run(command, argc, argv, &settings, run_metrics);
}

const struct command command_metrics = {
    .name = "metrics",
    .arguments = "[OPTION]... [CAPTURE]...",
    .summary = "Report what instrumented programs counted",
    .details =
	"A CAPTURE is a directory that such programs wrote: that of kiln run (the default\n"
	"is its default, .kiln-capture), or METRICS_CAPTURE of other programs. Captures are\n"
	"added up. Settings of coverage.py in .coveragerc or pyproject.toml hold, too.\n"
	"\n"
	"Example: kiln run -m pytest\n"
	"         kiln metrics --format html -o coverage\n"
	"         kiln metrics captures/ --image delineated --fail-under 90\n",
    .options = options,
    .run = run,
};
