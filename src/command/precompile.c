#include "base/file.h"
#include "bazel/persistent_worker.h"
#include "build/cc_instruction.h"
#include "command/command.h"
#include "jobs/cpu_count.h"
#include "jobs/signals.h"
#include "python/interpreter.h"
#include "python/py_compile.h"

/* Files of arguments may name others, as deep as this. */
#define FILES_DEEP 8

/* A list of words that belongs to the command line. */
struct words {
	const char **items;
	size_t count;
};

struct settings {
	struct words sources;
	struct words names;
	struct words targets;
	enum pyc_invalidation mode;
	int optimize;
	int digits; /* that decimal numbers may have */
	bool persistent;
	bool serial;
};

static void words_add(struct words *words, const char *word)
{
	words->items = xreallocarray(words->items, words->count + 1, sizeof(*words->items));
	words->items[words->count++] = word;
}

static void settings_release(struct settings *settings)
{
	free(settings->sources.items);
	free(settings->names.items);
	free(settings->targets.items);
}

static int take_source(void *context, const char *value, struct error **err)
{
	struct settings *settings = context;

	(void)err;
	words_add(&settings->sources, value);
	return 0;
}

static int take_name(void *context, const char *value, struct error **err)
{
	struct settings *settings = context;

	(void)err;
	words_add(&settings->names, value);
	return 0;
}

static int take_target(void *context, const char *value, struct error **err)
{
	struct settings *settings = context;

	(void)err;
	words_add(&settings->targets, value);
	return 0;
}

static int take_mode(void *context, const char *value, struct error **err)
{
	struct settings *settings = context;

	if (!pyc_invalidation_of_name(slice_c(value), &settings->mode))
		return fail_bad_value(
		    "--invalidation_mode", value, "timestamp, checked_hash, unchecked_hash", err);
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
	return fail_bad_value("--optimize", value, "-1, 0, 1, 2", err);
}

/* Bytecode of another version would be wrong wherever it is used. */
static int take_version(void *context, const char *value, struct error **err)
{
	struct slice version = slice_c(interpreter_version()), minor;
	const char *last = memrchr(version.data, '.', version.len);

	(void)context;
	minor = slice_of(version.data, (size_t)(last - version.data));
	if (slice_is(version, value) || slice_is(minor, value))
		return 0;
	return fail(err, ERROR_USAGE, "--python_version '%s' was asked for, but this is %s", value,
	    version.data);
}

static int take_digits(void *context, const char *value, struct error **err)
{
	struct settings *settings = context;

	return digits_parse("--int-max-str-digits", value, &settings->digits, err);
}

static int take_persistent(void *context, const char *value, struct error **err)
{
	struct settings *settings = context;

	(void)value;
	(void)err;
	settings->persistent = true;
	return 0;
}

static int take_implementation(void *context, const char *value, struct error **err)
{
	struct settings *settings = context;

	if (strcmp(value, "serial") != 0 && strcmp(value, "async") != 0)
		return fail_bad_value("--worker_impl", value, "serial, async", err);
	settings->serial = strcmp(value, "serial") == 0;
	return 0;
}

static int take_log_level(void *context, const char *value, struct error **err)
{
	(void)context;
	(void)value;
	(void)err;
	return 0;
}

static const struct option options[] = {
    {0, "src", "FILE", "Compile this source; repeatable", take_source},
    {0, "src_name", "NAME", "Path to record for the source at the same position", take_name},
    {0, "pyc", "FILE", "Bytecode file to write for the source at the same position", take_target},
    {0, "invalidation_mode", "MODE",
	"How an import checks the bytecode: timestamp (the default), "
	"checked_hash or unchecked_hash",
	take_mode},
    {0, "optimize", "LEVEL", "Optimization level -1 (the interpreter's, the default), 0, 1 or 2",
	take_optimize},
    {0, "int-max-str-digits", "N",
	"Most digits of a decimal number in a source: 640 or more, or 0 "
	"for no limit (default: 4300)",
	take_digits},
    {0, "python_version", "VERSION", "Fail unless this is the version of the embedded CPython",
	take_version},
    {0, "persistent_worker", NULL, "Serve requests from standard input, in JSON, until it ends",
	take_persistent},
    {0, "worker_impl", "KIND", "Work on one request at a time (serial) or on several (async)",
	take_implementation},
    {0, "log_level", "LEVEL", "Accepted and ignored", take_log_level},
    {'h', "help", NULL, "Print this help", NULL},
    {0, NULL, NULL, NULL, NULL},
};

/* A command line with the files that it names in place of their names. */
struct expanded {
	struct str *texts; /* of the files; the words lie in them */
	size_t text_count;
	struct words words;
};

static void expanded_release(struct expanded *expanded)
{
	for (size_t i = 0; i < expanded->text_count; i++)
		str_release(&expanded->texts[i]);
	free(expanded->texts);
	free(expanded->words.items);
}

static int expand(struct expanded *expanded, const struct work_request *request, const char *word,
    unsigned deep, struct error **err);

/* Each line of the file is an argument. */
static int expand_file(struct expanded *expanded, const struct work_request *request,
    const char *name, unsigned deep, struct error **err)
{
	autostr struct str path = STR_INIT;
	struct str text = STR_INIT;
	char *line;

	work_request_path(request, name, &path);
	if (deep == FILES_DEEP)
		return fail(err, ERROR_USAGE, "'@%s': files name files too deep", name);
	if (file_read(str_c(&path), FILE_READ_LIMIT, &text, NULL, err) < 0)
		return fail_as(err, ERROR_USAGE); /* it is a part of the command line */
	expanded->texts = xreallocarray(
	    expanded->texts, expanded->text_count + 1, sizeof(*expanded->texts));
	line = text.data;
	expanded->texts[expanded->text_count++] = text;
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

static int expand(struct expanded *expanded, const struct work_request *request, const char *word,
    unsigned deep, struct error **err)
{
	if (*word == '@')
		return expand_file(expanded, request, word + 1, deep, err);
	words_add(&expanded->words, word);
	return 0;
}

static int check(
    const struct settings *settings, const struct arguments *arguments, struct error **err)
{
	if (arguments->count)
		return fail(err, ERROR_USAGE, "'%s' is no option: see 'kiln help precompile'",
		    arguments->items[0]);
	if (settings->sources.count != settings->names.count ||
	    settings->sources.count != settings->targets.count)
		return fail(err, ERROR_USAGE,
		    "--src, --src_name and --pyc are given %zu, %zu and %zu times",
		    settings->sources.count, settings->names.count, settings->targets.count);
	return 0;
}

/* Take a command line; the words must stay. */
static int parse(struct settings *settings, struct expanded *expanded,
    const struct work_request *request, struct arguments *arguments, struct error **err)
{
	for (int i = 0; i < request->argument_count; i++) {
		if (expand(expanded, request, request->arguments[i], 0, err) < 0)
			return -1;
	}
	words_add(&expanded->words, NULL);
	if (option_parse(&command_precompile, (int)expanded->words.count - 1,
		(char **)expanded->words.items, settings, arguments, err) < 0)
		return -1;
	return check(settings, arguments, err);
}

static void add_error(struct str *ret, const struct error *error)
{
	struct reporter reporter;

	reporter_init(&reporter, WHEN_NEVER, WHEN_NEVER);
	reporter_render(&reporter, "error", error, ret);
}

/* Compile one source; the exit status. */
static int compile_one(const struct settings *settings, size_t at,
    const struct work_request *request, struct str *output)
{
	CLEANUP(py_outcome_release) struct py_outcome outcome = {0};
	autostr struct str source = STR_INIT;
	autostr struct str target = STR_INIT;

	work_request_path(request, settings->sources.items[at], &source);
	work_request_path(request, settings->targets.items[at], &target);
	py_compile(str_c(&source), str_c(&target), settings->names.items[at], true,
	    settings->optimize, settings->mode, 0, &outcome);
	str_add_slice(output, str_slice(&outcome.printed));
	if (outcome.raised == PY_RAISED_NOTHING) {
		if (request->verbosity > 0)
			str_addf(output, "compiled %s\n", settings->sources.items[at]);
		return 0;
	}
	if (outcome.raised != PY_RAISED_COMPILE)
		str_addf(output, "%s: ", outcome.type);
	str_add_slice(output, str_slice(&outcome.text));
	if (!slice_ends(str_slice(output), SLICE_LITERAL("\n")))
		str_addc(output, '\n');
	return (int)errno_kind(outcome.number);
}

/* Compile all sources, also after one that failed; the exit status. */
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

/* A request: its arguments extend those that the worker was started with. */
static int work(void *context, const struct work_request *request, struct str *output)
{
	const struct settings *start = context;
	CLEANUP(settings_release)
	struct settings settings = {
	    .mode = start->mode, .optimize = start->optimize, .digits = start->digits};
	CLEANUP(expanded_release) struct expanded expanded = {0};
	autoarguments struct arguments arguments = {0};
	autoerror struct error *error = NULL;

	if (parse(&settings, &expanded, request, &arguments, &error) < 0) {
		add_error(output, error);
		return command_status(error);
	}
	return compile_all(&settings, request, output);
}

static int serve(struct settings *settings)
{
	struct reporter reporter;
	struct persistent_worker service = {
	    .context = settings,
	    .processes = settings->serial ? 1 : cpu_count(),
	    .work = work,
	    .reporter = &reporter,
	};
	autoerror struct error *error = NULL;

	signals_install();
	reporter_init(&reporter, WHEN_NEVER, WHEN_NEVER);
	/* The processes that work are forked from this one, and have it at once. */
	if (interpreter_start(&error) < 0 ||
	    persistent_worker_serve(&service, STDIN_FILENO, STDOUT_FILENO, &error) < 0)
		return command_fail(error);
	return 0;
}

static int compile_now(const struct settings *settings, const struct work_request *request)
{
	autostr struct str output = STR_INIT;
	autoerror struct error *error = NULL;
	struct reporter reporter;
	int status;

	signals_install();
	if (interpreter_start(&error) < 0)
		return command_fail(error);
	status = compile_all(settings, request, &output);
	reporter_init(&reporter, WHEN_NEVER, WHEN_NEVER);
	reporter_print(&reporter, str_slice(&output));
	return status;
}

static int run(const struct command *command, int argc, char **argv)
{
	CLEANUP(settings_release)
	struct settings settings = {
	    .mode = PYC_TIMESTAMP, .optimize = -1, .digits = DIGITS_DEFAULT};
	CLEANUP(expanded_release) struct expanded expanded = {0};
	autoarguments struct arguments arguments = {0};
	autoerror struct error *error = NULL;
	const struct work_request line = {.arguments = argv, .argument_count = argc};

	if (parse(&settings, &expanded, &line, &arguments, &error) < 0) {
		if (arguments.help)
			return command_print_help(command);
		return command_fail(error);
	}
	if (arguments.help)
		return command_print_help(command);
	if (settings.persistent && settings.sources.count) {
		(void)fail(&error, ERROR_USAGE, "a persistent worker is given sources by requests");
		return command_fail(error);
	}
	return settings.persistent ? serve(&settings) : compile_now(&settings, &line);
}

const struct command command_precompile = {
    .name = "precompile",
    .arguments = "[OPTION]... [@FILE]...",
    .summary = "Compile sources as rules_python's precompiler for Bazel does",
    .details = "Give --src, --src_name and --pyc once for each source, in the same order. @FILE\n"
	       "stands for the lines of FILE, each an argument.\n"
	       "\n"
	       "Example: kiln precompile --src tea.py --src_name shop/tea.py --pyc out/tea.pyc \\\n"
	       "         --invalidation_mode unchecked_hash --python_version 3.11\n",
    .options = options,
    .run = run,
};
