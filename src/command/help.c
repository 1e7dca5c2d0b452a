#include "command/command.h"

#include "command/cpython_bytecode.h"
#include "command/serve_foreign.h"

/* The commands in the order of the overview, without hidden ones. */
static const struct command *const commands[] = {&command_build, &command_image, &command_cc,
    &command_delineate, &command_record, &command_run, &command_metrics, &command_query,
    &command_clean, &command_py_compile, &command_compileall, &command_precompile, &command_help,
    NULL};

const struct command *command_find(const char *name, struct error **err)
{
	autostr struct str names = STR_INIT;

	for (const struct command *const *command = commands; *command; command++) {
		if (strcmp((*command)->name, name) == 0)
			return *command;
		str_addf(&names, "%s%s", names.len ? ", " : "", (*command)->name);
	}
	if (strcmp(command_reference.name, name) == 0)
		return &command_reference;
	if (strcmp(command_serve_foreign.name, name) == 0)
		return &command_serve_foreign;
	return fail_null(fail(
	    err, ERROR_USAGE, "unknown command '%s': expected one of %s", name, str_c(&names)));
}

static int print_overview(void)
{
	autostr struct str text = STR_INIT;

	str_adds(&text, "usage: kiln COMMAND [OPTION]... [ARGUMENT]...\n"
			"       kiln help [COMMAND]\n"
			"       kiln --version\n"
			"\n"
			"Compile, package and document trees of Python.\n"
			"\n");
	for (const struct command *const *command = commands; *command; command++)
		str_addf(&text, "  %-12s %s\n", (*command)->name, (*command)->summary);
	return command_print(str_slice(&text));
}

static int run(const struct command *command, int argc, char **argv)
{
	autoerror struct error *error = NULL;
	const struct command *other = command;

	if (!argc)
		return print_overview();
	if (argc > 1)
		(void)fail(
		    &error, ERROR_USAGE, "unexpected argument '%s': give one command", argv[1]);
	else if (!command_asks_help(argv[0]))
		other = command_find(argv[0], &error);
	return error ? command_fail(error) : command_print_help(other);
}

const struct command command_help = {
    .name = "help",
    .arguments = "[COMMAND]",
    .summary = "Show what a command does and its options",
    .run = run,
};
