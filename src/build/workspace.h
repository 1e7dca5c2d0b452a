/*
 * The workspace of a build: PRODUCT/.kiln-build, with the lock, the build state, the note `busy`
 * that stays if a build is killed, and a .gitignore of everything there.
 */
#ifndef KILN_BUILD_WORKSPACE_H
#define KILN_BUILD_WORKSPACE_H

#include "build/graph.h"
#include "jobs/reporter.h"

/* Lock a product, making its directory if need be: only one build or removal may run at a time.
 * Waits for another one, which the reporter says. Releasing the workspace unlocks the product.
 * ERROR_SYSTEM, also when interrupted. */
int workspace_lock(struct workspace *workspace, struct reporter *reporter, struct error **err);

/* Start a prefetch of the state and the stamps of images (build/prefetch.h), for
 * workspace_read_state(). A second call does nothing. */
void workspace_prefetch(struct workspace *workspace);

/* Read the build state, and find out whether the last build was killed. A damaged state counts as
 * empty: is_state_damaged is set, and with `warns` the reporter prints a warning. */
int workspace_read_state(
    struct workspace *workspace, struct reporter *reporter, bool warns, struct error **err);

/* Write the build state; the items are those of build_state_write(). */
int workspace_write_state(const struct workspace *workspace, struct build_state_item *items,
    size_t count, struct error **err);

/* Before images are changed: write the note `busy`, unless that was done. The workspace must be
 * locked. After the changes remove the note. */
int workspace_mark_busy(struct workspace *workspace, struct error **err);
void workspace_clear_busy(struct workspace *workspace);

/* Remove leftovers of killed builds below a directory of the product, which must be locked:
 * temporary files, stages, and directories that were being removed. Leftovers that cannot be
 * removed stay, and do no harm. */
void workspace_sweep(const struct workspace *workspace, struct slice directory);

/* Remove what a killed build left in the workspaces, which must be locked: temporary files and
 * stages. */
void workspaces_sweep(const struct graph *graph);

/* Before a build makes anything, for all workspaces, which must be locked: write the note `busy`
 * and the .gitignore, and make directories of images with their marks. */
int workspaces_begin(const struct graph *graph, struct error **err);

/* After a build: remove the notes. If workers were killed or something could not be removed
 * (`dirty`), remove the leftovers instead and keep the notes, so that the next build looks for
 * images that the workers could not report, and for the rest. */
void workspaces_end(const struct graph *graph, bool dirty);

/* Remove the directory with all in it, the lock last, which must be held. If another build makes
 * the directory again at once, that one stays. */
int workspace_remove(const struct workspace *workspace, struct error **err);

#endif
