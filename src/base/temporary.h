/*
 * Names of incomplete results, beside what they will replace.
 *
 * `.NAME.kiln-CHECK` is a file, with `-XXXXXX` after it a stage (tree.h), with `~` after that
 * what a stage has set aside, and with `.d` a directory of files where several processes write NAME
 * at once. CHECK is computed from the text before it, so that the name of another program's file is
 * not mistaken for one. A path with such a name that belongs to this user and that nobody locks
 * (flock(2)) was left by a killed process.
 */
#ifndef KILN_BASE_TEMPORARY_H
#define KILN_BASE_TEMPORARY_H

#include "base/str.h"

/* Append the temporary path beside `path`, with `tail` after it; NAME is shortened where it would
 * be too long. */
void temporary_path(struct str *ret, struct slice path, const char *tail);

/* Whether a name is one of the names above. */
bool temporary_is(struct slice name);

/* Open a new file for reading and writing, locked, mode 0600, for what will be `path` below a
 * directory (or AT_FDCWD); what was left there is removed before. *ret_name is its path below the
 * directory, for free(). -1 with errno. */
int temporary_open(int directory, struct slice path, char **ret_name);

/* Replace the last characters of a name by random ones. -1 with errno. */
#define TEMPORARY_RANDOM 6
int temporary_random(char *name);

/* After the file was renamed or removed: remove what was created around it. */
void temporary_end(int directory, const char *name);

#endif
