/*
 * Any text as entry_points.txt: each entry has what the header promises.
 */
#include "distribution/entry_points.h"
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
	autonotes struct notes notes = {NULL, 0};
	struct entry_points points;

	if (entry_points_parse(
		slice_of((const char *)data, size), "TEXT", &arena, &points, &notes, NULL) < 0)
		return 0;
	for (size_t i = 0; i < points.count; i++) {
		const struct entry_point *entry = &points.items[i];

		fuzz_assert(entry->group.data && entry->name.len > 0 && entry->module.len > 0);
		fuzz_assert(slice_is_utf8(entry->module) && slice_is_utf8(entry->attr));
		fuzz_assert(!memchr(entry->name.data, '\n', entry->name.len));
		(void)entry_point_is_script(entry); /* either is right */
	}
	return 0;
}
