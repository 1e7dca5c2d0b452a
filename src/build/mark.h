/*
 * Marks: how directories of images that builds in place made are told from others of the same name.
 *
 * The first directory on the way to an image that a build makes has a file in it, from its first
 * moment: where `.images` is made that, in one that somebody else made what is made there. A
 * directory with this file, and all below it, is kiln's.
 */
#ifndef KILN_BUILD_MARK_H
#define KILN_BUILD_MARK_H

#include "build/graph.h"

#define MARK_NAME ".kiln"

/* Make, for all images of a workspace, the first directory that is missing on the way to them, with
 * its mark. The workspace is locked. */
int mark_directories(
    const struct graph *graph, const struct workspace *workspace, struct error **err);

/* Remove the directory `path` below that of a product, which is locked, if it is empty or has its
 * mark alone: 1 if that was done, 0 if it has more in it, or is not there or only by a link. */
int mark_remove_directory(int product, const char *path, struct error **err);

/* Whether `path` below a directory (or AT_FDCWD) is a directory with a mark. ERROR_INPUT if that
 * cannot be told. */
int mark_is_in(int directory, const char *path, bool *ret, struct error **err);

#endif
