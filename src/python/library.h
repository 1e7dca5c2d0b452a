/*
 * The behaviour of standard library modules that differs between versions, for the code that
 * imitates them.
 * The build asks the modules of the CPython that is embedded (version/library.py).
 */
#ifndef KILN_PYTHON_LIBRARY_H
#define KILN_PYTHON_LIBRARY_H

#include <stdbool.h>

struct library {
	/* argparse: the name of a module that runs as program stands between these. */
	const char *program_before;
	const char *program_after;
	/* Help says "-j, --workers WORKERS"; else "-j WORKERS, --workers WORKERS". */
	bool value_once;
	/* Usage may be broken within "names [names ...]". */
	bool parts_repeated;
	/* textwrap: a line that is full keeps the space before a word longer than a line. */
	bool keeps_space;
	/* An ambiguous option is an error when its turn comes; else before any other option. */
	bool late_ambiguity;
	/* Of options that are joined: "-lj=3" is "-l -j 3"; "-lX" with an unknown X is "-l" and an
	 * unrecognized "-X"; and "-=" could match any option. Else the value is "=3", and the word
	 * with the unknown letter is refused whole. */
	bool strict_letters;
	/* "-j=--" has the value "--"; else none. */
	bool dashes_are_value;
	/* "-1x" is an argument, as "-1" is. */
	bool begins_as_number;
	/* The choices that a message lists are quoted. */
	bool quotes_choices;
	/* compileall: -s strips a prefix or nothing; else each component that both paths have. */
	bool strips_whole_prefix;
	/* pathlib, for -e: a loop of links is an error. */
	bool fails_on_loops;
	/* py_compile: newlines at the ends of names are dropped. */
	bool strips_newlines;
	/* re: the name of the exception for a wrong pattern, without its module. */
	const char *pattern_error;
	/* traceback: the marks below a line end with the line. */
	bool bounds_marks;
	/* traceback: a SyntaxError's message may suggest a keyword. */
	bool suggests_keywords;
};

extern const struct library library;

#endif
