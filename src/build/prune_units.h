/*
 * The directory of a node's units.
 */
#ifndef KILN_BUILD_PRUNE_UNITS_H
#define KILN_BUILD_PRUNE_UNITS_H

#include "build/graph.h"

/* Remove what is in it and is no unit of the record's inputs: units of sources that are gone, which
 * a command that takes the whole directory would take, too. */
int prune_units(const struct node *node, const struct record *record, struct error **err);

#endif
