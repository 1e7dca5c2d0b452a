/*
 * Parsing command lines as Python's argparse does, for commands that stand in for modules of
 * CPython. They accept the same arguments; messages about wrong ones, and the text of --help, are
 * the same byte for byte as those of the embedded CPython (python/library.h). Texts in tables are
 * marked with N_() and translated here; single spaces separate their words.
 *
 * An option that CPython does not have is `own`. Own options never change the meaning of other
 * command lines: an abbreviation stands for CPython's option first, and an own "-0" behind an
 * option that needs a value is that value.
 */
#ifndef KILN_COMMAND_ARGPARSE_H
#define KILN_COMMAND_ARGPARSE_H

#include <stddef.h>

#include "base/str.h"

enum argparse_kind {
	ARGPARSE_HELP,	  /* print the help */
	ARGPARSE_FLAG,	  /* set a bool to true */
	ARGPARSE_COUNT,	  /* increment an int */
	ARGPARSE_STRING,  /* set a const char * to the value */
	ARGPARSE_CHOICE,  /* the same, but the value is one of `choices` */
	ARGPARSE_INTEGER, /* call `take` with the value */
	ARGPARSE_LIST,	  /* add the value to a struct fields */
};

struct argparse_option {
	const char *letter; /* "-j", NULL if it has none */
	const char *name;   /* "--workers", NULL if it has none */
	enum argparse_kind kind;
	const char *metavar;	    /* "WORKERS"; NULL for those without a value and choices */
	const char *const *choices; /* ended by NULL, sorted, for ARGPARSE_CHOICE */
	const char *help;	    /* untranslated */
	bool own;		    /* not in the usage, in a group of its own in the help */
	/* Of the member of the settings that the kind sets. Where the text "--" is no value for
	 * argparse, it sets the member to NULL, as if the option had not been given. */
	size_t offset;
	/* Gets a number, cut to the range of long. Called in the order of the command line, also
	 * for repeated options. */
	void (*take)(void *settings, long number);
};

struct argparse {
	const char *module;		       /* "compileall" */
	const char *description;	       /* untranslated, like all texts here */
	const struct argparse_option *options; /* ended by one without letter and name */
	const char *positional; /* name of the arguments in usage, help and messages: "FILE|DIR" */
	const char *positional_help;
	bool required; /* nargs='+'; otherwise nargs='*' */
};

struct argparse_result {
	const char **items; /* ended by NULL, borrowed from argv */
	size_t count;
	struct str output; /* with --help: for standard output */
	struct str error;  /* about a wrong command line: for standard error, status 2 */
	bool help;
};

void argparse_result_release(struct argparse_result *result);

/* Parse a command line into `settings`. False if the command must not run: then `help` and
 * `output`, or `error` are set, and the settings have the options before that. Release *ret in any
 * case. */
bool argparse_parse(const struct argparse *parser, int argc, char **argv, void *settings,
    struct argparse_result *ret);

/* The name of the program as argparse has it, for free(). */
char *argparse_program(const struct argparse *parser);

/* Append usage and message, with its line end, as parser.error() does. */
void argparse_error(const struct argparse *parser, const char *message, struct str *ret);

/* Append the help, wrapped to COLUMNS or the terminal's width. */
void argparse_help(const struct argparse *parser, struct str *ret);

/* Append the usage alone, with its line end. */
void argparse_usage(const struct argparse *parser, struct str *ret);

/* Whether an option is the end of the table. */
static inline bool argparse_is_end(const struct argparse_option *option)
{
	return !option->letter && !option->name;
}

/* Whether an option needs a value. */
static inline bool argparse_takes_value(const struct argparse_option *option)
{
	return option->kind >= ARGPARSE_STRING;
}

#endif
