/*
 * Removing units whose sources are gone.
 */
#ifndef KILN_BUILD_PRUNE_UNITS_H
#define KILN_BUILD_PRUNE_UNITS_H

#include "build/graph.h"

/* Remove all from the directory of a node's units that is no unit of the record's inputs. A command
 * that gets the whole directory would process leftovers, too. */
int prune_units(const struct node *node, const struct record *record, struct error **err);

#endif
