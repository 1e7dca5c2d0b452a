/*
 * Manifests: cache entries with the lists of files that a command was found to read.
 *
 * The key of a compiler's result depends on the headers that the compiler read, which are known
 * only after it ran. So the cache is asked in two steps. The key of the command and its source
 * leads to a manifest, a set of lists of dependencies. A list whose files all have the same
 * contents as then gives the key of the result (dependencies_key()).
 */
#ifndef KILN_BUILD_MANIFEST_H
#define KILN_BUILD_MANIFEST_H

#include "build/dependency.h"
#include "cache/store.h"

/* The most lists in a manifest. Each branch of the sources may need its own. */
#define MANIFEST_LISTS 16

/* Valid when all zero: no lists. Dependencies have only a path and a content, no stamp. */
struct manifest {
	struct arena arena;
	struct str bytes; /* what was read; paths point into it */
	struct dependency *items;
	size_t count;
	struct dependencies lists[MANIFEST_LISTS]; /* the newest first */
	size_t list_count;
};

/* Read the manifest for the key of a command. A missing or damaged manifest has no lists. Errors
 * are those of cache_get_bytes(). */
int manifest_read(
    struct cache *cache, const struct hash *command, struct manifest *ret, struct error **err);

/* Parse the bytes of a manifest, and take them over. False if they are damaged: then there are no
 * lists. */
bool manifest_parse(struct manifest *manifest, struct str *bytes);

/* Store a list as the first one of the manifest for the key of a command. The lists that are there
 * stay, or go if `replaces`. Errors are those of the cache. */
int manifest_add(struct cache *cache, const struct hash *command, const struct dependencies *list,
    bool replaces, struct error **err);

void manifest_release(struct manifest *manifest);
#define automanifest CLEANUP(manifest_release)

#endif
