/*
 * Any glob, then a newline, then any path: an answer, in time.
 */
#include "fuzz.h"
#include "image/glob.h"

#define SIZE_LIMIT 64

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autoarena struct arena arena = {NULL};
	struct slice rest = {(const char *)data, size}, pattern;
	const char *patterns[2] = {NULL, NULL};
	struct globs globs;

	if (size > SIZE_LIMIT || memchr(data, 0, size) || !slice_next(&rest, '\n', &pattern) ||
	    !rest.data)
		return 0;
	patterns[0] = arena_copy(&arena, pattern);
	globs_init(&globs, &arena, patterns);
	rest = slice_of(arena_copy(&arena, rest), rest.len);
	(void)globs_match(&globs, rest); /* either is right */
	return 0;
}
