/*
 * Any bytes as JSON: refused with an error, or a tree.
 */
#include "base/json.h"
#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autoerror struct error *error = NULL;
	autojson cJSON *json = json_parse(
	    slice_of((const char *)data, size), "input", 1 << 20, &error);

	fuzz_assert(!json == !!error);
	return 0;
}
