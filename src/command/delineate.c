#include "command/common.h"

#include "base/path.h"
#include "command/pythons.h"
#include "jobs/cpu_count.h"
#include "ship/delineate.h"

struct settings {
	struct common common;
	struct delineate_run run;
	struct fields excludes;
	struct fields pythons;
	const char **globs; /* of --exclude */
	bool printed;	    /* nothing failed to be written to standard output */
};

static void settings_release(struct settings *settings)
{
	fields_release(&settings->excludes);
	fields_release(&settings->pythons);
	free(settings->globs);
}

static int take_factor(void *settings, const char *value, struct error **err)
{
	if (!path_is_factor(slice_c(value)))
		return fail_bad_value(
		    "--factor", value, "an absolute factor path such as fault.system", err);
	((struct settings *)settings)->run.factor = value;
	return 0;
}

static const struct option options[] = {
    {'o', "output", "PATH",
	"Write here: a directory for json and for stubs of several "
	"sources, else a file (default: standard output)",
	TAKES_TEXT(struct settings, run.output, "the path of a file or directory")},
    {0, "format", "FORM",
	"json (the default): a directory of files for each source, or one document; jsonl: a line "
	"for "
	"each source; ctags: a file of tags; stub: interfaces (.pyi)",
	TAKES_CHOICE(struct settings, run.format, "json, jsonl, ctags, stub")},
    COMMON_JOBS,
    {0, "factor", "PATH", "Factor path of the one source, which names its module",
	.take = take_factor},
    {0, "python", "VERSION", "Version of CPython, such as 3.13 " PYTHONS_DEFAULT,
	TAKES_LIST(struct settings, pythons, "versions such as 3.13")},
    {0, "encoding", "NAME", "Source encoding; overrides the cookie",
	TAKES_TEXT(struct settings, run.encoding, "the name of a source encoding")},
    {0, "no-defaults", NULL, "Write ... for default values in stubs",
	TAKES_FALSE(struct settings, run.stub.defaults)},
    {0, "docstrings", NULL, "Keep docstrings in stubs",
	TAKES_TRUE(struct settings, run.stub.docstrings)},
    {0, "locals", NULL, "Tag functions and classes inside functions, too",
	TAKES_TRUE(struct settings, run.locals)},
    {0, "exclude", "GLOB",
	"Leave out files and directories of this name or, if GLOB has a "
	"slash, of this path in the result; repeatable",
	TAKES_LIST(struct settings, excludes, NULL)},
    {0, "force", NULL, "Replace a directory that kiln did not make and that holds no SOURCE",
	TAKES_TRUE(struct settings, run.force)},
    COMMON_REPORTING,
    OPTIONS_END,
};

static void print(void *context, struct slice text)
{
	struct settings *settings = context;

	if (settings->printed && command_print(text) != 0)
		settings->printed = false;
}

/* Options that only one format heeds would be lost on others. */
static int check_format(const struct delineate_run *run, struct error **err)
{
	const char *option = !run->stub.defaults    ? "--no-defaults"
			     : run->stub.docstrings ? "--docstrings"
						    : NULL;

	if (run->locals && run->format != DELINEATE_CTAGS)
		return fail(err, ERROR_USAGE, "--locals is for tags: add --format ctags");
	if (option && run->format != DELINEATE_STUB)
		return fail(err, ERROR_USAGE, "%s is for stubs: add --format stub", option);
	return 0;
}

static int complete(
    struct settings *settings, const struct arguments *arguments, struct error **err)
{
	struct delineate_run *run = &settings->run;

	if (!arguments->count)
		return fail(err, ERROR_USAGE, "no SOURCE given: see 'kiln help delineate'");
	if (check_format(run, err) < 0)
		return -1;
	run->sources = arguments->items;
	run->scan.excludes = settings->globs = fields_arguments(&settings->excludes);
	run->scan.external_links = true; /* links are not followed */
	run->workers = settings->common.workers ? settings->common.workers : cpu_count();
	run->print = print;
	run->context = settings;
	return 0;
}

/* If the output goes to standard output, only --log json gets a summary. */
static void summarize(struct reporter *reporter, const struct settings *settings,
    const struct delineate_result *result)
{
	struct summary summary;

	if ((!settings->run.output && !reporter->json) ||
	    !summary_begin(&summary, reporter, &settings->common))
		return;
	if (settings->run.output)
		summary_member(&summary, "output", settings->run.output);
	summary_count(&summary, "described", result->described, "described");
	summary_some(&summary, "failed", result->failed, "failed");
	summary_usage(&summary, settings->run.workers, &result->usage);
	summary_end(&summary, settings->run.output);
}

static int run_delineate(
    struct reporter *reporter, void *context, const struct arguments *arguments, struct error **err)
{
	struct settings *settings = context;
	struct delineate_result result;

	if (complete(settings, arguments, err) < 0 ||
	    pythons_become_one(&settings->pythons, arguments->items, true, err) < 0)
		return -1;
	if (delineate_run(&settings->run, reporter, &result, err) < 0)
		return -1;
	if (!settings->printed)
		return ERROR_SYSTEM;
	summarize(reporter, settings, &result);
	return result.failed ? ERROR_INPUT : 0;
}

static int run(const struct command *command, int argc, char **argv)
{
	CLEANUP(settings_release)
	struct settings settings = {.run.stub.defaults = true, .printed = true};

	return common_run(command, argc, argv, &settings, run_delineate);
}

const struct command command_delineate = {
    .name = "delineate",
    .arguments = "[OPTION]... SOURCE... [-o PATH]",
    .summary = "Describe what sources define: JSON, tags, stubs",
    .details = "Nothing is imported or executed. Of a directory, all .py and .pyi files are\n"
	       "described, each in a directory with the path of the source: PATH/pkg/mod.py/. A\n"
	       "single file is described in PATH itself.\n"
	       "\n"
	       "Example: kiln delineate src/ -o delineated &&\n"
	       "         kiln delineate --format ctags src/ -o tags\n",
    .options = options,
    .run = run,
};
