/*
 * Regular expressions of Python: its own `re`.
 */
#ifndef KILN_PYTHON_REGEX_H
#define KILN_PYTHON_REGEX_H

#include "base/str.h"

struct regex;

/* Compile a pattern; starts the interpreter. A wrong one is ERROR_USAGE with CPython's message. */
int regex_new(const char *pattern, struct regex **ret, struct error **err);

/* Whether a path, decoded as CPython decodes names of files, has a match anywhere. */
int regex_search(const struct regex *regex, struct slice path, bool *ret, struct error **err);

void regex_free(struct regex *regex);

static inline void cleanup_regex(struct regex **regex)
{
	regex_free(*regex);
}
#define autoregex CLEANUP(cleanup_regex)

#endif
