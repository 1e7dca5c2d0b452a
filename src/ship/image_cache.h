/*
 * The cache while an image is assembled: opened before the workers start, used by all of them, and
 * closed after they ended. Problems of the cache become warnings.
 */
#ifndef KILN_SHIP_IMAGE_CACHE_H
#define KILN_SHIP_IMAGE_CACHE_H

#include "jobs/reporter.h"
#include "ship/compile_bytecode.h"

struct image_cache_options {
	bool is_off;
	const char *directory; /* NULL: that of the user */
	uint64_t limit;
};

/* What became of a task, for all processes. */
struct image_cache_task {
	uint64_t stored; /* bytes in the cache */
	bool is_cached;	 /* nothing was compiled */
};

/* Valid when all zero. */
struct image_cache {
	struct cache cache;
	struct reporter *reporter;
	struct str identity;		/* of this program */
	struct str messages;		/* warnings of the task that is done, rendered */
	struct image_cache_task *tasks; /* in shared memory */
	size_t task_count;
};

/* Open the cache, and let workers that are forked afterwards compile with it. Fails if memory
 * cannot be shared. */
int image_cache_open(struct image_cache *cache, const struct image_cache_options *options,
    struct compile_options *compile, size_t task_count, struct reporter *reporter,
    struct error **err);

/* In a worker, after a task: remember what became of it, and append warnings to `messages`. */
void image_cache_note(struct image_cache *cache, size_t task, bool is_cached, struct str *messages);

/* After the workers ended: whether a task was taken from the cache. */
bool image_cache_has(const struct image_cache *cache, size_t task);

/* After the workers ended, also if they failed: prune the cache if that is due. */
void image_cache_end(struct image_cache *cache);

void image_cache_release(struct image_cache *cache);

#endif
