/*
 * Whether something is there: the one way to ask.
 *
 * Only ENOENT and ENOTDIR mean that nothing is. Any other failure of the look tells nothing about
 * what was asked for: it is an error, of the kind that errno_kind() gives its number, with the path
 * as its place, and never an answer.
 */
#ifndef KILN_BASE_PRESENCE_H
#define KILN_BASE_PRESENCE_H

#include <sys/stat.h>

#include "base/error.h"

/* 1 if a path leads to something, which *ret (may be NULL) describes; 0 if not; -1 if that cannot
 * be told. Links are followed: one that leads nowhere is not there. */
int presence_of(const char *path, struct stat *ret, struct error **err);

/* The same below a directory (or AT_FDCWD), with the flags of fstatat(2): with AT_SYMLINK_NOFOLLOW
 * a link is there itself. `shown` is the path for an error, NULL for `path`. */
int presence_at(int directory, const char *path, int flags, struct stat *ret, const char *shown,
    struct error **err);

/* 1 if a path leads to a directory, 0 if not, -1 if that cannot be told. */
int presence_of_directory(const char *path, struct error **err);

/* The same for a regular file. */
int presence_of_file(const char *path, struct error **err);

#endif
