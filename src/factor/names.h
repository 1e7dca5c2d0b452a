/*
 * Names in projects: factor paths, and which entries of directories count.
 */
#ifndef KILN_FACTOR_NAMES_H
#define KILN_FACTOR_NAMES_H

#include "base/str.h"

/* The last identifier of a factor path, and what precedes it without the dot. */
struct slice factor_path_name(struct slice path);
struct slice factor_path_parent(struct slice path);

/* Whether these are identifiers with dots between them, none empty: UTF-8 without slashes and
 * control characters. Such a path with slashes for dots leads out of no directory. */
bool factor_path_is_valid(struct slice path);

/* Whether an entry of this name is never part of a project: caches, and all that is hidden. */
bool is_ignored(const char *name);

/* Append a path with one of these characters for the other: of a factor, or of a directory. */
void add_replaced(struct str *ret, struct slice path, char from, char to);

#endif
