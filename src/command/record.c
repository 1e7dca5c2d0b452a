#include "command/common.h"

#include "base/file.h"
#include "record/single.h"

struct settings {
	struct common common;
	const char *output;
	unsigned format;
	unsigned docstring;
	struct single_options single;
};

static const struct option options[] = {
    {'o', "output", "PATH", "Write here (default for one chapter: standard output)",
	TAKES_PATH(struct settings, output, "the path of a file")},
    {0, "format", "FORM", "text (the default): a chapter",
	TAKES_CHOICE(struct settings, format, "text")},
    {0, "docstring", "STYLE",
	"How docstrings are written: auto (the default: decided for each), fault, google, numpy, "
	"sphinx, plain",
	TAKES_CHOICE(struct settings, docstring, DOCSTRING_STYLES)},
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

	settings->single.style = settings->docstring;
	settings->single.listener = &listener;
	if (single_chapter(&settings->single, &notes, &text, err) < 0)
		return -1;
	print_notes(reporter, &notes);
	if (!settings->output)
		return command_print(str_slice(&text));
	return file_replace(
	    place_at(settings->output), str_slice(&text), file_default_mode(), 0, err);
}

static int run_record(
    struct reporter *reporter, void *context, const struct arguments *arguments, struct error **err)
{
	struct settings *settings = context;

	if (arguments->count)
		return fail(err, ERROR_USAGE, "unexpected argument '%s'", arguments->items[0]);
	if (!settings->single.delineated || !settings->single.source)
		return fail(err, ERROR_USAGE, "--delineated and --source are needed");
	return record_one(reporter, settings, err);
}

static int run(const struct command *command, int argc, char **argv)
{
	struct settings settings = {.output = NULL};

	return common_run(command, argc, argv, &settings, run_record);
}

const struct command command_record = {
    .name = "record",
    .arguments = "[OPTION]... --delineated DIR --source FILE [-o PATH]",
    .summary = "Make documentation from sources",
    .details = "Nothing is imported or executed.\n",
    .options = options,
    .run = run,
};
