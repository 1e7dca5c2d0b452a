/*
 * Any bytes as the body of a bytecode file: what is complete is so as a whole only; nothing is read
 * beyond the end.
 */
#include "fuzz.h"
#include "python/bytecode.h"

#define SIZE_LIMIT 65536

/* Ends in front of the whole that are tried. */
#define SHORTER_LIMIT 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autostr struct str bytes = STR_INIT;

	if (size > SIZE_LIMIT || !code_is_complete(slice_of((const char *)data, size)))
		return 0;
	for (size_t less = 1; less <= size && less <= SHORTER_LIMIT; less++)
		fuzz_assert(!code_is_complete(slice_of((const char *)data, size - less)));
	str_add(&bytes, (const char *)data, size);
	str_addc(&bytes, 'N');
	fuzz_assert(!code_is_complete(str_slice(&bytes)));
	return 0;
}
