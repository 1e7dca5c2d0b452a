/*
 * The counted regions of sources, for reports: so these have those that were never loaded, too.
 */
#ifndef KILN_RUN_DESCRIBED_H
#define KILN_RUN_DESCRIBED_H

#include "base/fields.h"
#include "base/hash.h"
#include "python/tree.h"

/* Append a text with the regions of a tree that was just parsed: lines with the hash, the types,
 * and the areas. */
int described_add(struct tree *tree, const char *path, const struct hash *hash, struct str *ret,
    struct error **err);

/* Write the texts `regions/NUMBER` of the open directory `session`, of the paths with these
 * numbers, as one description into the open directory `capture`, below `.kiln-described`. Sources
 * that have no text, and `others`, are left out. */
int described_write(int session, int capture, const struct fields *paths,
    const struct fields *others, struct error **err);

#endif
