/*
 * Where a build writes in a product: below its directory, through no link, whatever the product came with.
 */
#ifndef KILN_PROCESS_PLACE_H
#define KILN_PROCESS_PLACE_H

#include "base/str.h"

/* Make the directory `path` below the directory `root`, a descriptor, with its parents. A link, or anything else that is no
 * directory, on the way is ERROR_INPUT. `path` is confined; an empty one is the root. `root_path` is for messages. */
int place_make(int root, struct slice root_path, struct slice path, struct error **err);

/* The same, and open it (O_PATH): the descriptor is the caller's. */
int place_open(int root, struct slice root_path, struct slice path, struct error **err);

/* Whether the directory `path` is there and reached through no link. */
bool place_is_ours(int root, struct slice path);

#endif
