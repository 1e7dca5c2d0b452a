#include <errno.h>
#include <fcntl.h>
#include <locale.h>

#include "base/path.h"
#include "command/command.h"
#include "command/pythons.h"
#include "image/archive.h"
#include "python/interpreter.h"
#include "python/tree.h"

static int print_version(void)
{
	autoerror struct error *error = NULL;
	autostr struct str text = STR_INIT;
	int status = 0, printed;

	str_addf(&text, "kiln %s\nCPython %s, bytecode magic %u\n", KILN_VERSION,
	    interpreter_version(), interpreter_magic() & 0xffff);
	if (pythons_add_others(&text, &error) < 0)
		status = command_fail(error);
	str_addf(&text, "%s\n", archive_library());
	printed = command_print(str_slice(&text));
	return printed ? printed : status;
}

static int run_command(const char *name, int argc, char **argv)
{
	autoerror struct error *error = NULL;
	const struct command *command = command_find(name, &error);

	return command ? command->run(command, argc, argv) : command_fail(error);
}

/* Open closed standard streams, so that no file that is opened later becomes one. Writing to them
 * still fails. */
static void hold_streams(void)
{
	int fd;

	do
		fd = TEMP_FAILURE_RETRY(open("/dev/null", O_RDONLY));
	while (fd >= 0 && fd <= STDERR_FILENO);
	cleanup_close(&fd);
}

/* Take `--parser WHICH`, which --help does not show, as the variable says it. *ret_count is how
 * many arguments that are. */
static int choose_parser(int argc, char **argv, int *ret_count, struct error **err)
{
	const char *parser;

	*ret_count = argc > 2 && strcmp(argv[1], "--parser") == 0 ? 2 : 0;
	if (*ret_count && setenv(TREE_PARSER, argv[2], true) < 0)
		return fail_errno(err, errno, "cannot set %s", TREE_PARSER);
	parser = getenv(TREE_PARSER);
	if (parser && *parser && strcmp(parser, "cpython") != 0 && strcmp(parser, "both") != 0)
		return fail(err, ERROR_USAGE, "no parser '%s': expected cpython or both", parser);
	return 0;
}

int main(int argc, char **argv)
{
	autoerror struct error *error = NULL;
	int count;

	hold_streams();
	pythons_init(argv);
	/* File names are UTF-8 in every environment; glibc always has this locale. */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	if (argc && slice_is(path_name(slice_c(argv[0])), "python-cc"))
		return command_cc.run(&command_cc, argc - 1, argv + 1);
	if (choose_parser(argc, argv, &count, &error) < 0)
		return command_fail(error);
	argc -= count;
	argv += count;
	if (argc < 2) {
		(void)fail(&error, ERROR_USAGE, "no command given: see 'kiln help'");
		return command_fail(error);
	}
	if (strcmp(argv[1], "--version") == 0)
		return print_version();
	if (command_asks_help(argv[1]))
		return command_help.run(&command_help, argc - 2, argv + 2);
	if (*argv[1] == '-') {
		(void)fail(&error, ERROR_USAGE, "unknown option '%s': see 'kiln help'", argv[1]);
		return command_fail(error);
	}
	return run_command(argv[1], argc - 2, argv + 2);
}
