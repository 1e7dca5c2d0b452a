/*
 * Lock files (flock(2)).
 *
 * Whoever may open a file may lock it, also for reading only, and could block all others for ever.
 * So a lock file has mode 0600.
 */
#ifndef KILN_BASE_LOCK_H
#define KILN_BASE_LOCK_H

#include "base/place.h"

/* Open a lock file, which is created if it is missing; a link is not followed. Its mode is set to
 * 0600, in case another version left it with more. A file that root creates is given to the owner
 * of its directory, so that this user can lock it later. ERROR_SYSTEM with the number ENOENT if the
 * directory is missing, ELOOP or EISDIR if something else is there. */
int lock_open(struct place place, struct error **err);

#endif
