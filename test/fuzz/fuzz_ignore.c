/*
 * A path, then a newline, then any list of patterns: an answer in both syntaxes, in time.
 */
#include "fuzz.h"
#include "base/path.h"
#include "image/ignore.h"

#define SIZE_LIMIT 256

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autoarena struct arena arena = {NULL};
	struct slice rest = {(const char *)data, size}, path;
	struct ignore_list list;
	bool descends;

	if (size > SIZE_LIMIT || !slice_next(&rest, '\n', &path) || !rest.data ||
	    !path_is_confined(path))
		return 0;
	path.data = arena_copy(&arena, path);
	ignore_parse(&list, &arena, rest, IGNORE_GIT, "git");
	(void)ignore_matches(&list, path, size % 2, &descends); /* either is right */
	ignore_parse(&list, &arena, rest, IGNORE_DOCKER, "docker");
	(void)ignore_matches(&list, path, size % 2, &descends); /* either is right */
	return 0;
}
