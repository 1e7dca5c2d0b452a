/*
 * Files that processes lock (flock(2)).
 *
 * A lock can be had through a descriptor that can only read: so who may read such a file could keep all others out for ever.
 * It can be opened by its owner alone.
 */
#ifndef KILN_BASE_LOCK_H
#define KILN_BASE_LOCK_H

#include "base/error.h"

/* Open the file to be locked that is called `name`, a path below the directory `directory` (or AT_FDCWD), made if it is not
 * there; a link is not followed. It has mode 0600 then, also if another version left it with more; one that root makes
 * belongs to whom the directory it is in belongs, so that this user can lock it later. `shown` is for messages. ERROR_SYSTEM;
 * the number is ENOENT if there is no such directory. */
int lock_open(int directory, const char *name, const char *shown, struct error **err);

#endif
