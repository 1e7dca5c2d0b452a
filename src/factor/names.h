/*
 * Names in projects: factor paths, and which entries of directories count.
 */
#ifndef KILN_FACTOR_NAMES_H
#define KILN_FACTOR_NAMES_H

#include "base/str.h"

/* The last identifier of a factor path, and what precedes it without the dot. */
struct slice factor_path_name(struct slice path);
struct slice factor_path_parent(struct slice path);

/* Whether a text is a factor path: identifiers with dots between them, none empty, UTF-8 without
 * slashes and control characters. With slashes for the dots, such a path leads out of no directory.
 * */
bool factor_path_is_valid(struct slice path);

/* Whether projects ignore entries of this name: caches and hidden entries. */
bool is_ignored(const char *name);

/* Append a path with one character replaced by another: dots and slashes turn factor paths into
 * directories and back. */
void add_replaced(struct str *ret, struct slice path, char from, char to);

#endif
