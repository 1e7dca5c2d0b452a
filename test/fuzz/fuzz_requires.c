/*
 * Any pyproject.toml: what it requires is found, and any version is allowed or not.
 */
#include "fuzz.h"
#include "python/requires.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autostr struct str specifiers = STR_INIT;

	requires_parse(slice_of((const char *)data, size), &specifiers);
	(void)requires_allows(str_slice(&specifiers), SLICE_LITERAL("3.11")); /* either is right */
	return 0;
}
