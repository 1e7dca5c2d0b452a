#include "bazel/work_request.h"

#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

/* Requests one after the other, as a worker finds and reads them; in pieces of a length that the
 * first byte gives, which must change nothing. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request_scanner whole = {0}, pieces = {0};
	struct slice rest;
	size_t step;

	if (!size)
		return 0;
	step = data[0] % 7 + 1;
	rest = slice_of((const char *)data + 1, size - 1);
	for (;;) {
		CLEANUP(request_release) struct request request = {0};
		autoerror struct error *error = NULL;
		size_t len, found = 0;
		int result = request_scan(&whole, rest, &len, &error), other = 0;

		for (size_t seen = 0; !other && !found && seen < rest.len;) {
			seen = seen + step < rest.len ? seen + step : rest.len;
			other = request_scan(&pieces, slice_of(rest.data, seen), &found, NULL);
		}
		fuzz_assert(result == other);
		fuzz_assert(result < 0 || len == found);
		if (result < 0 || !len)
			return 0;
		(void)request_parse(slice_of(rest.data, len), &request, NULL); /* either is fine */
		rest = slice_of(rest.data + len, rest.len - len);
	}
}
