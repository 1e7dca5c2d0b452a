/*
 * A private directory for files that are needed while a bundle is made: below TMPDIR, or /tmp.
 */
#ifndef KILN_SHIP_SCRATCH_H
#define KILN_SHIP_SCRATCH_H

#include "base/tree.h"

/* Open one, as a stage that is never committed: tree_stage_discard() removes it, and a later run
 * that of a killed one. */
int scratch_open(struct tree_stage *scratch, struct error **err);

#endif
