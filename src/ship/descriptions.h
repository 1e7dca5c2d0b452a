/*
 * A tree of descriptions: for each source a directory with the path of the source, such as
 * `a/b.py/`. The tree appears complete or not at all, and replaces an old one.
 *
 * Call descriptions_expect() for each source, then descriptions_open(), descriptions_put() and
 * descriptions_commit().
 */
#ifndef KILN_SHIP_DESCRIPTIONS_H
#define KILN_SHIP_DESCRIPTIONS_H

#include "base/tree.h"
#include "image/plan.h"
#include "python/delineate.h"

struct descriptions {
	const char *output;
	struct tree_stage stage;
	struct plan directories; /* directories that hold descriptions */
	int64_t time;		 /* of the files, as for bundle_put() */
};

#define DESCRIPTIONS_INIT ((struct descriptions){.stage = TREE_STAGE_INIT})

/* Whether a source is an interface, by its name: X.pyi. */
bool descriptions_is_interface(struct slice path);

/* Fail with ERROR_USAGE if `output` exists and may not be replaced. */
int descriptions_check(const char *output, bool force, struct error **err);

/* Announce a source that will be described; the path is copied. */
void descriptions_expect(struct descriptions *descriptions, struct slice path);

/* Begin the tree for `output`, which is borrowed. */
int descriptions_open(
    struct descriptions *descriptions, const char *output, int64_t time, struct error **err);

/* Write the description of a source to `path` in the tree. `origin` names the source in errors
 * (ERROR_INPUT); `recorded` becomes its system-path. Several workers may write at the same time. */
int descriptions_put(const struct descriptions *descriptions, const char *path, const char *origin,
    const char *recorded, const struct delineation *delineation, struct error **err);

/* Remove the incomplete description that a lost worker may have left. */
int descriptions_remove(
    const struct descriptions *descriptions, const char *path, struct error **err);

/* Put the tree in the place of `output`. */
int descriptions_commit(struct descriptions *descriptions, struct error **err);

/* Release, and remove a tree that was not committed. */
void descriptions_release(struct descriptions *descriptions);
#define autodescriptions CLEANUP(descriptions_release)

#endif
