/*
 * Performing a command of a construction context: in this process if it names this program, else by
 * starting what it names.
 *
 * A target appears complete or not at all, whatever the program does: a program that is started
 * is given a path in a stage beside the target (base/tree.h), which takes the target's place when
 * the program ends with status 0. It is a path that nobody else can lead elsewhere: relative to the
 * directory that the program runs in, unless others may write to that or to a directory on the way;
 * then it is that of a descriptor, in /proc. What was made in the build directory before is named
 * by a relative path, too.
 */
#ifndef KILN_BUILD_COMMAND_RUNNER_H
#define KILN_BUILD_COMMAND_RUNNER_H

#include "base/words.h"
#include "context/context.h"
#include "jobs/reporter.h"

/* What is the same for all commands of a build. */
struct command_runner {
	const struct reporter *reporter;
	unsigned timeout; /* seconds that a program may take, 0 for no limit */
};

struct command_run {
	const struct context_command *command;
	const char *const *environment; /* for a program: NAME=VALUE, ended by NULL */
	const char *directory;		/* to run it in: absolute */
	const int
	    *root; /* its descriptor: what is below it is reached from there; NULL for paths */
	const char *source; /* what standard input is, if the command wants that */
	const char *target; /* absolute */
	const char *log;    /* the log file's path */
	/* The path by which the command names a dependency file, or NULL, and what gets its
	 * content, if a program wrote one. */
	const char *dependencies;
	struct str *ret_dependencies;
};

struct command_usage {
	double seconds;	 /* of the clock */
	uint64_t memory; /* the most that was resident, bytes */
};

/* Whether a command is this program's own `cc` or `python-cc`; *ret_skip is then how many of all
 * its arguments come before OUT. */
bool command_is_own(const struct context_command *command, size_t *ret_skip);

/* Append the absolute path of the program that a command starts, found in PATH if it is a name.
 * ERROR_INPUT if there is none. */
int command_program(const struct context_command *command, struct str *ret, struct error **err);

/* The environment of a program: PATH, HOME and TMPDIR of this process, LC_ALL=C, SOURCE_DATE_EPOCH
 * if it is set, what `names` names, and what the plan says. For a key the first three are left out,
 * unless they are named: results do not depend on them. */
void command_environment(const struct context_command *command, const struct fields *names,
    bool is_key, struct fields *ret);

/* Perform. What the command has to say is rendered into `messages`. A command that failed is
 * ERROR_INPUT; its output and how it ended are in the log then. The log of a program is always
 * written. */
int command_runner_run(const struct command_runner *command_runner, const struct command_run *run,
    struct str *messages, struct command_usage *ret, struct error **err);

/* Append all words of a command, the name that it runs under first. */
void command_words(const struct context_command *command, struct fields *ret);

#endif
