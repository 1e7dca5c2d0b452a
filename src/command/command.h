/*
 * Commands and their options, as tables: parsing, --help and the overview come from them.
 *
 * Options are GNU-style: `--name VALUE`, `--name=VALUE`, `-nVALUE`, `-n VALUE`; short ones without
 * a value may be joined. `--` ends them; they may stand between arguments.
 */
#ifndef KILN_COMMAND_COMMAND_H
#define KILN_COMMAND_COMMAND_H

#include "base/str.h"
#include "command/argparse.h"
#include "jobs/reporter.h"

struct option {
	char letter;	      /* 0 if it has none */
	const char *name;     /* without dashes */
	const char *argument; /* what --help calls its value; NULL if it takes none */
	const char *help;     /* one sentence without its full stop */
	/* Takes the value (NULL for none) into the command's settings. */
	int (*take)(void *settings, const char *value, struct error **err);
};

struct command {
	const char *name;
	const char *arguments; /* for the usage line */
	const char *summary;   /* one line, for the overview */
	const char *details;   /* paragraphs behind the options, ended by newlines; or NULL */
	const struct option
	    *options; /* ended by one without a name; NULL when the command parses itself */
	/* Of a command that takes its arguments as argparse does; it has no `arguments`, `details`
	 * and `options` then. */
	const struct argparse *parser;
	/* Runs with the arguments after the command's name; the exit status. */
	int (*run)(const struct command *command, int argc, char **argv);
};

extern const struct command command_build;
extern const struct command command_cc;
extern const struct command command_clean;
extern const struct command command_compileall;
extern const struct command command_delineate;
extern const struct command command_help;
extern const struct command command_precompile;
extern const struct command command_py_compile;
extern const struct command command_query;

/* What option_parse() found beside options, and whether help was asked for. */
struct arguments {
	const char **items; /* ended by NULL, borrowed from argv */
	size_t count;
	bool help;
};

void arguments_release(struct arguments *arguments);
#define autoarguments CLEANUP(arguments_release)

/* Take the options of a command line into `settings`. Errors are ERROR_USAGE. */
int option_parse(const struct command *command, int argc, char **argv, void *settings,
    struct arguments *ret, struct error **err);

/* Take the value of the option called `name`: decimal digits only, between two bounds. ERROR_USAGE.
 */
int option_number(const char *name, const char *value, unsigned least, unsigned most, unsigned *ret,
    struct error **err);

/* Whether an argument is --help or -h, for a command that parses itself. */
bool command_asks_help(const char *argument);

/* Make the level that -1 stands for that of the interpreter's -O, given so often; 0 changes
 * nothing. */
void command_set_level(int given);

/* Print a command's help to standard output. */
int command_print_help(const struct command *command);

/* Write to standard output. ERROR_SYSTEM. */
int command_write(struct slice text, struct error **err);

/* The same, with the error printed: the exit status, 3 if that failed. */
int command_print(struct slice text);

/* The exit status of an error. */
int command_status(const struct error *error);

/* Print an error and give its exit status. After a signal that is 128 and its number, and only a
 * wrong command line is still worth printing. */
int command_fail_to(struct reporter *reporter, const struct error *error);

/* The same as text. */
int command_fail(const struct error *error);

/* The command of that name, also a hidden one; NULL if there is none, with an error that lists
 * them. */
const struct command *command_find(const char *name, struct error **err);

#endif
