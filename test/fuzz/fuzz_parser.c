/*
 * Any bytes as a source: what the parser accepts of them, CPython accepts without a warning, and
 * the trees are equal.
 */
#include "compare.h"
#include "fuzz.h"

/* Larger inputs find nothing new and take long. */
#define SIZE_LIMIT 4096

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_assert(compare_start());
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autostr struct str text = STR_INIT;

	if (size > SIZE_LIMIT || memchr(data, '\0', size))
		return 0;
	str_add(&text, data, size);
	str_reserve(&text, 1);
	if (slice_is_utf8(str_slice(&text)))
		fuzz_assert(!comparison_fault(compare_parsers(str_slice(&text))));
	return 0;
}
