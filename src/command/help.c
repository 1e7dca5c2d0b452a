#include "command/command.h"

const struct command *const commands[] = {&command_build, &command_cc, &command_help, NULL};

static int print_overview(void)
{
	autostr struct str text = STR_INIT;

	str_adds(&text, "usage: kiln COMMAND [OPTION]... [ARGUMENT]...\n"
			"       kiln help [COMMAND]\n"
			"       kiln --version\n"
			"\n"
			"Factor processor and image builder for Python.\n"
			"\n");
	for (const struct command *const *command = commands; *command; command++)
		str_addf(&text, "  %-8s %s\n", (*command)->name, (*command)->summary);
	return command_print(str_slice(&text));
}

static int run(const struct command *command, int argc, char **argv)
{
	autoerror struct error *error = NULL;

	(void)command;
	if (!argc)
		return print_overview();
	for (const struct command *const *other = commands; *other; other++) {
		if (strcmp((*other)->name, argv[0]) == 0)
			return command_print_help(*other);
	}
	(void)fail(&error, ERROR_USAGE, "unknown command '%s': see 'kiln help'", argv[0]);
	return command_fail(error);
}

const struct command command_help = {
    .name = "help",
    .arguments = "[COMMAND]",
    .summary = "Show what a command does and its options",
    .run = run,
};
