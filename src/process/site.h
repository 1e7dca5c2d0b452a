/*
 * The directory of a product that a build works in: PRODUCT/.kiln-build.
 */
#ifndef KILN_PROCESS_SITE_H
#define KILN_PROCESS_SITE_H

#include "process/graph.h"
#include "process/reporter.h"

/* Lock a product, whose directory is made: one build, or one removal of its results, at a time. Waits for another one,
 * of which the reporter is told. Unlocked when the site is released. ERROR_SYSTEM, also when interrupted. */
int site_lock(struct site *site, struct reporter *reporter, struct error **err);

/* Read what the last build knew. A damaged state is as good as none; the site then says so (is_state_damaged), and
 * the reporter is told if `warns`. */
int site_read_state(struct site *site, struct reporter *reporter, bool warns, struct error **err);

#endif
