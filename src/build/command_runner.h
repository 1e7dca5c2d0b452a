/*
 * Running a command of a construction context: in this process if the command is `kiln cc`, else by
 * starting the program that the command names.
 *
 * A target appears complete or not at all, whatever the program does. The program gets the path of
 * a stage beside the target (base/tree.h), and what it made there takes the target's place when the
 * program ends with status 0.
 *
 * No other user can lead the program elsewhere by a link. Paths of the stage and of units are
 * relative to the product, in which the program runs. If others may write to the product, or to a
 * directory between it and the target, the stage is named by its descriptor, in /proc.
 */
#ifndef KILN_BUILD_COMMAND_RUNNER_H
#define KILN_BUILD_COMMAND_RUNNER_H

#include "base/words.h"
#include "build/foreign_cc.h"
#include "context/context.h"
#include "jobs/reporter.h"

/* What all commands of a build share. */
struct command_runner {
	const struct reporter *reporter;
	unsigned timeout; /* seconds that a program may run, 0 for no limit */
};

struct command_run {
	const struct context_command *command;
	const char *const *environment;	 /* of the program: NAME=VALUE, ended by NULL */
	struct cc_place place;		 /* the directory in which the program runs */
	struct slice architecture;	 /* of the variant */
	struct foreign_pythons *pythons; /* that may serve a command of our own */
	const char *source;		 /* becomes standard input, if the command wants that */
	const char *target;		 /* absolute */
	const char *log;		 /* path of the log file */
	/* The path by which the command names a dependency file, or NULL. */
	const char *dependencies;
	/* Gets the dependency file's content; stays empty if the program wrote none. */
	struct str *ret_dependencies;
};

struct command_usage {
	double seconds;	 /* of the clock */
	uint64_t memory; /* the most that was resident, bytes */
};

/* Whether a command is this program's own `cc` or `python-cc`. If so *ret_skip is how many words of
 * the command come before OUT. */
bool command_is_own(const struct context_command *command, size_t *ret_skip);

/* Append the absolute path of the program that a command starts; a name is looked for in PATH.
 * ERROR_INPUT if there is no such program. */
int command_program(const struct context_command *command, struct str *ret, struct error **err);

/* The environment of a program: PATH, HOME and TMPDIR of this process, LC_ALL=C, SOURCE_DATE_EPOCH
 * if it is set, the variables that `names` lists, and those of the command. For a key (`is_key`)
 * PATH, HOME and TMPDIR are left out unless `names` lists them: results do not depend on them. */
void command_environment(const struct context_command *command, const struct fields *names,
    bool is_key, struct fields *ret);

/* Run a command. Its output is rendered into `messages`, *ret is what it used. A command that fails
 * is ERROR_INPUT; the log has its output and how it ended. A program always writes a log. */
int command_runner_run(const struct command_runner *command_runner, const struct command_run *run,
    struct str *messages, struct command_usage *ret, struct error **err);

/* Append all words of a command; the first is the name under which the program runs. */
void command_words(const struct context_command *command, struct fields *ret);

#endif
