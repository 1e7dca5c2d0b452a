#include "suite.h"

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

SUITE("base/map", an_empty_map_has_nothing, a_new_key_has_no_value, values_are_found_and_replaced,
    entries_have_their_keys, keys_are_compared_as_bytes, many_keys_are_kept_in_order_of_insertion,
    a_released_map_can_be_used_again)
