/*
 * Any bytes as a manifest: it is refused, or its lists are of its files, and each gives a key.
 */
#include "build/manifest.h"
#include "fuzz.h"

#define SIZE_LIMIT 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	automanifest struct manifest manifest = {0};
	autostr struct str bytes = STR_INIT;
	const struct hash command = {{0}};
	struct hash key;

	if (size > SIZE_LIMIT)
		return 0;
	str_adds(&bytes, "kiln manifest 1\n");
	str_add(&bytes, data, size);
	if (!manifest_parse(&manifest, &bytes)) {
		fuzz_assert(manifest.list_count == 0 && manifest.count == 0);
		return 0;
	}
	fuzz_assert(manifest.list_count <= MANIFEST_LISTS);
	for (size_t i = 0; i < manifest.list_count; i++) {
		const struct dependencies *list = &manifest.lists[i];

		fuzz_assert(list->count <= manifest.count);
		for (size_t k = 0; k < list->count; k++)
			fuzz_assert(list->items[k]->path.data[list->items[k]->path.len] == '\0');
		fuzz_assert(dependencies_key(&command, list, &key, NULL) == 0);
	}
	return 0;
}
