/*
 * What the cache has of images: the bytecode of one source for one version of CPython, at all
 * levels that are wanted, and the warnings about the source. docs/formats.rst, "Cache", describes
 * the entries.
 */
#ifndef KILN_SHIP_COMPILED_H
#define KILN_SHIP_COMPILED_H

#include "cache/store.h"
#include "ship/compile_bytecode.h"

struct compiled {
	int root; /* of the bundle */
	const struct item *item;
	const struct compile_options *options; /* with a cache, or NULL for none */
	const char *recorded;
	struct slice bytes;    /* the source */
	const char *tag;       /* of the version */
	struct slice identity; /* of its executable (python/identity.h) */
	struct hash key;       /* set by compiled_get() */
};

/* Put the bytecode into the bundle if the cache has it, and add the warnings to `notes`. *ret_found
 * is whether it had; what cannot be read of an entry counts as missing. Errors are those of
 * compile_put(). */
int compiled_get(
    struct compiled *compiled, struct notes *notes, bool *ret_found, struct error **err);

/* Store what was compiled meanwhile, and is in the bundle, with the warnings about it. */
int compiled_put(struct compiled *compiled, const struct notes *notes, struct error **err);

#endif
