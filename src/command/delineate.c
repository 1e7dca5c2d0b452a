#include "command/common.h"

#include "base/path.h"
#include "jobs/cpu_count.h"
#include "jobs/signals.h"
#include "ship/delineate.h"

struct settings {
	struct common common;
	struct delineate_run run;
	struct str excludes; /* an array of const char *, not ended yet */
	bool printed;	     /* standard output took everything */
};

static const struct {
	const char *name;
	enum delineate_format format;
} formats[] = {
    {"json", DELINEATE_JSON},
    {"jsonl", DELINEATE_JSONL},
    {"ctags", DELINEATE_CTAGS},
    {"stub", DELINEATE_STUB},
};

static int take_output(void *settings, const char *value, struct error **err)
{
	if (!*value)
		return fail_bad_value("--output", value, "what is made needs a name", err);
	((struct settings *)settings)->run.output = value;
	return 0;
}

static int take_format(void *settings, const char *value, struct error **err)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		if (strcmp(value, formats[i].name) == 0) {
			((struct settings *)settings)->run.format = formats[i].format;
			return 0;
		}
	}
	return fail_bad_value("--format", value, "json, jsonl, ctags, stub", err);
}

static int take_factor(void *settings, const char *value, struct error **err)
{
	if (!path_is_factor(slice_c(value)))
		return fail_bad_value(
		    "--factor", value, "an absolute factor path such as fault.system", err);
	((struct settings *)settings)->run.factor = value;
	return 0;
}

static int take_encoding(void *settings, const char *value, struct error **err)
{
	if (!*value)
		return fail_bad_value("--encoding", value, "the name of a source encoding", err);
	((struct settings *)settings)->run.encoding = value;
	return 0;
}

static int take_no_defaults(void *settings, const char *value, struct error **err)
{
	(void)value;
	(void)err; /* nothing can be wrong */
	((struct settings *)settings)->run.stub.defaults = false;
	return 0;
}

static int take_docstrings(void *settings, const char *value, struct error **err)
{
	(void)value;
	(void)err; /* nothing can be wrong */
	((struct settings *)settings)->run.stub.docstrings = true;
	return 0;
}

static int take_exclude(void *settings, const char *value, struct error **err)
{
	(void)err; /* every text is a pattern */
	str_add(&((struct settings *)settings)->excludes, &value, sizeof(value));
	return 0;
}

static int take_force(void *settings, const char *value, struct error **err)
{
	(void)value;
	(void)err; /* nothing can be wrong */
	((struct settings *)settings)->run.force = true;
	return 0;
}

static const struct option options[] = {
    {'o', "output", "PATH",
	"Write here: a directory for json and for stubs of several "
	"sources, else a file (default: standard output)",
	take_output},
    {0, "format", "FORM",
	"json (the default): a directory of files for each source, or one document; jsonl: a line "
	"for "
	"each source; ctags: a file of tags; stub: interfaces (.pyi)",
	take_format},
    COMMON_JOBS,
    {0, "factor", "PATH", "Factor path of the one source, which names its module", take_factor},
    {0, "encoding", "NAME", "Source encoding; overrides the cookie", take_encoding},
    {0, "no-defaults", NULL, "Write ... for default values in stubs", take_no_defaults},
    {0, "docstrings", NULL, "Keep docstrings in stubs", take_docstrings},
    {0, "exclude", "GLOB",
	"Leave out files and directories of this name or, if GLOB has a "
	"slash, of this path in the result; repeatable",
	take_exclude},
    {0, "force", NULL, "Replace a directory that kiln did not make", take_force},
    COMMON_REPORTING,
    OPTIONS_END,
};

static void print(void *context, struct slice text)
{
	struct settings *settings = context;

	if (settings->printed && command_print(text) != 0)
		settings->printed = false;
}

static int complete(
    struct settings *settings, const struct arguments *arguments, struct error **err)
{
	struct delineate_run *run = &settings->run;

	if (!arguments->count)
		return fail(err, ERROR_USAGE, "no SOURCE given: see 'kiln help delineate'");
	str_add(&settings->excludes, &(const char *){NULL}, sizeof(const char *));
	run->sources = arguments->items;
	run->scan.excludes = (const char *const *)(const void *)settings->excludes.data;
	run->scan.external_links = true; /* they are not followed */
	run->workers = settings->common.workers ? settings->common.workers : cpu_count();
	run->print = print;
	run->context = settings;
	return 0;
}

static void add_event(const struct settings *settings, const struct delineate_result *result,
    double seconds, struct str *ret)
{
	struct json_writer json;

	json_begin(&json, ret);
	json_object(&json);
	json_member(&json, "event", "summary");
	if (settings->run.output)
		json_member(&json, "output", settings->run.output);
	json_member_integer(&json, "described", (int64_t)result->described);
	json_member_integer(&json, "failed", (int64_t)result->failed);
	json_member_integer(&json, "workers", settings->run.workers);
	json_member_integer(&json, "memory", (int64_t)result->usage.memory);
	json_key(&json, "processor");
	json_number(&json, result->usage.seconds);
	json_key(&json, "duration");
	json_number(&json, seconds);
	json_object_end(&json);
	str_addc(ret, '\n');
}

/* Of what goes to standard output only a log has a summary. */
static void summarize(struct reporter *reporter, const struct settings *settings,
    const struct delineate_result *result)
{
	double seconds = reporter_elapsed(reporter);
	autostr struct str text = STR_INIT;

	if (settings->common.quiet || (!settings->run.output && !reporter->json))
		return;
	if (reporter->json) {
		add_event(settings, result, seconds, &text);
	} else {
		str_addf(&text, "kiln: %zu described", result->described);
		if (result->failed)
			str_addf(&text, ", %zu failed", result->failed);
		str_addf(&text, " in %.2f s: ", seconds);
		str_add_printable(&text, slice_c(settings->run.output));
		str_addc(&text, '\n');
	}
	reporter_print(reporter, str_slice(&text));
}

static int run_delineate(
    struct reporter *reporter, const struct settings *settings, struct error **err)
{
	struct delineate_result result;

	signals_install();
	if (delineate_run(&settings->run, reporter, &result, err) < 0)
		return -1;
	if (!settings->printed)
		return ERROR_SYSTEM;
	summarize(reporter, settings, &result);
	return result.failed ? ERROR_INPUT : 0;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct settings settings = {.run.stub.defaults = true, .printed = true};
	autoarguments struct arguments arguments = {NULL, 0, false};
	autoerror struct error *error = NULL;
	struct reporter reporter;
	int status = option_parse(command, argc, argv, &settings, &arguments, &error);

	if (status == 0 && arguments.help)
		return command_print_help(command);
	common_reporter(&settings.common, &reporter);
	if (status == 0)
		status = complete(&settings, &arguments, &error);
	if (status == 0)
		status = run_delineate(&reporter, &settings, &error);
	str_release(&settings.excludes);
	return status < 0 ? command_fail_to(&reporter, error) : status;
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
