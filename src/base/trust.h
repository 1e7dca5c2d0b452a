/*
 * Whom this process trusts: root, and the user that it runs as.
 *
 * What belongs to neither, or lies in a directory that group or others may write to, may have been
 * written by anybody: its programs are not run, and it is not taken for a result.
 */
#ifndef KILN_BASE_TRUST_H
#define KILN_BASE_TRUST_H

#include <sys/stat.h>

#include "base/fields.h"

/* What speaks against trusting a file or directory, to be put behind its name ("belongs to another
 * user"); NULL if nothing does. Permissions of a link mean nothing. */
const char *trust_fault(const struct stat *stat);

/* Check the directory `path` (absolute, its parents no links) with all that is in it: no part is a
 * link, and nobody else can have written any, nor put another directory in its place. So what was
 * checked is what is there later, too. ERROR_USAGE names the first thing of which that is not
 * certain; ERROR_SYSTEM is for what cannot be looked at. */
int trust_check_tree(const char *path, struct error **err);

/* Check what is called `name` in a directory above the one that the command line named, where it
 * was found without being asked for (git's safe.directory, CVE-2022-24765): it and the directory
 * belong to root or this user, or under sudo to the user who called that, and group and others may
 * write to neither; but the directory may be sticky, as /tmp is. `known` has the paths of
 * directories that are trusted nevertheless (NULL: none). ERROR_USAGE tells how to become one of
 * these. */
int trust_check_above(
    const char *directory, const char *name, const struct fields *known, struct error **err);

/* Check the same of the declaration `name` in a directory, which may have been named, before
 * another directory counts because of it: what is anybody's decides about its own tree and nothing
 * else, but what nobody but its owner can have written also about the other directories of that
 * user. Both paths are absolute, without links. ERROR_USAGE likewise. */
int trust_check_leading(const char *directory, const char *name, const char *to,
    const struct fields *known, struct error **err);

#endif
