/*
 * What decides about the results of many nodes alike: the program's version and build, the context, mode and features, the host, the
 * environment, and the programs that commands start, by their states.
 */
#ifndef KILN_PROCESS_SETTINGS_H
#define KILN_PROCESS_SETTINGS_H

#include "process/graph.h"

/* Set node->settings, a digest: while it is the same, the node's commands are the same if the node is, and do the same. What
 * was found once is kept in the mode. */
int settings_find(struct graph *graph, struct node *node, struct error **err);

#endif
