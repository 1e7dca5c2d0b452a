/*
 * Commands and their options, as tables: parsing, --help and the overview come from them.
 *
 * Options are GNU-style: `--name VALUE`, `--name=VALUE`, `-nVALUE`, `-n VALUE`; short ones without
 * a value may be joined. `--` ends them; they may stand between arguments.
 */
#ifndef KILN_COMMAND_COMMAND_H
#define KILN_COMMAND_COMMAND_H

#include <stddef.h>

#include "base/fields.h"
#include "base/str.h"
#include "command/argparse.h"
#include "jobs/reporter.h"

/* What is done with an option. */
enum option_kind {
	OPTION_TAKE,	/* `take` is called */
	OPTION_HELP,	/* the help is printed */
	OPTION_IGNORED, /* nothing */
	OPTION_TRUE,	/* a bool becomes true */
	OPTION_FALSE,	/* a bool becomes false */
	OPTION_TEXT,	/* a const char * becomes the value */
	OPTION_LIST,	/* the value is added to a struct fields */
	OPTION_NUMBER,	/* an unsigned becomes the value, a number from 1 to `most` */
	OPTION_CHOICE,	/* an enum becomes the index of the word that the value is */
	OPTION_SWITCH,	/* a bool becomes whether the value is the second of two words */
};

struct option {
	char letter;	      /* 0 if it has none */
	const char *name;     /* without dashes */
	const char *argument; /* what --help calls its value; NULL if it takes none */
	const char *help;     /* one sentence without its full stop */
	/* Takes the value, or the option's name where it has none, into the settings. */
	int (*take)(void *settings, const char *value, struct error **err);
	enum option_kind kind;
	size_t offset; /* of the member of the settings that the kind is about */
	size_t given;  /* of a bool that becomes true with it; 0 for none */
	/* The words of a choice or switch, in the order of their values, with ", " between them. Of
	 * a text or list, what the message about an empty value asks for; NULL if it may be empty.
	 */
	const char *possible;
	unsigned most;
};

/* The offset of a member, whose type is checked. An enum is unsigned here. */
#define OPTION_MEMBER(settings, member, type) \
	(offsetof(settings, member) + 0 * sizeof(_Generic(((settings *)0)->member, type : 0)))

/* The rest of an option in a table, behind its help. */
#define TAKES_TRUE(settings, member) \
	.kind = OPTION_TRUE, .offset = OPTION_MEMBER(settings, member, bool)
#define TAKES_FALSE(settings, member) \
	.kind = OPTION_FALSE, .offset = OPTION_MEMBER(settings, member, bool)
#define TAKES_TEXT(settings, member, expected)                                        \
	.kind = OPTION_TEXT, .offset = OPTION_MEMBER(settings, member, const char *), \
	.possible = (expected)
#define TAKES_LIST(settings, member, expected)                                         \
	.kind = OPTION_LIST, .offset = OPTION_MEMBER(settings, member, struct fields), \
	.possible = (expected)
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
