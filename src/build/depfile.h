/*
 * Dependency files: what a compiler read, told as a rule for make(1).
 *
 * The syntax is that which gcc (libcpp, mkdeps.cc) and clang (DependencyFile.cpp) write, and others
 * after them:
 *
 *	TARGET...: PREREQUISITE... \
 *	  PREREQUISITE...
 *
 * A blank in a name has a backslash before it, and those that were before it are doubled; `\#`,
 * `\:` and `$$` are characters of names; other backslashes are themselves. There may be rules
 * without prerequisites (-MP), several rules and comments.
 */
#ifndef KILN_BUILD_DEPFILE_H
#define KILN_BUILD_DEPFILE_H

#include "base/fields.h"

/* The most bytes that a dependency file, and the most names that its rules, may have. */
#define DEPFILE_LIMIT ((size_t)16 << 20)
#define DEPFILE_NAMES ((size_t)1 << 16)

/* Append the prerequisites of all rules, in their order, as often as they are named; *ret_has_rule
 * tells whether there is any rule. What is no such file is ERROR_INPUT. */
int depfile_parse(struct slice text, struct fields *ret, bool *ret_has_rule, struct error **err);

#endif
