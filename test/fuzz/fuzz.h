/*
 * What the fuzz targets share: the functions that libFuzzer calls, and an assertion that holds in
 * every build.
 */
#ifndef KILN_TEST_FUZZ_H
#define KILN_TEST_FUZZ_H

#include <stdint.h>
#include <stdlib.h>

#define fuzz_assert(condition)    \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
