#include "command/reference.h"

#include "base/file.h"
#include "python/interpreter.h"

/* Level and recorded path as arguments, the source on standard input. */
static int run(const struct command *command, int argc, char **argv)
{
	autostr struct str source = STR_INIT;
	autostr struct str output = STR_INIT;
	autoerror struct error *error = NULL;
	int level = argc == 2 ? atoi(argv[0]) : -1;

	(void)command;
	if (level < 0 || level > 2)
		(void)fail(&error, ERROR_USAGE, "not for use by hand");
	else if (file_read_fd(STDIN_FILENO, "standard input", FILE_READ_LIMIT, &source, &error) <
		     0 ||
		 interpreter_reference(argv[1], str_slice(&source), level, &output, &error) < 0)
		(void)fail_prefix(&error, "cpython-bytecode");
	return error ? command_fail(error) : command_print(str_slice(&output));
}

const struct command command_reference = {
    .name = "cpython-bytecode",
    .arguments = "LEVEL PATH",
    .summary = "Be a fresh py_compile for one source: what build --pyc-bytes cpython runs",
    .run = run,
};
