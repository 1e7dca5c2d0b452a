#include "base/file.h"
#include "command/command.h"
#include "jobs/signals.h"

int command_write(struct slice text, struct error **err)
{
	return file_write_fd(STDOUT_FILENO, "standard output", text, err);
}

int command_print(struct slice text)
{
	autoerror struct error *error = NULL;

	return command_write(text, &error) < 0 ? command_fail(error) : 0;
}

int command_status(const struct error *error)
{
	return error->kind > ERROR_SYSTEM ? ERROR_SYSTEM : (int)error->kind;
}

int command_fail_to(struct reporter *reporter, const struct error *error)
{
	if (interrupted() && error->kind != ERROR_USAGE) {
		reporter_clear(reporter);
		return 128 + signals_received();
	}
	reporter_error(reporter, error);
	return command_status(error);
}

int command_fail(const struct error *error)
{
	struct reporter reporter;

	reporter_init(&reporter, WHEN_AUTO, WHEN_NEVER);
	return command_fail_to(&reporter, error);
}
