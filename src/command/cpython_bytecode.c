#include "command/cpython_bytecode.h"

#include <errno.h>
#include <sys/prctl.h>

#include "base/file.h"
#include "jobs/signals.h"
#include "python/interpreter.h"

/* The level: 0 to 2, or -1 if it is wrong. */
static int level_of(const char *text)
{
	return text[0] >= '0' && text[0] <= '2' && !text[1] ? text[0] - '0' : -1;
}

static int compile(char **argv, struct str *output, struct error **err)
{
	autostr struct str source = STR_INIT;

	/* The worker that started this process ends it. */
	signals_uninstall();
	interpreter_limit_digits(atoi(argv[3]));
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return fail_errno(err, errno, "cannot set up the process");
	if (file_read_fd(STDIN_FILENO, "standard input", FILE_READ_LIMIT, &source, err) < 0)
		return -1;
	return interpreter_reference(
	    argv[1], str_slice(&source), level_of(argv[0]), argv[2], output, err);
}

/* Compile the source on standard input. */
static int run(const struct command *command, int argc, char **argv)
{
	autostr struct str output = STR_INIT;
	autoerror struct error *error = NULL;

	(void)command;
	if (argc != 4 || level_of(argv[0]) < 0)
		(void)fail(&error, ERROR_USAGE, "not for use by hand");
	else
		(void)compile(argv, &output, &error); /* an error says that it failed */
	return error ? command_fail(error) : command_print(str_slice(&output));
}

const struct command command_reference = {
    .name = "cpython-bytecode",
    .arguments = "LEVEL PATH DIRECTORY DIGITS",
    .summary = "Be a fresh py_compile for one source: what build --pyc-bytes cpython runs",
    .run = run,
};
