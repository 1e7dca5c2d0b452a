/*
 * The directory of a product that a build works in: PRODUCT/.kiln-build.
 */
#ifndef KILN_BUILD_WORKSPACE_H
#define KILN_BUILD_WORKSPACE_H

#include "build/graph.h"
#include "jobs/reporter.h"

/* Lock a product, whose directory is made: one build, or one removal of its results, at a time.
 * Waits for another one, of which the reporter is told. Unlocked when the workspace is released.
 * ERROR_SYSTEM, also when interrupted. */
int workspace_lock(struct workspace *workspace, struct reporter *reporter, struct error **err);

/* Begin to read what the last build knew, and to look at the images that it tells of; nothing waits
 * for it until workspace_read_state(). Does nothing a second time. */
void workspace_prefetch(struct workspace *workspace);

/* Read what the last build knew. A damaged state is as good as none; the workspace then says so
 * (is_state_damaged), and the reporter is told if `warns`. Looks, too, whether the last build was
 * killed. */
int workspace_read_state(
    struct workspace *workspace, struct reporter *reporter, bool warns, struct error **err);

/* Write what the next build is to know, as build_state_write(). */
int workspace_write_state(const struct workspace *workspace, struct build_state_item *items,
    size_t count, struct error **err);

/* Before images are changed: note that somebody is at work. The workspace is locked; the note goes
 * with workspace_clear_busy(). */
int workspace_mark_busy(const struct workspace *workspace, struct error **err);
void workspace_clear_busy(const struct workspace *workspace);

/* Remove what was left below a directory of the product, which is locked: temporary files, stages,
 * and directories whose removal failed. What cannot be removed is in nobody's way. */
void workspace_sweep(const struct workspace *workspace, struct slice directory);

/* Before something is made: remove what a build that was killed has left, temporary files and
 * stages, and note that one is at work. The workspaces are locked. */
int workspaces_begin(const struct graph *graph, struct error **err);

/* At the end: take the note away. If workers were killed (`dirty`), remove what they have left
 * instead: they may have made images of which they could not tell any more, which the next build
 * looks for. */
void workspaces_end(const struct graph *graph, bool dirty);

/* Remove the directory with all in it, the lock, which is held, in the last place. Another build
 * may have it made anew already. */
int workspace_remove(const struct workspace *workspace, struct error **err);

#endif
