/*
 * What a compiler may read beside the source that it is given.
 */
#ifndef KILN_PROCESS_INCLUDE_H
#define KILN_PROCESS_INCLUDE_H

#include "process/graph.h"

/*
 * Set ret[I] for each input of the node that a program which translates `input` may read, too: headers, sources
 * of unknown format and those of requirements that have no image; and of the node's other sources those that an `#include` names, by
 * their file name, in what is read. An `#include` that does not name a file itself may be of any. The source itself is not set.
 * ERROR_INPUT if a source cannot be read.
 */
int inputs_included(const struct node *node, size_t input, bool *ret, struct error **err);

#endif
