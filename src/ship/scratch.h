/*
 * A private directory for files that are needed while a bundle is made: below TMPDIR, or /tmp.
 *
 * What may be as large as the image is not put there, but beside the image, where there must be
 * room for that anyway: unpacked images (ship/repack.c) and large contents of archives
 * (item_reader_unnamed()).
 */
#ifndef KILN_SHIP_SCRATCH_H
#define KILN_SHIP_SCRATCH_H

#include "base/tree.h"

/* Open one, as a stage that is never committed: tree_stage_discard() removes it, and a later run
 * that of a killed one. */
int scratch_open(struct tree_stage *scratch, struct error **err);

#endif
