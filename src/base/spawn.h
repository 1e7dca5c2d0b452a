/*
 * The process spawner.
 *
 * Runs a program with an exact argument list and environment, no shell, no inherited descriptors
 * but the three standard ones unless others are wanted, default signal dispositions and an empty
 * signal mask. Of what a terminal, a shell or the end of a session sends (SIGINT, SIGQUIT, SIGHUP,
 * SIGTERM), what is ignored stays ignored, as nohup(1) wants it. A program is killed when the
 * thread that started it ends (prctl(2), PR_SET_PDEATHSIG).
 */
#ifndef KILN_BASE_SPAWN_H
#define KILN_BASE_SPAWN_H

#include <sys/resource.h>
#include <sys/types.h>

#include "base/str.h"

struct spawn {
	const char *program;		/* a path (in `directory` if relative), or a name in PATH */
	const char *const *arguments;	/* ended by NULL; the first is the name it runs under */
	const char *const *environment; /* ended by NULL; NULL for this process's */
	const char *directory;		/* to start in; NULL for the current one */
	const int *root;		/* its descriptor, whatever the path leads to; or NULL */
	int input;			/* descriptors for the three; -1 is /dev/null */
	int output;
	int error;
	bool keeps_descriptors;	   /* those without close-on-exec stay open */
	bool (*interrupted)(void); /* asked while spawn_run() waits; may be NULL */
};

struct spawn_result {
	int status;	     /* as waitpid() gives it */
	struct rusage usage; /* of the child */
};

/* Start; *ret is its process id. A program that cannot be executed is an error here. */
int spawn_start(const struct spawn *spawn, pid_t *ret, struct error **err);

/* Whether a child ends within this time. The caller still has to wait for it. */
bool spawn_await(pid_t pid, unsigned milliseconds);

/* Wait for the end of a child. */
int spawn_wait(pid_t pid, struct spawn_result *ret, struct error **err);

/* Start with `input` on its standard input (a file in memory, /dev/null if it is empty), append
 * its standard output and standard error to the given strs (either may be NULL: /dev/null), and
 * wait until both have ended, also those that its own children hold. More than `limit` bytes on
 * one of them are an error, which ends the child; so is that `interrupted` of `spawn` is true, also
 * if the child has ended by then. The input, output and error members of `spawn` are ignored. A
 * non-zero status is no error here. */
int spawn_run(const struct spawn *spawn, struct slice input, size_t limit, struct str *output,
    struct str *error_output, struct spawn_result *ret, struct error **err);

/* End a process that was forked, without the exit handlers of the one that it was forked from. In
 * builds that count what is run (-Db_coverage=true) the counts are written. */
_Noreturn void process_end(int status);

/* The most memory that was resident, in bytes, and the processor time. */
uint64_t usage_memory(const struct rusage *usage);
double usage_seconds(const struct rusage *usage);

/* "exit status 3", "killed by signal 9 (Killed)", ... appended to `ret`. */
void spawn_describe(int status, struct str *ret);

/* The path of this program, for `spawn.program` and stat(2). It works without /proc as long as the
 * working directory is that of the start. */
const char *spawn_self(void);

#endif
