/*
 * Lists of names of files, as commands read them from a file or from standard input.
 */
#ifndef KILN_COMMAND_FILE_LIST_H
#define KILN_COMMAND_FILE_LIST_H

#include "base/str.h"

enum names_form {
	NAMES_LINES,	 /* lines as Python reads them from standard input, ended by \n */
	NAMES_STRIPPED,	 /* the same without the white space around them: str.strip() */
	NAMES_UNIVERSAL, /* the same of lines as Python reads them from files, also ended by \r */
	NAMES_NUL,	 /* ended by NULs, taken as they are */
};

struct names {
	char **items;
	size_t count;
};

void names_release(struct names *names);
#define autonames CLEANUP(names_release)

void names_add(struct names *names, struct slice name);

/* Append the names in a text. A line with a NUL cannot be a name: ERROR_INPUT. */
int names_split(struct names *names, struct slice text, enum names_form form, struct error **err);

#endif
