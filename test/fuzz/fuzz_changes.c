/*
 * Any text as a diff, as a .coveragerc, and as an area of --who.
 */
#include "metrics/changes.h"
#include "metrics/config.h"
#include "metrics/who.h"

#include "fuzz.h"

static struct paths paths;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_assert(paths_init(&paths, NULL) == 0);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autochanges struct changes changes = {.files = {NULL}};
	autocoverage_config struct coverage_config config = {.precision = 0};
	autofree char *copy = xmemdup0(data, size);
	struct slice text = slice_of(copy, size);
	struct who_area area;

	(void)changes_parse(text, &paths, SLICE_LITERAL("/top"), "diff", &changes, NULL);
	for (size_t i = 0; i < changes.files.count; i++)
		(void)changes_have(&changes, changes.files.entries[i].key, 1, 9);
	if (coverage_config_parse(&config, text, ".coveragerc", NULL) == 0)
		fuzz_assert(config.from.count == config.to.count);
	if (who_parse(copy, &area, NULL) == 0)
		fuzz_assert(area.path.len > 0 && area.path.len < size);
	return 0;
}
