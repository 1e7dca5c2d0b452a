/*
 * Commands and their options, as tables, from which parsing, --help and the overview follow.
 *
 * Options are in GNU style: `--name VALUE`, `--name=VALUE`, `-nVALUE`, `-n VALUE`. Short options
 * without a value may be joined. Options may stand between arguments, unless the arguments are a
 * program's; `--` ends them.
 */
#ifndef KILN_COMMAND_COMMAND_H
#define KILN_COMMAND_COMMAND_H

#include <stddef.h>

#include "base/fields.h"
#include "base/str.h"
#include "command/argparse.h"
#include "jobs/reporter.h"

/* What an option does. */
enum option_kind {
	OPTION_TAKE,	/* call `take` */
	OPTION_HELP,	/* print the help */
	OPTION_IGNORED, /* nothing */
	OPTION_TRUE,	/* set a bool to true */
	OPTION_FALSE,	/* set a bool to false */
	OPTION_TEXT,	/* set a const char * to the value */
	OPTION_LIST,	/* add the value to a struct fields */
	OPTION_NUMBER,	/* set an unsigned to the value, a number from 1 to `most` */
	OPTION_CHOICE,	/* set an enum to the index of the word that is given */
	OPTION_SWITCH,	/* set a bool to whether the second of two words is given */
};

struct option {
	char letter;	      /* 0 if it has none */
	const char *name;     /* without dashes */
	const char *argument; /* name of its value in --help; NULL: it has no value */
	const char *help;     /* a sentence without its full stop */
	/* Changes the settings by the value; an option without a value passes its name. */
	int (*take)(void *settings, const char *value, struct error **err);
	enum option_kind kind;
	size_t offset; /* of the member of the settings that the kind sets */
	size_t given;  /* of a bool that any use of the option sets to true; 0: none */
	/* Of a choice or switch: the words in the order of their values, with ", " between them. Of
	 * a text or list: what a message about an empty value expects; NULL: may be empty. */
	const char *possible;
	unsigned most;
	bool is_path;	    /* the value is a path, or begins with one */
	bool is_repeatable; /* of OPTION_TAKE: each use adds; a list always is */
	bool is_last;	    /* what follows it and its value are arguments */
};

/* The offset of a member. Checks its type; an enum counts as unsigned. */
#define OPTION_MEMBER(settings, member, type) \
	(offsetof(settings, member) + 0 * sizeof(_Generic(((settings *)0)->member, type : 0)))

/* Initializers for the rest of an option in a table, after its help. */
#define TAKES_TRUE(settings, member) \
	.kind = OPTION_TRUE, .offset = OPTION_MEMBER(settings, member, bool)
#define TAKES_FALSE(settings, member) \
	.kind = OPTION_FALSE, .offset = OPTION_MEMBER(settings, member, bool)
#define TAKES_TEXT(settings, member, expected)                                        \
	.kind = OPTION_TEXT, .offset = OPTION_MEMBER(settings, member, const char *), \
	.possible = (expected)
#define TAKES_PATH(settings, member, expected) \
	TAKES_TEXT(settings, member, expected), .is_path = true
#define TAKES_LIST(settings, member, expected)                                         \
	.kind = OPTION_LIST, .offset = OPTION_MEMBER(settings, member, struct fields), \
	.possible = (expected)
#define TAKES_PATHS(settings, member, expected) \
	TAKES_LIST(settings, member, expected), .is_path = true
#define TAKES_NUMBER(settings, member, limit) \
	.kind = OPTION_NUMBER, .offset = OPTION_MEMBER(settings, member, unsigned), .most = (limit)
#define TAKES_CHOICE(settings, member, words)                                       \
	.kind = OPTION_CHOICE, .offset = OPTION_MEMBER(settings, member, unsigned), \
	.possible = (words)
#define TAKES_SWITCH(settings, member, words) \
	.kind = OPTION_SWITCH, .offset = OPTION_MEMBER(settings, member, bool), .possible = (words)
#define OPTIONS_END \
	{           \
		0   \
	}

struct command {
	const char *name;
	const char *arguments;	      /* for the usage line */
	const char *summary;	      /* one line, for the overview */
	const char *details;	      /* paragraphs after the options, ended by newlines; or NULL */
	const struct option *options; /* ended by one without a name; NULL: it parses itself */
	bool runs_program; /* what follows the first argument is for a program, also "-x" */
	/* For a command that parses as argparse does, which has no `arguments`, `details` and
	 * `options`; else NULL. */
	const struct argparse *parser;
	/* Runs the command with the arguments after its name; returns the exit status. */
	int (*run)(const struct command *command, int argc, char **argv);
};

extern const struct command command_build;
extern const struct command command_cc;
extern const struct command command_clean;
extern const struct command command_compileall;
extern const struct command command_delineate;
extern const struct command command_help;
extern const struct command command_image;
extern const struct command command_metrics;
extern const struct command command_precompile;
extern const struct command command_py_compile;
extern const struct command command_query;
extern const struct command command_record;
extern const struct command command_run;

/* The arguments that are no options, and whether --help was given. */
struct arguments {
	const char **items; /* ended by NULL, borrowed from argv */
	size_t count;
	bool help;
};

void arguments_release(struct arguments *arguments);
#define autoarguments CLEANUP(arguments_release)

/* Parse a command line: options into `settings`, arguments into *ret. Errors are ERROR_USAGE. */
int option_parse(const struct command *command, int argc, const char *const *argv, void *settings,
    struct arguments *ret, struct error **err);

/* Add the name of each option of a command line to `ret`. *ret_value is the last value of the
 * option `wanted`, or NULL. Nothing else is done. -1 if the command line cannot be parsed. */
int option_names(const struct command *command, int argc, const char *const *argv,
    const char *wanted, struct fields *ret, const char **ret_value);

/* Whether an argument is --help or -h, for a command that parses itself. */
bool command_asks_help(const char *argument);

/* Set the optimization level that -1 stands for, as the interpreter does for -O given so many
 * times. 0 changes nothing. */
void command_set_level(int given);

/* Print a command's help to standard output; returns the exit status. */
int command_print_help(const struct command *command);

/* Write to standard output. ERROR_SYSTEM. */
int command_write(struct slice text, struct error **err);

/* Write to standard output and print an error. Returns the exit status, 3 if writing failed. */
int command_print(struct slice text);

/* The exit status of an error. */
int command_status(const struct error *error);

/* Print an error and return its exit status. After a signal the status is 128 plus the signal's
 * number, and only an error of usage is printed. */
int command_fail_to(struct reporter *reporter, const struct error *error);

/* The same with a reporter that prints text. */
int command_fail(const struct error *error);

/* Find a command by its name, also a hidden one. NULL and an error that lists the commands if there
 * is none. */
const struct command *command_find(const char *name, struct error **err);

#endif
