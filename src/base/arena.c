#include "base/arena.h"

#include <stdarg.h>

#define ARENA_UNIT _Alignof(max_align_t)
#define ARENA_FIRST_BLOCK ((size_t)4 << 10)
#define ARENA_LARGEST_BLOCK ((size_t)1 << 20)

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t size; /* of data, bytes */
	_Alignas(max_align_t) char data[];
};

static struct arena_block *block_new(size_t size)
{
	struct arena_block *block;

	if (size > SIZE_MAX - sizeof(*block))
		out_of_memory();
	block = xmalloc(sizeof(*block) + size);
	block->next = NULL;
	block->used = 0;
	block->size = size;
	return block;
}

/* A block with room for `size` bytes. A large object gets a block of its own, placed after the
 * newest block, so that the newest block's free room stays in use. */
static struct arena_block *add_block(struct arena *arena, size_t size)
{
	struct arena_block *newest = arena->block;
	size_t usual = newest ? newest->size * 2 : ARENA_FIRST_BLOCK;
	struct arena_block *block;

	if (usual > ARENA_LARGEST_BLOCK)
		usual = ARENA_LARGEST_BLOCK;
	if (newest && size > usual / 4) {
		block = block_new(size);
		block->next = newest->next;
		newest->next = block;
		return block;
	}
	block = block_new(size > usual ? size : usual);
	block->next = newest;
	arena->block = block;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->block;
	void *memory;

	if (size > SIZE_MAX - ARENA_UNIT)
		out_of_memory();
	size = size ? (size + ARENA_UNIT - 1) / ARENA_UNIT * ARENA_UNIT : ARENA_UNIT;
	if (!block || block->size - block->used < size)
		block = add_block(arena, size);
	memory = block->data + block->used;
	block->used += size;
	return memory;
}

void *arena_zalloc(struct arena *arena, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		out_of_memory();
	return memset(arena_alloc(arena, total), 0, total);
}

char *arena_copy(struct arena *arena, struct slice slice)
{
	char *copy;

	if (slice.len == SIZE_MAX)
		out_of_memory();
	copy = arena_alloc(arena, slice.len + 1);
	*slice_copy(copy, slice) = '\0';
	return copy;
}

char *arena_strdup(struct arena *arena, const char *string)
{
	return arena_copy(arena, slice_c(string));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	autostr struct str str = STR_INIT;
	va_list arguments;

	va_start(arguments, format);
	str_addv(&str, format, arguments);
	va_end(arguments);
	return arena_copy(arena, str_slice(&str));
}

void arena_release(struct arena *arena)
{
	struct arena_block *block = arena->block;

	while (block) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
	arena->block = NULL;
}
