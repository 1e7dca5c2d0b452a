/*
 * Command lines by the conventions of Python's argparse, for the commands that stand in for
 * modules of CPython: the same arguments are taken, and what is printed of wrong ones, and by
 * --help, is the same byte for byte (CPython 3.11). Texts of tables are marked with N_() and
 * translated here; words in them are separated by single spaces.
 *
 * Options that CPython does not have are `own`. They never change what a command line without
 * them means: CPython's options come first where a name is abbreviated, and an own "-0" is the
 * value of an option that wants one before it.
 */
#ifndef KILN_COMMAND_ARGPARSE_H
#define KILN_COMMAND_ARGPARSE_H

#include <stddef.h>

#include "base/str.h"

enum argparse_kind {
	ARGPARSE_HELP,	  /* the help is printed */
	ARGPARSE_FLAG,	  /* a bool becomes true */
	ARGPARSE_COUNT,	  /* an int is incremented */
	ARGPARSE_STRING,  /* a const char * becomes the value */
	ARGPARSE_CHOICE,  /* the same, but the value is one of `choices` */
	ARGPARSE_INTEGER, /* `take` is called with the value */
};

struct argparse_option {
	const char *letter; /* "-j", NULL if it has none */
	const char *name;   /* "--workers", NULL if it has none */
	enum argparse_kind kind;
	const char *metavar;	    /* "WORKERS"; NULL for those without a value and choices */
	const char *const *choices; /* ended by NULL, sorted, for ARGPARSE_CHOICE */
	const char *help;	    /* untranslated */
	bool own;		    /* not in the usage, in a group of its own in the help */
	/* Of the member of the settings that the kind is about. The text "--" is no value to
	 * argparse: the member becomes NULL then, as if the option had not been given. */
	size_t offset;
	/* Take a number, cut to the range of long. Called in the order of the command line, again
	 * for each repetition. */
	void (*take)(void *settings, long number);
};

struct argparse {
	const char *program;		       /* "compileall.py" */
	const char *description;	       /* untranslated, like all texts here */
	const struct argparse_option *options; /* ended by one without letter and name */
	const char *positional; /* how usage, help and messages call the arguments: "FILE|DIR" */
	const char *positional_help;
	bool required; /* nargs='+'; otherwise nargs='*' */
};

struct argparse_result {
	const char **items; /* ended by NULL, borrowed from argv */
	size_t count;
	struct str output; /* when help was asked for: for standard output */
	struct str error;  /* when the command line is wrong: for standard error; status 2 */
	bool help;
};

void argparse_result_release(struct argparse_result *result);

/* Take a command line. False if it is over with it: `help` and `output`, or `error` are set. What
 * options have taken before that stays in the settings. *ret must be released, whatever happened.
 */
bool argparse_parse(const struct argparse *parser, int argc, char **argv, void *settings,
    struct argparse_result *ret);

/* parser.error(): append usage and message, with its line end. */
void argparse_error(const struct argparse *parser, const char *message, struct str *ret);

/* Append the help, wrapped to COLUMNS or the terminal's width. */
void argparse_help(const struct argparse *parser, struct str *ret);

/* Append the usage alone, with its line end. */
void argparse_usage(const struct argparse *parser, struct str *ret);

/* Whether the table of options ends here. */
static inline bool argparse_is_end(const struct argparse_option *option)
{
	return !option->letter && !option->name;
}

/* Whether the option takes a value. */
static inline bool argparse_takes_value(const struct argparse_option *option)
{
	return option->kind >= ARGPARSE_STRING;
}

#endif
