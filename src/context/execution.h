/*
 * Execution plans: what a `.sys` file says of a program to run.
 *
 * The language is described in docs/formats.rst, "Execution plans".
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

/* Parse a plan's text into *ret, which is all zero or was used before (its memory is used again).
 * Errors are ERROR_USAGE about `name` with the line. */
int execution_parse(struct slice text, const char *name, struct execution *ret, struct error **err);

void execution_release(struct execution *execution);
#define autoexecution CLEANUP(execution_release)

#endif
