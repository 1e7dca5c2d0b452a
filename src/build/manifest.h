/*
 * Manifests: what commands were found to read, in the cache.
 *
 * What a compiler reads is known only once it ran, so what it made cannot be found by all that
 * decides about it at once. Its command and source have a manifest, which tells what was read each
 * time: lists of dependencies. One whose files all have the contents that they had then gives the
 * key of the result (dependencies_key()).
 */
#ifndef KILN_BUILD_MANIFEST_H
#define KILN_BUILD_MANIFEST_H

#include "build/dependency.h"
#include "cache/store.h"

/* As many lists are kept: the sources of so many branches, say. */
#define MANIFEST_LISTS 16

/* Valid when all zero: no lists. Of the dependencies only paths and contents are known. */
struct manifest {
	struct arena arena;
	struct str bytes; /* which the paths are in */
	struct dependency *items;
	size_t count;
	struct dependencies lists[MANIFEST_LISTS]; /* the newest first */
	size_t list_count;
};

/* Read the manifest of a command with this key. One that is not there, or damaged, has no lists.
 * Errors are those of cache_get_bytes(). */
int manifest_read(
    struct cache *cache, const struct hash *command, struct manifest *ret, struct error **err);

/* Parse a manifest's bytes, which are taken over. False, without lists, if they are damaged. */
bool manifest_parse(struct manifest *manifest, struct str *bytes);

/* Store what a command was found to read now: with what was before, or with `replaces` instead of
 * that. Errors as above. */
int manifest_add(struct cache *cache, const struct hash *command, const struct dependencies *list,
    bool replaces, struct error **err);

void manifest_release(struct manifest *manifest);
#define automanifest CLEANUP(manifest_release)

#endif
