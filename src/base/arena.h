/*
 * An arena: what lives together dies together.
 *
 * Allocations are aligned for any type, never freed one by one, and all released at once. A
 * zeroed arena is valid and empty.
 */
#ifndef KILN_BASE_ARENA_H
#define KILN_BASE_ARENA_H

#include "base/str.h"

struct arena_block;

struct arena {
	struct arena_block *block; /* newest first */
};

/* Uninitialized memory; a size of 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size);

/* Zeroed memory for `count` elements; aborts on overflow of the product. */
void *arena_zalloc(struct arena *arena, size_t count, size_t size);

/* Copies with a NUL after. */
char *arena_strdup(struct arena *arena, const char *string);
char *arena_copy(struct arena *arena, struct slice slice);
char *arena_printf(struct arena *arena, const char *format, ...) error_format(2, 3);

/* The slice of such a copy. */
static inline struct slice arena_slice(struct arena *arena, struct slice slice)
{
	return slice_of(arena_copy(arena, slice), slice.len);
}

void arena_release(struct arena *arena);
#define autoarena CLEANUP(arena_release)

#endif
