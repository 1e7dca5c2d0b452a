/*
 * The cache during a build: problems of the cache become warnings, and the build goes on.
 */
#ifndef KILN_CACHE_CACHE_SESSION_H
#define KILN_CACHE_CACHE_SESSION_H

#include "cache/store.h"
#include "jobs/reporter.h"

/* Open the cache in `directory`, or with NULL that of the user. If it cannot be opened, it stays
 * off.
 */
void cache_session_begin(
    struct cache *cache, const char *directory, uint64_t limit, struct reporter *reporter);

/* After a build: add what was stored to the cache's size, and prune if that is due. */
void cache_session_end(struct cache *cache, struct reporter *reporter);

#endif
