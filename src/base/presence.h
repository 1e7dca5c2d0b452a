/*
 * The one way to ask whether a file exists.
 *
 * Only ENOENT and ENOTDIR mean that it does not. Any other failure is an error, of the kind that
 * errno_kind() gives, with the path as its place: it says nothing about the file.
 */
#ifndef KILN_BASE_PRESENCE_H
#define KILN_BASE_PRESENCE_H

#include <sys/stat.h>

#include "base/error.h"

/* 1 if the path exists, described in *ret (may be NULL); 0 if not; -1 if the system refuses to
 * tell. Links are followed: a dangling link does not exist. */
int presence_of(const char *path, struct stat *ret, struct error **err);

/* The same for a path below a directory (or AT_FDCWD), with the flags of fstatat(2); with
 * AT_SYMLINK_NOFOLLOW a dangling link exists. `shown` is the path for an error, NULL for `path`. */
int presence_at(int directory, const char *path, int flags, struct stat *ret, const char *shown,
    struct error **err);

/* 1 if the path is a directory, 0 if not, -1 if the system refuses to tell. */
int presence_of_directory(const char *path, struct error **err);

/* The same for a regular file. */
int presence_of_file(const char *path, struct error **err);

#endif
