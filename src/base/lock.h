/*
 * Files that processes lock (flock(2)).
 *
 * A lock can be had through a descriptor that can only read: so who may read such a file could keep
 * all others out for ever. It can be opened by its owner alone.
 */
#ifndef KILN_BASE_LOCK_H
#define KILN_BASE_LOCK_H

#include "base/place.h"

/* Open the file to be locked at a place, made if it is not there; a link is not followed. It has
 * mode 0600 then, also if another version left it with more; one that root makes belongs to whom
 * the directory it is in belongs, so that this user can lock it later. ERROR_SYSTEM; the number is
 * ENOENT if there is no such directory, ELOOP or EISDIR if something else is there. */
int lock_open(struct place place, struct error **err);

#endif
