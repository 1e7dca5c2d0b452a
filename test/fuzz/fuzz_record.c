/*
 * Any text as RECORD: refused, or rows that read back the same once they are written.
 */
#include "distribution/record.h"
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
	autostr struct str text = STR_INIT;
	struct record record, again;

	if (record_parse(slice_of((const char *)data, size), "RECORD", &arena, &record, NULL) < 0)
		return 0;
	for (size_t i = 0; i < record.count; i++)
		record_write_row(&text, &record.rows[i]);
	fuzz_assert(record_parse(str_slice(&text), "RECORD", &arena, &again, NULL) == 0);
	fuzz_assert(again.count == record.count);
	for (size_t i = 0; i < record.count; i++) {
		fuzz_assert(slice_equal(again.rows[i].path, record.rows[i].path));
		fuzz_assert(again.rows[i].has_size == record.rows[i].has_size);
		fuzz_assert(again.rows[i].size == record.rows[i].size);
	}
	record_sort(&record);
	return 0;
}
