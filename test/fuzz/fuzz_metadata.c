/*
 * Any text as METADATA and as WHEEL: refused, or a name and a version.
 */
#include "distribution/metadata.h"
#include "distribution/name.h"
#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autoarena struct arena arena = {NULL};
	struct slice text = {(const char *)data, size};
	struct metadata metadata;
	struct wheel_info info;

	if (metadata_parse(text, "TEXT", &arena, &metadata, NULL) == 0)
		fuzz_assert(distribution_is_name(metadata.name) && metadata.version.len > 0);
	if (wheel_info_parse(text, "TEXT", &arena, &info, NULL) == 0)
		fuzz_assert(info.version.len > 1);
	return 0;
}
