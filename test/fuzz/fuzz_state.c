/*
 * Any bytes as the state of a product. The checksum is made right, so that what is behind it is
 * reached: a state is refused, or writing what was read gives a state that reads as the same.
 */
#include "build/build_state.h"
#include "fuzz.h"

#define SIZE_LIMIT 65536

/* The file for all records of a state that can be read. */
static void write_again(const struct build_state *state, struct arena *arena, struct str *ret)
{
	size_t count = 0;
	autofree struct build_state_item *items = xcalloc(
	    state->by_image.count + 1, sizeof(struct build_state_item));

	for (size_t i = 0; i < state->by_image.count; i++) {
		const struct map_entry *entry = &state->by_image.entries[i];
		const struct record *record = build_state_entry(state, entry, arena);

		if (record)
			items[count++] = (struct build_state_item){entry->key, record, NULL};
	}
	fuzz_assert(build_state_write(state, items, count, ret, NULL) == 0);
}

/* The file with these bytes behind its header. */
static void make_file(struct slice bytes, struct str *ret)
{
	struct build_state_item none;
	struct hash hash;

	fuzz_assert(build_state_write(NULL, &none, 0, ret, NULL) == 0);
	fuzz_assert(hash_compute(HASH_BLAKE2B, bytes, &hash, NULL) == 0);
	/* Behind the digest is the number of dependencies, a byte. */
	str_truncate(ret, ret->len - 1);
	memcpy(ret->data + ret->len - HASH_SIZE, hash.bytes, HASH_SIZE);
	str_add_slice(ret, bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autoarena struct arena arena = {0};
	autobuild_state struct build_state first = {0}, second = {0};
	autostr struct str file = STR_INIT, raw = STR_INIT;
	autostr struct str written = STR_INIT, again = STR_INIT, copy = STR_INIT;

	if (size > SIZE_LIMIT)
		return 0;
	str_add(&raw, data, size);
	fuzz_assert(!build_state_parse(&first, &raw) || size > HASH_SIZE);
	build_state_release(&first);
	make_file(slice_of((const char *)data, size), &file);
	if (!build_state_parse(&first, &file)) {
		fuzz_assert(first.by_image.count == 0);
		return 0;
	}
	write_again(&first, &arena, &written);
	str_add_slice(&copy, str_slice(&written));
	fuzz_assert(build_state_parse(&second, &copy));
	fuzz_assert(second.by_image.count <= first.by_image.count);
	write_again(&second, &arena, &again);
	fuzz_assert(slice_equal(str_slice(&written), str_slice(&again)));
	return 0;
}
