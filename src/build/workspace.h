/*
 * The directory of a product that a build works in: PRODUCT/.kiln-build.
 */
#ifndef KILN_BUILD_WORKSPACE_H
#define KILN_BUILD_WORKSPACE_H

#include "build/graph.h"
#include "jobs/reporter.h"

/* Lock a product, whose directory is made: one build, or one removal of its results, at a time. Waits for another one,
 * of which the reporter is told. Unlocked when the site is released. ERROR_SYSTEM, also when interrupted. */
int site_lock(struct site *site, struct reporter *reporter, struct error **err);

/* Begin to read what the last build knew, and to look at the images that it tells of; nothing waits for it until
 * site_read_state(). Does nothing a second time. */
void site_look_ahead(struct site *site);

/* Read what the last build knew. A damaged state is as good as none; the site then says so (is_state_damaged), and
 * the reporter is told if `warns`. Looks, too, whether the last build was killed. */
int site_read_state(struct site *site, struct reporter *reporter, bool warns, struct error **err);

/* Write what the next build is to know, as state_write(). */
int site_write_state(
    const struct site *site, struct state_item *items, size_t count, struct error **err);

/* Before images are changed: note that somebody is at work. The site is locked; the note goes with site_end(). */
int site_begin(const struct site *site, struct error **err);
void site_end(const struct site *site);

/* Remove what was left below a directory of the product, which is locked: temporary files, stages, and directories whose
 * removal failed. What cannot be removed is in nobody's way. */
void site_sweep(const struct site *site, struct slice directory);

/* Before something is made: remove what a build that was killed has left, temporary files and stages, and note that one is at
 * work. The sites are locked. */
int sites_begin(const struct graph *graph, struct error **err);

/* At the end: take the note away. If workers were killed (`dirty`), remove what they have left instead: they may have made images
 * of which they could not tell any more, which the next build looks for. */
void sites_end(const struct graph *graph, bool dirty);

/* Remove the directory with all in it, the lock, which is held, in the last place. Another build may have it made
 * anew already. */
int site_remove(const struct site *site, struct error **err);

#endif
