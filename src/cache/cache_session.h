/*
 * The cache as a build uses it: what is wrong with it is a warning, and the build goes on.
 */
#ifndef KILN_CACHE_CACHE_SESSION_H
#define KILN_CACHE_CACHE_SESSION_H

#include "cache/store.h"
#include "jobs/reporter.h"

/* Open the cache in `directory`, or with NULL the user's. It stays off if that cannot be. */
void cache_session_begin(
    struct cache *cache, const char *directory, uint64_t limit, struct reporter *reporter);

/* At the end: count what was stored, and prune if that is due. */
void cache_session_end(struct cache *cache, struct reporter *reporter);

#endif
