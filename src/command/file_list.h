/*
 * Lists of file names that commands read from a file or from standard input.
 */
#ifndef KILN_COMMAND_FILE_LIST_H
#define KILN_COMMAND_FILE_LIST_H

#include "base/str.h"

enum names_form {
	NAMES_LINES,	 /* lines ended by \n, as Python reads them from standard input */
	NAMES_STRIPPED,	 /* the same without white space around them, as str.strip() does */
	NAMES_UNIVERSAL, /* the same, but \r ends lines too, as Python reads files */
	NAMES_NUL,	 /* ended by NUL, unchanged */
};

struct names {
	char **items;
	size_t count;
};

void names_release(struct names *names);
#define autonames CLEANUP(names_release)

void names_add(struct names *names, struct slice name);

/* Append the names in a text. A line with a NUL is no name: ERROR_INPUT. */
int names_split(struct names *names, struct slice text, enum names_form form, struct error **err);

#endif
