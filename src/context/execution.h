/*
 * Execution plans: `.sys` files, which name a program and its arguments. docs/formats.rst describes
 * the language under "Execution plans".
 */
#ifndef KILN_CONTEXT_EXECUTION_H
#define KILN_CONTEXT_EXECUTION_H

#include "base/fields.h"

/* Valid when all zero. */
struct execution {
	struct fields environment; /* NAME=VALUE to set, NAME alone to unset, in order */
	struct str executable;
	struct fields arguments; /* all, the name the program runs under first */
};

/* Parse a plan's text into *ret, which is all zero, or reused with its memory. Errors are
 * ERROR_USAGE with `name` and the line. */
int execution_parse(struct slice text, const char *name, struct execution *ret, struct error **err);

void execution_release(struct execution *execution);
#define autoexecution CLEANUP(execution_release)

#endif
