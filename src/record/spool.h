/*
 * A file without a name that several processes write to: what one pool of workers keeps for the
 * next one.
 */
#ifndef KILN_RECORD_SPOOL_H
#define KILN_RECORD_SPOOL_H

#include <stdatomic.h>

#include "base/str.h"

struct spool {
	int fd;
	_Atomic uint64_t *end; /* shared by all processes */
};

#define SPOOL_INIT ((struct spool){-1, NULL})

/* Where something is in it. */
struct spooled {
	uint64_t offset, size;
};

/* Make an empty one. Processes that are forked later share it. Errors are ERROR_SYSTEM. */
int spool_open(struct spool *spool, struct error **err);

/* Add bytes. */
int spool_write(
    const struct spool *spool, struct slice bytes, struct spooled *ret, struct error **err);

/* Append what was added. */
int spool_read(
    const struct spool *spool, const struct spooled *spooled, struct str *ret, struct error **err);

void spool_release(struct spool *spool);

#endif
