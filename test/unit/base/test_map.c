#include "suite.h"

#include <sys/auxv.h>

#include "base/arena.h"
#include "base/map.h"

#define KEYS 50000

START_TEST(an_empty_map_has_nothing)
{
	automap struct map map = {0};

	ck_assert_ptr_null(map_get(&map, SLICE_LITERAL("a")));
	ck_assert_ptr_null(map_get(&map, slice_of(NULL, 0)));
}
END_TEST

START_TEST(a_new_key_has_no_value)
{
	automap struct map map = {0};
	void **value = map_at(&map, SLICE_LITERAL("a"));

	ck_assert_ptr_null(*value);
	ck_assert_uint_eq(map.count, 1);
	ck_assert_ptr_null(map_get(&map, SLICE_LITERAL("a")));
}
END_TEST

START_TEST(values_are_found_and_replaced)
{
	automap struct map map = {0};
	int one, two;

	*map_at(&map, SLICE_LITERAL("a")) = &one;
	*map_at(&map, SLICE_LITERAL("")) = &two;
	ck_assert_ptr_eq(map_get(&map, SLICE_LITERAL("a")), &one);
	ck_assert_ptr_eq(map_get(&map, slice_of(NULL, 0)), &two);
	*map_at(&map, SLICE_LITERAL("a")) = &two;
	ck_assert_ptr_eq(map_get(&map, SLICE_LITERAL("a")), &two);
	ck_assert_uint_eq(map.count, 2);
}
END_TEST

START_TEST(entries_have_their_keys)
{
	automap struct map map = {0};
	int one;

	ck_assert_ptr_null(map_find(&map, SLICE_LITERAL("a")));
	*map_at(&map, SLICE_LITERAL("a")) = &one;
	ck_assert_ptr_null(map_find(&map, SLICE_LITERAL("b")));
	ck_assert(slice_is(map_find(&map, SLICE_LITERAL("a"))->key, "a"));
	ck_assert_ptr_eq(map_find(&map, SLICE_LITERAL("a"))->value, &one);
}
END_TEST

START_TEST(keys_are_compared_as_bytes)
{
	automap struct map map = {0};
	int one, two;

	*map_at(&map, SLICE_LITERAL("a\0b")) = &one;
	*map_at(&map, SLICE_LITERAL("a\0c")) = &two;
	ck_assert_ptr_eq(map_get(&map, SLICE_LITERAL("a\0b")), &one);
	ck_assert_ptr_eq(map_get(&map, SLICE_LITERAL("a\0c")), &two);
	ck_assert_ptr_null(map_get(&map, SLICE_LITERAL("a")));
	ck_assert_ptr_null(map_get(&map, SLICE_LITERAL("a\0")));
}
END_TEST

START_TEST(many_keys_are_kept_in_order_of_insertion)
{
	automap struct map map = {0};
	autoarena struct arena arena = {0};

	for (size_t i = 0; i < KEYS; i++) {
		char *key = arena_printf(&arena, "%zu", i * 7919 % KEYS);

		*map_at(&map, slice_c(key)) = key;
	}
	ck_assert_uint_eq(map.count, KEYS);
	for (size_t i = 0; i < KEYS; i++) {
		char key[32];

		(void)snprintf(key, sizeof(key), "%zu", i * 7919 % KEYS);
		ck_assert(slice_is(map.entries[i].key, key));
		ck_assert_str_eq(map_get(&map, slice_c(key)), key);
	}
	ck_assert_ptr_null(map_get(&map, SLICE_LITERAL("50000")));
}
END_TEST

START_TEST(a_released_map_can_be_used_again)
{
	automap struct map map = {0};

	*map_at(&map, SLICE_LITERAL("a")) = &map;
	map_release(&map);
	ck_assert_ptr_null(map_get(&map, SLICE_LITERAL("a")));
	*map_at(&map, SLICE_LITERAL("a")) = &map;
	ck_assert_ptr_eq(map_get(&map, SLICE_LITERAL("a")), &map);
}
END_TEST

START_TEST(hashes_are_those_of_siphash_1_3)
{
	/* What CPython 3.11 has for bytes, with PYTHONHASHSEED 0 and 1. */
	static const uint64_t seeds[2][2] = {
	    {0, 0}, {UINT64_C(0xaed66ce184be2329), UINT64_C(0xebe9bbf1f1499052)}};
	static const struct {
		const char *key;
		uint64_t hashes[2];
	} cases[] = {
	    {"a", {UINT64_C(0x407448d2b89b1813), UINT64_C(0xd6300bc9f7cc0e73)}},
	    {"abcdefg", {UINT64_C(0x6db12aae9070f506), UINT64_C(0x2cc75771f0205010)}},
	    {"abcdefgh", {UINT64_C(0x3f7b849c0b8e35ea), UINT64_C(0xfd3011ff3947e7f4)}},
	    {"acme/press/feed/tray.py",
		{UINT64_C(0x4af587b339cf42c8), UINT64_C(0x42fd9f3734c325f9)}},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		for (size_t k = 0; k < 2; k++)
			ck_assert_uint_eq(
			    map_hash(seeds[k], slice_c(cases[i].key)), cases[i].hashes[k]);
	}
}
END_TEST

#define CHOSEN 30000
#define MULTIPLIER UINT64_C(0x9e3779b97f4a7c15)

/* How many keys at most stand one behind the other: as many are compared to find one. */
static size_t longest_run(const struct map *map)
{
	size_t longest = 0, run = 0;

	for (size_t i = 0; i < 2 * map->slot_count; i++) {
		run = map->slots[i % map->slot_count] ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}

/* Names of eight bytes that had all wanted one slot, when there was no seed: h(name) was known, and
 * could be inverted. */
static void add_chosen(struct map *map, struct arena *arena)
{
	uint64_t inverse = 1;

	for (int i = 0; i < 6; i++)
		inverse *= 2 - MULTIPLIER * inverse;
	for (uint64_t i = 1; i <= CHOSEN; i++) {
		uint64_t hash = i << 32;
		uint64_t name = ((hash ^ hash >> 32) * inverse) ^
				(UINT64_C(0xcbf29ce484222325) ^ sizeof(name));

		*map_at(
		    map, slice_of(arena_copy(arena, slice_of((const char *)&name, sizeof(name))),
			     sizeof(name))) = map;
	}
}

START_TEST(names_cannot_be_chosen_that_want_the_same_place)
{
	automap struct map map = {0};
	autoarena struct arena arena = {0};

	add_chosen(&map, &arena);
	ck_assert_uint_eq(map.count, CHOSEN);
	ck_assert_uint_lt(longest_run(&map), 500);
}
END_TEST

START_TEST(the_order_does_not_depend_on_the_seed)
{
	automap struct map one = {.seed = {1, 2}}, other = {.seed = {3, 4}};
	autoarena struct arena arena = {0};
	size_t same = 0;

	add_chosen(&one, &arena);
	add_chosen(&other, &arena);
	ck_assert_uint_eq(one.seed[0], 1);
	ck_assert_uint_eq(one.count, other.count);
	for (size_t i = 0; i < one.count; i++) {
		ck_assert(slice_equal(one.entries[i].key, other.entries[i].key));
		same += one.entries[i].hash == other.entries[i].hash;
	}
	ck_assert_uint_eq(same, 0);
}
END_TEST

START_TEST(a_process_and_those_that_it_forks_have_one_seed)
{
	automap struct map one = {0}, other = {0};

	*map_at(&one, SLICE_LITERAL("a")) = &one;
	*map_at(&other, SLICE_LITERAL("b")) = &other;
	ck_assert(one.seed[0] || one.seed[1]);
	ck_assert_mem_eq(one.seed, other.seed, sizeof(one.seed));
	ck_assert_mem_eq(one.seed, (const void *)getauxval(AT_RANDOM), sizeof(one.seed));
}
END_TEST

SUITE("base/map", an_empty_map_has_nothing, a_new_key_has_no_value, values_are_found_and_replaced,
    entries_have_their_keys, keys_are_compared_as_bytes, many_keys_are_kept_in_order_of_insertion,
    a_released_map_can_be_used_again, hashes_are_those_of_siphash_1_3,
    names_cannot_be_chosen_that_want_the_same_place, the_order_does_not_depend_on_the_seed,
    a_process_and_those_that_it_forks_have_one_seed)
