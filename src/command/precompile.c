#include "base/file.h"
#include "build/cc_instruction.h"
#include "command/command.h"
#include "command/serve.h"
#include "jobs/cpu_count.h"
#include "jobs/signals.h"
#include "python/interpreter.h"
#include "python/py_compile.h"

/* How deep files of arguments may name further ones. */
#define FILES_DEEP 8

struct settings {
	struct fields sources;
	struct fields names;
	struct fields targets;
	enum pyc_invalidation mode;
	int optimize;
	int digits; /* the most that decimal numbers may have */
	bool persistent;
	bool concurrent; /* work on several requests at once */
};

static void settings_release(struct settings *settings)
{
	fields_release(&settings->sources);
	fields_release(&settings->names);
	fields_release(&settings->targets);
}

static int take_mode(void *context, const char *value, struct error **err)
{
	struct settings *settings = context;

	if (!pyc_invalidation_of_name(slice_c(value), &settings->mode))
		return fail_bad_value(
		    "--invalidation_mode", value, "timestamp, checked_hash or unchecked_hash", err);
	return 0;
}

static int take_optimize(void *context, const char *value, struct error **err)
{
	static const char *const levels[] = {"-1", "0", "1", "2"};
	struct settings *settings = context;

	for (int i = 0; i < 4; i++) {
		if (strcmp(value, levels[i]) == 0) {
			settings->optimize = i - 1;
			return 0;
		}
	}
	return fail_bad_value("--optimize", value, "-1, 0, 1 or 2", err);
}

/* Refuse other versions of CPython, which could not use the bytecode. */
static int take_version(void *context, const char *value, struct error **err)
{
	struct slice version = slice_c(interpreter_version()), minor;
	const char *last = memrchr(version.data, '.', version.len);

	(void)context;
	minor = slice_of(version.data, (size_t)(last - version.data));
	if (slice_is(version, value) || slice_is(minor, value))
		return 0;
	return fail(err, ERROR_USAGE, "--python_version is '%s', but kiln embeds CPython %s", value,
	    version.data);
}

static int take_digits(void *context, const char *value, struct error **err)
{
	struct settings *settings = context;

	return digits_parse("--int-max-str-digits", value, &settings->digits, err);
}

static const struct option options[] = {
    {0, "src", "FILE", "Compile this source; repeatable",
	TAKES_LIST(struct settings, sources, NULL)},
    {0, "src_name", "NAME", "Path to record for the source at the same position",
	TAKES_LIST(struct settings, names, NULL)},
    {0, "pyc", "FILE", "Bytecode file to write for the source at the same position",
	TAKES_LIST(struct settings, targets, NULL)},
    {0, "invalidation_mode", "MODE",
	"How an import checks the bytecode: timestamp (the default), "
	"checked_hash or unchecked_hash",
	.take = take_mode},
    {0, "optimize", "LEVEL", "Optimization level -1 (the interpreter's, the default), 0, 1 or 2",
	.take = take_optimize},
    {0, "int-max-str-digits", "N",
	"Most digits of a decimal number in a source: 640 or more, or 0 "
	"for no limit (default: 4300)",
	.take = take_digits},
    {0, "python_version", "VERSION", "Fail unless this is the version of the embedded CPython",
	.take = take_version},
    {0, "persistent_worker", NULL, "Serve requests from standard input, in JSON, until it ends",
	TAKES_TRUE(struct settings, persistent)},
    {0, "worker_impl", "KIND", "Work on one request at a time (serial) or on several (async)",
	TAKES_SWITCH(struct settings, concurrent, "serial, async")},
    {0, "log_level", "LEVEL", "Accepted and ignored", .kind = OPTION_IGNORED},
    {'h', "help", NULL, "Print this help", .kind = OPTION_HELP},
    OPTIONS_END,
};

static int expand(struct fields *expanded, const struct work_request *request, const char *word,
    unsigned deep, struct error **err);

/* Add each line of a file as an argument. */
static int expand_file(struct fields *expanded, const struct work_request *request,
    const char *name, unsigned deep, struct error **err)
{
	autostr struct str path = STR_INIT;
	autostr struct str text = STR_INIT;
	char *line;

	work_request_path(request, name, &path);
	if (deep == FILES_DEEP)
		return fail(err, ERROR_USAGE, "'@%s': argument files are nested too deeply", name);
	if (file_read(str_c(&path), FILE_READ_LIMIT, &text, NULL, err) < 0)
		return fail_as(err, ERROR_USAGE); /* the file is a part of the command line */
	line = text.data;
	while (line && *line) {
		char *end = line + strcspn(line, "\n");
		char *next = *end ? end + 1 : end;

		if (end > line && end[-1] == '\r')
			end[-1] = '\0';
		*end = '\0';
		if (expand(expanded, request, line, deep + 1, err) < 0)
			return -1;
		line = next;
	}
	return 0;
}

/* Add an argument, or for @FILE the arguments in the file. */
static int expand(struct fields *expanded, const struct work_request *request, const char *word,
    unsigned deep, struct error **err)
{
	if (*word == '@')
		return expand_file(expanded, request, word + 1, deep, err);
	fields_adds(expanded, word);
	return 0;
}

static int check(
    const struct settings *settings, const struct arguments *arguments, struct error **err)
{
	if (arguments->count)
		return fail(err, ERROR_USAGE,
		    "unexpected argument '%s': see 'kiln help precompile'", arguments->items[0]);
	if (settings->sources.count != settings->names.count ||
	    settings->sources.count != settings->targets.count)
		return fail(err, ERROR_USAGE,
		    "--src, --src_name and --pyc must be given equally often, not %zu, %zu and %zu "
		    "times",
		    settings->sources.count, settings->names.count, settings->targets.count);
	return 0;
}

/* Parse a command line. */
static int parse(struct settings *settings, const struct work_request *request, bool *ret_help,
    struct error **err)
{
	autofields struct fields expanded = FIELDS_INIT;
	autoarguments struct arguments arguments = {NULL, 0, false};
	autofree const char **words = NULL;
	int result;

	for (int i = 0; i < request->argument_count; i++) {
		if (expand(&expanded, request, request->arguments[i], 0, err) < 0)
			return -1;
	}
	words = fields_arguments(&expanded);
	result = option_parse(
	    &command_precompile, (int)expanded.count, words, settings, &arguments, err);
	*ret_help = arguments.help;
	return result < 0 ? -1 : check(settings, &arguments, err);
}

/* Compile one source; returns the exit status. */
static int compile_one(const struct settings *settings, size_t at,
    const struct work_request *request, struct str *output)
{
	CLEANUP(py_outcome_release) struct py_outcome outcome = {0};
	const char *name = fields_at(&settings->sources, at).data;
	autostr struct str source = STR_INIT;
	autostr struct str target = STR_INIT;

	work_request_path(request, name, &source);
	work_request_path(request, fields_at(&settings->targets, at).data, &target);
	py_compile(str_c(&source), str_c(&target), fields_at(&settings->names, at).data, true,
	    settings->optimize, settings->mode, 0, &outcome);
	str_add_slice(output, str_slice(&outcome.printed));
	if (outcome.raised == PY_RAISED_NOTHING) {
		if (request->verbosity > 0)
			str_addf(output, "compiled %s\n", name);
		return 0;
	}
	if (outcome.raised != PY_RAISED_COMPILE)
		str_addf(output, "%s: ", outcome.type);
	str_add_slice(output, str_slice(&outcome.text));
	if (!slice_ends(str_slice(output), SLICE_LITERAL("\n")))
		str_addc(output, '\n');
	return (int)errno_kind(outcome.number);
}

/* Compile all sources, also after a failure; returns the exit status. */
static int compile_all(
    const struct settings *settings, const struct work_request *request, struct str *output)
{
	int status = 0;

	interpreter_limit_digits(settings->digits);
	for (size_t i = 0; i < settings->sources.count && !interrupted(); i++) {
		int result = compile_one(settings, i, request, output);

		status = result > status ? result : status;
	}
	return interrupted() ? 128 + signals_received() : status;
}

/* Run a request, whose arguments extend those of the worker's command line. */
static int work(void *context, const struct work_request *request, struct str *output)
{
	const struct settings *start = context;
	CLEANUP(settings_release)
	struct settings settings = {
	    .mode = start->mode, .optimize = start->optimize, .digits = start->digits};
	autoerror struct error *error = NULL;
	bool help = false; /* a request for help does nothing */

	if (parse(&settings, request, &help, &error) < 0)
		return serve_error(error, output);
	return compile_all(&settings, request, output);
}

static int compile_now(
    const struct settings *settings, const struct work_request *request, struct error **err)
{
	autostr struct str output = STR_INIT;
	struct reporter reporter;
	int status;

	signals_install();
	if (interpreter_start(err) < 0)
		return -1;
	status = compile_all(settings, request, &output);
	reporter_init(&reporter, WHEN_NEVER, WHEN_NEVER);
	reporter_print(&reporter, str_slice(&output));
	return status;
}

static int run(const struct command *command, int argc, char **argv)
{
	CLEANUP(settings_release)
	struct settings settings = {
	    .mode = PYC_TIMESTAMP, .optimize = -1, .digits = DIGITS_DEFAULT, .concurrent = true};
	const struct work_request line = {.arguments = argv, .argument_count = argc};
	autoerror struct error *error = NULL;
	bool help = false;
	int status = parse(&settings, &line, &help, &error);

	if (help)
		return command_print_help(command);
	if (status == 0 && settings.persistent && settings.sources.count)
		status = fail(&error, ERROR_USAGE,
		    "--persistent_worker takes sources from requests only: leave out --src, "
		    "--src_name and --pyc");
	else if (status == 0 && settings.persistent)
		status = serve(&settings, settings.concurrent ? cpu_count() : 1, work, &error);
	else if (status == 0)
		status = compile_now(&settings, &line, &error);
	return status < 0 ? command_fail(error) : status;
}

const struct command command_precompile = {
    .name = "precompile",
    .arguments = "[OPTION]... [@FILE]...",
    .summary = "Compile sources as rules_python's precompiler for Bazel does",
    .details = "Give --src, --src_name and --pyc once for each source, in the same order. @FILE\n"
	       "stands for the lines of FILE, each an argument.\n"
	       "\n"
	       "Example: kiln precompile --src tea.py --src_name shop/tea.py --pyc out/tea.pyc \\\n"
	       "         --invalidation_mode unchecked_hash\n",
    .options = options,
    .run = run,
};
