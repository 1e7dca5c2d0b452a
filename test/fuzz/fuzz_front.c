/*
 * Any Markdown becomes a text that reStructuredText's reader takes, in time.
 */
#include "fuzz.h"
#include "record/docstring.h"
#include "record/front.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of((const char *)data, size);
	autoarena struct arena arena = {NULL};
	autostr struct str converted = STR_INIT;

	if (!slice_is_utf8(text))
		return 0;
	front_convert(text, &converted);
	fuzz_assert(docstring_parse(&arena, str_slice(&converted), DOCSTRING_SPHINX));
	return 0;
}
