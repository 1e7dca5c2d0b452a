/*
 * A tree of descriptions: for each source a directory with the path of the source, `a/b.py/`, below
 * one that is replaced whole.
 */
#ifndef KILN_SHIP_DESCRIPTIONS_H
#define KILN_SHIP_DESCRIPTIONS_H

#include "base/tree.h"
#include "image/plan.h"
#include "python/delineate.h"

struct descriptions {
	const char *output;
	struct tree_stage stage;
	struct plan directories; /* those that have descriptions in them */
	int64_t time;		 /* of what is made, as for bundle_put() */
};

#define DESCRIPTIONS_INIT ((struct descriptions){.stage = TREE_STAGE_INIT})

/* Whether a source is an interface, by its name: X.pyi. */
bool descriptions_is_interface(struct slice path);

/* Fail (ERROR_USAGE) if something is at `output` that may not be replaced. */
int descriptions_check(const char *output, bool force, struct error **err);

/* Say that a source with this path will be described; it is copied. Before descriptions_open(). */
void descriptions_expect(struct descriptions *descriptions, struct slice path);

/* Begin the tree at `output`, which is borrowed. */
int descriptions_open(
    struct descriptions *descriptions, const char *output, int64_t time, struct error **err);

/* Write the description of a source at its path. `origin` is the source for errors about it
 * (ERROR_INPUT), `recorded` its path for system-path. Workers may do so at once. */
int descriptions_put(const struct descriptions *descriptions, const char *path, const char *origin,
    const char *recorded, const struct delineation *delineation, struct error **err);

/* Remove what a worker that was lost may have left of a description. */
int descriptions_remove(
    const struct descriptions *descriptions, const char *path, struct error **err);

/* Put the tree in its place. */
int descriptions_commit(struct descriptions *descriptions, struct error **err);

/* Remove what was not committed. */
void descriptions_release(struct descriptions *descriptions);
#define autodescriptions CLEANUP(descriptions_release)

#endif
