/*
 * The cache of compiled code for compileall --cache: the marshalled code of one source at one
 * level, without its header. docs/formats.rst, "Cache", describes the entries.
 *
 * A source about which something was printed is not stored, so that each run prints it. Problems of
 * the cache are warnings on standard error.
 */
#ifndef KILN_COMPILEALL_CODE_CACHE_H
#define KILN_COMPILEALL_CODE_CACHE_H

#include "cache/store.h"
#include "jobs/reporter.h"
#include "python/py_compile.h"

/* Valid when all zero: then nothing is cached. */
struct code_cache {
	struct cache cache;
	struct reporter *reporter;
	struct str facts;      /* what decides the code of all sources alike */
	struct py_store store; /* for py_source_use() */
};

/* Open the user's cache. If it cannot be opened, nothing is cached. */
void code_cache_open(struct code_cache *cache, struct reporter *reporter);

/* In each process that compiled: note what was stored, and prune the cache if that is due.
 * NULL is nothing. */
void code_cache_end(struct code_cache *cache);

void code_cache_release(struct code_cache *cache);

#endif
