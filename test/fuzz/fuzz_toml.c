/*
 * Any bytes as TOML: refused with an error, or a table. The process that parses survives.
 */
#include "fuzz.h"
#include "python/interpreter.h"
#include "python/toml.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_assert(interpreter_start(NULL) == 0);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autoerror struct error *error = NULL;
	autojson struct json *json = NULL;

	if (toml_parse(slice_of((const char *)data, size), "input", &json, &error) == 0)
		fuzz_assert(json_is(json, JSON_OBJECT));
	else
		fuzz_assert(error->kind == ERROR_INPUT && !strstr(error->message, "has died"));
	return 0;
}
