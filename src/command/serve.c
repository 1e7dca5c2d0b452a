#include "command/serve.h"

#include "command/command.h"
#include "jobs/signals.h"
#include "python/interpreter.h"

int serve(void *context, unsigned processes,
    int (*work)(void *context, const struct work_request *request, struct str *output),
    struct error **err)
{
	struct reporter reporter;
	const struct persistent_worker service = {context, processes, work, &reporter};

	signals_install();
	reporter_init(&reporter, WHEN_NEVER, WHEN_NEVER);
	/* Before workers are forked, so that they have the interpreter at once. */
	if (interpreter_start(err) < 0)
		return -1;
	return persistent_worker_serve(&service, STDIN_FILENO, STDOUT_FILENO, err);
}

int serve_error(const struct error *error, struct str *output)
{
	struct reporter reporter;

	reporter_init(&reporter, WHEN_NEVER, WHEN_NEVER);
	reporter_render(&reporter, "error", error, output);
	return command_status(error);
}
