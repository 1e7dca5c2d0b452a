#include "python/py_compile.h"

#include "base/file.h"
#include "base/message.h"
#include "command/argparse.h"
#include "command/command.h"
#include "command/file_list.h"
#include "command/pythons.h"
#include "command/python_stdout.h"
#include "jobs/signals.h"
#include "python/library.h"

struct settings {
	bool quiet;
	bool pyo;
	bool nul; /* names on standard input end with NUL */
	int optimize;
	struct fields pythons;
};

static void settings_release(struct settings *settings)
{
	fields_release(&settings->pythons);
}

static const struct argparse_option options[] = {
    {"-h", "--help", ARGPARSE_HELP, .help = N_("show this help message and exit")},
    {"-q", "--quiet", ARGPARSE_FLAG, .help = N_("Suppress error output"),
	.offset = offsetof(struct settings, quiet)},
    {"-0", NULL, ARGPARSE_FLAG, .own = true, .offset = offsetof(struct settings, nul),
	.help = N_(
	    "names on standard input are separated by NUL characters and taken as they are")},
    {"-O", NULL, ARGPARSE_COUNT, .own = true, .offset = offsetof(struct settings, optimize),
	.help = N_("optimize as the option of the Python interpreter does; -OO will remove "
		   "docstrings as well")},
    {NULL, "--python", ARGPARSE_LIST, "VERSION", .own = true,
	.offset = offsetof(struct settings, pythons),
	.help = N_("be the module of this version of CPython, such as 3.13; repeatable")},
    {NULL, "--pyo", ARGPARSE_FLAG, .own = true, .offset = offsetof(struct settings, pyo),
	.help = N_("use the compiled file names before PEP 488: .pyo when optimizing")},
    {NULL, NULL},
};

static const struct argparse parser = {
    .module = "py_compile",
    .description = N_("A simple command-line interface for py_compile module."),
    .options = options,
    .positional = "filenames",
    .positional_help = N_("Files to compile"),
    .required = true,
};

static int report(
    struct output *output, const struct settings *settings, const struct py_outcome *outcome)
{
	output_print(output, true, str_slice(&outcome->printed));
	if (outcome->raised == PY_RAISED_NOTHING)
		return 0;
	if (outcome->raised == PY_RAISED_SOURCE || outcome->raised == PY_RAISED_OTHER) {
		autofree char *message = xasprintf("%s: %s", outcome->type, str_c(&outcome->text));

		return output_uncaught(output, message);
	}
	if (!settings->quiet)
		output_print(output, true, str_slice(&outcome->text));
	return 1;
}

/* Compile sources up to the first one that fails. */
static int compile_all(
    struct output *output, const struct settings *settings, const struct names *names)
{
	int status = 0;

	for (size_t i = 0; i < names->count && !status && !interrupted(); i++) {
		CLEANUP(py_outcome_release) struct py_outcome outcome = {0};
		const char *name = names->items[i];
		autostr struct str path = STR_INIT;

		if (settings->pyo)
			py_cache_path(&path, slice_c(name), -1, true);
		py_compile(name, settings->pyo ? str_c(&path) : NULL, NULL, true, -1, PYC_DEFAULT,
		    0, &outcome);
		status = report(output, settings, &outcome);
	}
	return interrupted() ? 128 + signals_received() : status;
}

/* Add names from the command line, in some versions without newlines at their ends. */
static void add_arguments(const struct argparse_result *arguments, struct names *ret)
{
	for (size_t i = 0; i < arguments->count; i++) {
		struct slice name = slice_c(arguments->items[i]);

		while (library.strips_newlines && slice_ends(name, SLICE_LITERAL("\n")))
			name.len--;
		names_add(ret, name);
	}
}

static int read_names(enum names_form form, struct names *ret, struct error **err)
{
	autostr struct str text = STR_INIT;

	if (file_read_fd(STDIN_FILENO, "standard input", FILE_READ_LIMIT, &text, err) < 0)
		return -1;
	return names_split(ret, str_slice(&text), form, err);
}

static int compile_here(struct output *output, const struct settings *settings, bool reads,
    const struct argparse_result *arguments)
{
	autonames struct names names = {NULL, 0};
	autoerror struct error *error = NULL;

	if (!reads)
		add_arguments(arguments, &names);
	else if (read_names(settings->nul ? NAMES_NUL : NAMES_LINES, &names, &error) < 0)
		return output_uncaught(output, error->message);
	command_set_level(settings->optimize);
	/* Only now, as until here a signal would leave nothing to clean up. */
	signals_install();
	return compile_all(output, settings, &names);
}

static int compile_arguments(
    struct output *output, void *context, const struct argparse_result *arguments)
{
	const struct settings *settings = context;
	bool reads = arguments->count == 1 && strcmp(arguments->items[0], "-") == 0, is_own;
	autoerror struct error *error = NULL;
	int others, status;

	if (pythons_run_others(
		&settings->pythons, arguments->items, reads, &is_own, &others, &error) < 0)
		return command_fail(error);
	status = is_own ? compile_here(output, settings, reads, arguments) : 0;
	return status > others ? status : others;
}

static int run(const struct command *command, int argc, char **argv)
{
	CLEANUP(settings_release) struct settings settings = {0};

	return output_run(command->parser, argc, argv, &settings, compile_arguments);
}

const struct command command_py_compile = {
    .name = "py_compile",
    .summary = "Compile sources as python -m py_compile does",
    .parser = &parser,
    .run = run,
};
