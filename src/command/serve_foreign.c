#include "command/serve_foreign.h"

#include <sys/socket.h>
#include <unistd.h>

#include "build/foreign_cc.h"
#include "jobs/foreign_worker.h"
#include "jobs/signals.h"
#include "python/interpreter.h"
#include "ship/foreign_compile.h"

static int answer(struct slice bytes, int directory, struct notes *notes, struct error **err)
{
	struct unpacker request = unpacker_of(bytes);

	switch (unpack_number(&request)) {
	case FOREIGN_COMPILE:
		return foreign_compile_answer(&request, directory, notes, err);
	case FOREIGN_CC:
		return foreign_cc_answer(&request, directory, notes, err);
	}
	return fail(err, ERROR_INTERNAL, "a request that this version of kiln does not know");
}

/* Whether standard input is a socket, so that somebody who types the command is told. */
static bool is_socket(void)
{
	int type;
	socklen_t len = sizeof(type);

	return getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &len) == 0;
}

static int run(const struct command *command, int argc, char **argv)
{
	autoerror struct error *error = NULL;

	(void)command;
	(void)argv;
	if (argc || !is_socket()) {
		(void)fail(&error, ERROR_USAGE, "not for use by hand");
		return command_fail(error);
	}
	/* A closed socket must not kill this process, and signals of the terminal are for the
	 * process that started it: SIGPIPE is ignored by the first call, the others by the second.
	 */
	signals_install();
	signals_uninstall();
	if (interpreter_start(&error) < 0 ||
	    foreign_worker_serve(STDIN_FILENO, interpreter_short_version(), answer, &error) < 0)
		return command_fail(error);
	return 0;
}

const struct command command_serve_foreign = {
    .name = FOREIGN_WORKER_COMMAND,
    .arguments = "",
    .summary = "Work for a kiln that embeds another version of CPython",
    .run = run,
};
