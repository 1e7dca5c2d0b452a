/*
 * Dependency files: a compiler's list of the files that it read, as a rule for make(1).
 *
 * The syntax is the one that gcc (libcpp, mkdeps.cc), clang (DependencyFile.cpp) and other
 * compilers write:
 *
 *	TARGET...: PREREQUISITE... \
 *	  PREREQUISITE...
 *
 * A blank in a name has a backslash before it, and backslashes right before the blank are doubled.
 * `\#`, `\:` and `$$` stand for `#`, `:` and `$` in names. Any other backslash stands for itself.
 * There may be comments, several rules, and rules without prerequisites (-MP).
 */
#ifndef KILN_BUILD_DEPFILE_H
#define KILN_BUILD_DEPFILE_H

#include "base/fields.h"

/* The most bytes of a dependency file, and the most prerequisites in it. */
#define DEPFILE_LIMIT ((size_t)16 << 20)
#define DEPFILE_NAMES ((size_t)1 << 16)

/* Append the prerequisites of all rules in their order, repeated ones too. *ret_has_rule says
 * whether the file has a rule. A file with another syntax is ERROR_INPUT. */
int depfile_parse(struct slice text, struct fields *ret, bool *ret_has_rule, struct error **err);

#endif
