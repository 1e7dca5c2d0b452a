#include "command/command.h"

#include "delineation/describe.h"
#include "image/directory.h"
#include "process/interrupt.h"
#include "process/processors.h"
#include "process/reporter.h"
#include "process/worker.h"
#include "python/interpreter.h"
#include "python/make.h"

/* What an instruction is, decided by its keys. */
enum instruction {
	INSTRUCTION_TRANSLATE,
	INSTRUCTION_REDUCE,
	INSTRUCTION_ARCHIVE,
	INSTRUCTION_DELINEATE,
};

struct instruction_settings {
	enum instruction instruction; /* by the format */
	enum instruction delineated;  /* by that key; INSTRUCTION_TRANSLATE without it */
	struct make_options make;
};

static int not_available(const char *key, const char *value, struct error **err)
{
	return fail(err, ERROR_USAGE, "%s '%s' is not available in this version", key, value);
}

static int take_format(struct instruction_settings *settings, const char *value, struct error **err)
{
	static const char possible[] = "python.psf-v3, python.pyi, python.ast, directory.tree";
	struct slice rest = slice_c(value), language;

	(void)slice_next(&rest, '.', &language); /* an empty value gives an empty language */
	if (!rest.data)
		return command_bad_value("format", value, possible, err);
	if (slice_is(language, "directory")) {
		if (!slice_is(rest, "tree"))
			return command_bad_value(
			    "format", value, "the dialect of directory is tree", err);
		settings->instruction = INSTRUCTION_ARCHIVE;
		return 0;
	}
	if (slice_is(language, "text"))
		return not_available("format", value, err);
	if (!slice_is(language, "python"))
		return command_bad_value("format", value, possible, err);
	if (slice_is(rest, "ast"))
		settings->instruction = INSTRUCTION_REDUCE;
	else if (slice_is(rest, "psf-v3") || slice_is(rest, "pyi"))
		settings->instruction = INSTRUCTION_TRANSLATE;
	else
		return command_bad_value(
		    "format", value, "the dialects of python are psf-v3, pyi, ast", err);
	return 0;
}

static int take_factor(struct instruction_settings *settings, const char *value, struct error **err)
{
	if (!command_is_factor_path(slice_c(value)))
		return command_bad_value(
		    "factor", value, "an absolute factor path such as fault.system", err);
	settings->make.factor = value;
	return 0;
}

static int take_optimize(
    struct instruction_settings *settings, const char *value, struct error **err)
{
	static const char *const levels[] = {"-1", "0", "1", "2"};

	for (int i = 0; i < 4; i++) {
		if (strcmp(value, levels[i]) == 0) {
			settings->make.optimize = i - 1;
			return 0;
		}
	}
	return command_bad_value("cpython-optimize", value, "-1, 0, 1, 2", err);
}

static int take_instrumentation(
    struct instruction_settings *settings, const char *value, struct error **err)
{
	(void)settings;
	return *value ? not_available("instrumentation", value, err) : 0;
}

static int take_metrics_trap(
    struct instruction_settings *settings, const char *value, struct error **err)
{
	if (!*value)
		return command_bad_value("metrics-trap", value, "a path", err);
	settings->make.metrics_trap = value;
	return 0;
}

static int take_encoding(
    struct instruction_settings *settings, const char *value, struct error **err)
{
	if (!*value)
		return command_bad_value("encoding", value, "the name of a source encoding", err);
	settings->make.encoding = value;
	return 0;
}

static int take_check(struct instruction_settings *settings, const char *value, struct error **err)
{
	if (!check_of_word(slice_c(value), &settings->make.check))
		return command_bad_value("check", value, "never, time, hash, unchecked-hash", err);
	settings->make.has_check = true;
	return 0;
}

static int take_origin(struct instruction_settings *settings, const char *value, struct error **err)
{
	if (!*value)
		return command_bad_value("origin", value, "the path to record", err);
	settings->make.recorded = value;
	return 0;
}

/* `context` and `project` say where a text chapter stands; for Python they mean nothing. */
static int take_nothing(
    struct instruction_settings *settings, const char *value, struct error **err)
{
	(void)settings;
	(void)value;
	(void)err;
	return 0;
}

static int take_delineated(
    struct instruction_settings *settings, const char *value, struct error **err)
{
	if (strcmp(value, "json") == 0)
		settings->delineated = INSTRUCTION_DELINEATE;
	else if (strcmp(value, "archive") == 0)
		settings->delineated = INSTRUCTION_ARCHIVE;
	else
		return command_bad_value("delineated", value, "json, archive", err);
	return 0;
}

static const struct key {
	const char *name;
	int (*take)(struct instruction_settings *settings, const char *value, struct error **err);
} keys[] = {
    {"format", take_format},
    {"factor", take_factor},
    {"cpython-optimize", take_optimize},
    {"instrumentation", take_instrumentation},
    {"metrics-trap", take_metrics_trap},
    {"delineated", take_delineated},
    {"encoding", take_encoding},
    {"check", take_check},
    {"origin", take_origin},
    {"context", take_nothing},
    {"project", take_nothing},
};

#define KEYS (sizeof(keys) / sizeof(*keys))

static int unknown_key(const char *name, struct error **err)
{
	autostr struct str names = STR_INIT;

	for (size_t i = 0; i < KEYS; i++)
		str_addf(&names, "%s%s", i ? ", " : "", keys[i].name);
	return fail(err, ERROR_USAGE, "unknown key '%s': %s", name, str_c(&names));
}

static int take_key(
    struct instruction_settings *settings, const char *name, const char *value, struct error **err)
{
	for (size_t i = 0; i < KEYS; i++) {
		if (strcmp(name, keys[i].name) != 0)
			continue;
		if (!value)
			return fail(err, ERROR_USAGE, "key '%s' needs a value", name);
		return keys[i].take(settings, value, err);
	}
	return unknown_key(name, err);
}

/* Of several values for a key the last one counts. */
static int parse(struct instruction_settings *settings, char **pairs, struct error **err)
{
	for (; *pairs; pairs += 2) {
		if (take_key(settings, pairs[0], pairs[1], err) < 0)
			return -1;
	}
	if (settings->delineated == INSTRUCTION_DELINEATE &&
	    settings->instruction != INSTRUCTION_TRANSLATE)
		return fail(err, ERROR_USAGE,
		    "'delineated json' describes sources: format python.psf-v3 or python.pyi");
	if (settings->delineated != INSTRUCTION_TRANSLATE)
		settings->instruction = settings->delineated;
	return 0;
}

static int process(const char *target, const char *source,
    const struct instruction_settings *settings, struct notes *notes, struct error **err)
{
	if (settings->instruction == INSTRUCTION_ARCHIVE)
		return replicate(target, source, err);
	/* It is not stopped: the process ends, and that takes less time. */
	if (interpreter_need(err) < 0)
		return -1;
	if (settings->instruction == INSTRUCTION_DELINEATE) {
		const struct delineate_options options = {
		    settings->make.factor, settings->make.recorded, settings->make.encoding};

		return delineate(target, source, &options, notes, err);
	}
	if (settings->instruction == INSTRUCTION_REDUCE)
		return mkbytecode(target, source, &settings->make, notes, err);
	return mkast(target, source, &settings->make, notes, err);
}

static void add_warnings(
    const struct reporter *reporter, const struct notes *notes, struct str *ret)
{
	for (size_t i = 0; i < notes->count; i++)
		reporter_render(reporter, "warning", notes->items[i], ret);
}

static void print_warnings(const struct notes *notes)
{
	autostr struct str text = STR_INIT;
	struct reporter reporter;

	if (!notes->count)
		return;
	reporter_init(&reporter, WHEN_AUTO, WHEN_NEVER);
	add_warnings(&reporter, notes, &text);
	reporter_print(&reporter, str_slice(&text));
}

static int need_paths(struct error **err)
{
	return fail(err, ERROR_USAGE, "OUT and SRC are needed: see 'kiln help cc'");
}

/* A request: OUT SRC [KEY VALUE]..., the pairs beside those that the worker was started with. */
static int instruct(const struct instruction_settings *start, const struct work_request *request,
    struct notes *notes, struct error **err)
{
	struct instruction_settings settings = *start;
	autostr struct str target = STR_INIT;
	autostr struct str source = STR_INIT;

	if (request->argument_count < 2)
		return need_paths(err);
	if (parse(&settings, request->arguments + 2, err) < 0)
		return -1;
	work_request_path(request, request->arguments[0], &target);
	work_request_path(request, request->arguments[1], &source);
	if (!settings.make.recorded)
		settings.make.recorded = request->arguments[1];
	return process(str_c(&target), str_c(&source), &settings, notes, err);
}

static int work(void *context, const struct work_request *request, struct str *output)
{
	autonotes struct notes notes = {NULL, 0};
	autoerror struct error *error = NULL;
	struct reporter reporter;
	int result = instruct(context, request, &notes, &error);

	reporter_init(&reporter, WHEN_NEVER, WHEN_NEVER);
	add_warnings(&reporter, &notes, output);
	if (result == 0)
		return 0;
	reporter_render(&reporter, "error", error, output);
	return command_status(error);
}

static bool is_worker_flag(const char *word)
{
	return strcmp(word, "--worker") == 0 || strcmp(word, "--persistent_worker") == 0;
}

/* `--worker [KEY VALUE]...`; Bazel adds --persistent_worker, wherever that comes to stand. */
static int serve(int argc, char **argv)
{
	struct instruction_settings settings = {.make.optimize = MAKE_OPTIMIZE_NONE};
	const struct worker_service service = {&settings, usable_processors(), work};
	autofree char **pairs = xcalloc((size_t)argc + 1, sizeof(*pairs));
	autoerror struct error *error = NULL;
	size_t count = 0;

	for (int i = 0; i < argc; i++) {
		if (!is_worker_flag(argv[i]))
			pairs[count++] = argv[i];
	}
	if (parse(&settings, pairs, &error) < 0)
		return command_fail(error);
	interrupt_install();
	/* The processes that work are forked from this one, and have it at once. */
	if (interpreter_start(&error) < 0 ||
	    worker_serve(&service, STDIN_FILENO, STDOUT_FILENO, &error) < 0)
		return command_fail(error);
	return 0;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct instruction_settings settings = {.make.optimize = MAKE_OPTIMIZE_NONE};
	autonotes struct notes notes = {NULL, 0};
	autoerror struct error *error = NULL;
	int result;

	if (argc == 1 && command_asks_help(argv[0]))
		return command_print_help(command);
	if (argc && is_worker_flag(argv[0]))
		return serve(argc, argv);
	if (argc && strcmp(argv[0], "--") == 0) {
		argv++;
		argc--;
	}
	if (argc < 2) {
		(void)need_paths(&error); /* always -1 */
		return command_fail(error);
	}
	if (parse(&settings, argv + 2, &error) < 0)
		return command_fail(error);
	interrupt_install();
	result = process(argv[0], argv[1], &settings, &notes, &error);
	print_warnings(&notes);
	if (result < 0)
		return command_fail(error);
	/* OUT is complete, but whoever sent a signal is to learn that it came. */
	return interrupted() ? 128 + interrupt_signal() : 0;
}

const struct command command_cc = {
    .name = "cc",
    .arguments = "OUT SRC [KEY VALUE]...",
    .summary = "Perform one processing instruction of a construction context",
    .details =
	"SRC is translated into a unit, or described; a unit is reduced to bytecode; a directory\n"
	"is replicated: as the keys say. OUT is replaced atomically, its parents are "
	"created.\n"
	"\n"
	"  format LANGUAGE.DIALECT   Of SRC: python.psf-v3 (the default), python.pyi,\n"
	"                            python.ast (a unit), directory.tree\n"
	"  factor PATH               Absolute factor path, injected as __factor__\n"
	"  cpython-optimize LEVEL    Optimization level -1, 0, 1 (the default) or 2\n"
	"  instrumentation SET       Must be empty in this version\n"
	"  metrics-trap PATH         Where captures go, injected as __metrics_trap__\n"
	"  delineated json           OUT becomes a directory that describes the elements of SRC\n"
	"  delineated archive        OUT becomes a copy of the units directory SRC\n"
	"  encoding NAME             Source encoding, overrides the cookie\n"
	"  check CHECK               Header of the bytecode: never (the default), time,\n"
	"                            hash, unchecked-hash\n"
	"  origin PATH               The path to record; by default SRC\n"
	"  context PATH, project PATH\n"
	"                            Where a text chapter stands; not used for Python\n"
	"\n"
	"  --worker [KEY VALUE]...   Serve requests of Bazel from standard input, in JSON, whose\n"
	"                            arguments are OUT SRC [KEY VALUE]...; these pairs hold\n"
	"                            for all\n"
	"\n"
	"Example: kiln cc tea.ast tea.py factor shop.tea &&\n"
	"         kiln cc tea.i tea.ast format python.ast\n",
    .run = run,
};
