/*
 * Marks: files that prove that a build in place made a directory of images.
 *
 * Somebody else may have a directory of the same name. So the topmost directory that a build makes
 * for images gets a mark: `.images`, or if `.images` exists already the directory made in there. A
 * directory with a mark, and all below it, belongs to kiln. Where the file system can rename
 * without replacing, the mark is there as soon as the directory has its name.
 */
#ifndef KILN_BUILD_MARK_H
#define KILN_BUILD_MARK_H

#include "build/graph.h"

#define MARK_NAME ".kiln"

/* For each image of a workspace make the topmost missing directory on its path, with a mark. The
 * workspace must be locked. */
int mark_directories(
    const struct graph *graph, const struct workspace *workspace, struct error **err);

/* Remove the directory `path` below a locked product, open as `product`, if it holds nothing or
 * only its mark. 1 if it does not exist any more; 0 if it holds more, is no directory, or is
 * reached by a link. */
int mark_remove_directory(int product, const char *path, struct error **err);

/* Whether `path` below a directory (or AT_FDCWD) is a directory with a mark. Fails if the mark
 * cannot be read. */
int mark_is_in(int directory, const char *path, bool *ret, struct error **err);

#endif
