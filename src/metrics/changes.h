/*
 * Which lines of which files a diff adds or changes: the unified form that `git diff` writes.
 */
#ifndef KILN_METRICS_CHANGES_H
#define KILN_METRICS_CHANGES_H

#include "base/arena.h"
#include "base/map.h"
#include "metrics/paths.h"

struct changes {
	struct arena arena;
	struct map files; /* of what is changed, by the path that a source is known by */
};

/* Read a diff. Paths in it are below `top`, the top directory of the repository. ERROR_INPUT, with
 * `name` as its place, for hunks that do not have the lines that they announce. *ret is all zero
 * before. */
int changes_parse(struct slice text, const struct paths *paths, struct slice top, const char *name,
    struct changes *ret, struct error **err);

/* Read a diff from a file, "-" for standard input. The repository is that of the directory of
 * `paths`; where there is none, paths are below that directory. *ret is all zero before. */
int changes_read(
    const char *path, const struct paths *paths, struct changes *ret, struct error **err);

/* Whether any of the lines, both inclusive, of the file changed. */
bool changes_have(const struct changes *changes, struct slice path, int first, int last);

void changes_release(struct changes *changes);
#define autochanges CLEANUP(changes_release)

#endif
