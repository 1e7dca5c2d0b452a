#include "run/program.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/spawn.h"
#include "jobs/signals.h"

/* How long a signal waits until it is sent on, in milliseconds. */
#define PATIENCE 100

int program_run(
    const char *const *arguments, const char *const *environment, int *ret, struct error **err)
{
	const struct spawn spawn = {
	    .program = arguments[0],
	    .arguments = arguments,
	    .environment = environment,
	    .input = STDIN_FILENO,
	    .output = STDOUT_FILENO,
	    .error = STDERR_FILENO,
	    .keeps_descriptors = true,
	};
	struct spawn_result result;
	bool is_sent = false;
	pid_t pid;

	if (spawn_start(&spawn, &pid, err) < 0)
		return -1;
	while (!spawn_await(pid, PATIENCE)) {
		int number = signals_received();

		if (is_sent || (number != SIGTERM && number != SIGHUP))
			continue;
		(void)kill(pid, number); /* it has not been waited for */
		is_sent = true;
	}
	if (spawn_wait(pid, &result, err) < 0)
		return -1;
	*ret = WIFSIGNALED(result.status) ? 128 + WTERMSIG(result.status)
					  : WEXITSTATUS(result.status);
	return 0;
}
