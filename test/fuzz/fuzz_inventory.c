/*
 * Any inventory: the head and the stream as they are, then the input as what the stream unpacks to.
 */
#include <zlib.h>

#include "fuzz.h"
#include "record/inventory.h"

#define SIZE_LIMIT 4096

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static void read_inventory(struct slice content)
{
	autoinventories struct inventories inventories = {.count = 0};
	struct record_outside found;

	if (inventories_read(&inventories, content, SLICE_LITERAL("https://a.org/"), "fuzz", NULL) <
	    0)
		return;
	for (size_t i = 0; i < inventories.names.count; i++) {
		struct slice name = inventories.names.entries[i].key;

		fuzz_assert(inventories_lookup(&inventories, name, &found));
		fuzz_assert(slice_starts(found.url, SLICE_LITERAL("https://a.org/")));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autostr struct str content = STR_INIT;
	uLongf packed = compressBound(SIZE_LIMIT);

	if (size > SIZE_LIMIT)
		return 0;
	read_inventory(slice_of((const char *)data, size));
	str_adds(&content, "# Sphinx inventory version 2\n#\n#\n# compressed using zlib.\n");
	str_reserve(&content, packed);
	fuzz_assert(
	    compress((unsigned char *)content.data + content.len, &packed, data, size) == Z_OK);
	content.len += packed;
	read_inventory(str_slice(&content));
	return 0;
}
