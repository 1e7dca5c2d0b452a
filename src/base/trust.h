/*
 * Whom this process trusts: root, and the user that it runs as.
 *
 * A file that belongs to another user, or is in a directory that group or others may write to, may
 * have been written by anybody. Programs in such a place are not run, and its content is not taken
 * for a result.
 */
#ifndef KILN_BASE_TRUST_H
#define KILN_BASE_TRUST_H

#include <sys/stat.h>

#include "base/fields.h"

/* Why a file or directory is not trusted, to be put behind its name ("belongs to another user");
 * NULL if it is trusted. The permissions of a link do not matter. */
const char *trust_fault(const struct stat *stat);

/* Check the directory `path` (absolute, its parents no links) with its content: no part is a link,
 * and nobody else can have written to any part or replaced a directory of the path. So the result
 * of the check stays true. ERROR_USAGE names the first part that fails; ERROR_SYSTEM if the system
 * refuses to look. */
int trust_check_tree(const char *path, struct error **err);

/* Open a directory (absolute) that holds programs, as far as nobody else can have put it there or
 * can replace any part of its path, of which none is a link. `owner` is trusted beside root and
 * this user: the owner of the program that runs. Returns a descriptor for *at() calls, or -1:
 * ERROR_USAGE names the part that fails, ERROR_SYSTEM with the errno if the system refuses. */
int trust_open_programs(const char *path, uid_t owner, struct error **err);

/* Why a program in such a directory is not trusted; NULL if it is. */
const char *trust_program_fault(const struct stat *stat, uid_t owner);

/* Check the entry `name` of a directory above the one that the command line names, where kiln found
 * the entry by itself (compare git's safe.directory, CVE-2022-24765). The entry and the directory
 * must belong to root, to this user or, under sudo, to the user who called it, and not be writable
 * by group and others; a sticky directory such as /tmp may be. `known` has the paths of directories
 * that are trusted anyway (NULL: none). ERROR_USAGE says how to add a directory to them. */
int trust_check_above(
    const char *directory, const char *name, const struct fields *known, struct error **err);

/* Check the declaration `name` in a directory, which may be the one that was named, before the
 * declaration makes another directory count. A declaration that anybody may have written decides
 * about its own tree only; one that only its owner can have written, also about other directories
 * of that owner. Both paths are absolute, without links. ERROR_USAGE as above. */
int trust_check_leading(const char *directory, const char *name, const char *to,
    const struct fields *known, struct error **err);

#endif
