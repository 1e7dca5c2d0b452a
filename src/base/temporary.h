/*
 * Names of what is not complete yet, beside what it will replace.
 *
 * `.NAME.kiln-CHECK` is a file, with `-XXXXXX` behind it a stage (tree.h), with `~` behind that
 * what one has set aside, and with `.d` a directory of files where several processes write NAME at
 * once. CHECK is made of what is before it, so that nobody else's name is taken for one. What has
 * such a name, belongs to this user, and is locked (flock(2)) by nobody was left by a process that
 * was killed.
 */
#ifndef KILN_BASE_TEMPORARY_H
#define KILN_BASE_TEMPORARY_H

#include "base/str.h"

/* Append the temporary path beside `path`, with `tail` behind it; NAME is shortened where it would
 * be too long. */
void temporary_path(struct str *ret, struct slice path, const char *tail);

/* Whether a name is one of those above. */
bool temporary_is(struct slice name);

/* Open a new file for reading and writing, locked, mode 0600, for what will be `path` below a
 * directory (or AT_FDCWD); what was left there is removed before. *ret_name is its path below the
 * directory, for free(). -1 with errno. */
int temporary_open(int directory, struct slice path, char **ret_name);

/* Make the last characters of a name such that nobody expects them. -1 with errno. */
#define TEMPORARY_RANDOM 6
int temporary_random(char *name);

/* After it has another name, or was removed: remove what was made around it. */
void temporary_end(int directory, const char *name);

#endif
