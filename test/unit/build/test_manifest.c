#include "cache/caches.h"

#include "build/manifest.h"

/* Dependencies whose contents are these bytes. */
#define FILE_WITH(path, byte)                                              \
	{                                                                  \
		{path, sizeof(path) - 1}, true, {1, 2, 3, {4, 5}, {6, 7}}, \
		{                                                          \
			{                                                  \
				byte                                       \
			}                                                  \
		}                                                          \
	}

static const struct dependency files[] = {
    FILE_WITH("/usr/include/stdio.h", 1),
    FILE_WITH("acme/one.h", 2),
    FILE_WITH("acme/one.h", 3),
    FILE_WITH("acme/two.h", 4),
};

/* A list of the files whose digits are in `chosen`. */
static struct dependencies choose(const char *chosen, struct arena *arena)
{
	struct dependencies list = {arena_zalloc(arena, strlen(chosen), sizeof(*list.items)), 0};

	for (; *chosen; chosen++)
		list.items[list.count++] = &files[*chosen - '0'];
	return list;
}

static void add(struct cache *cache, unsigned number, const char *chosen, bool replaces)
{
	autoarena struct arena arena = {0};
	autoerror struct error *error = NULL;
	struct dependencies list = choose(chosen, &arena);
	struct hash key = key_of(number);

	ck_ok(manifest_add(cache, &key, &list, replaces, &error), error);
}

/* Fails the test unless the manifest has these lists, a "|" behind each. */
static void expect(struct cache *cache, unsigned number, const char *expected)
{
	automanifest struct manifest manifest = {0};
	autoerror struct error *error = NULL;
	autostr struct str text = STR_INIT;
	struct hash key = key_of(number);

	ck_ok(manifest_read(cache, &key, &manifest, &error), error);
	for (size_t i = 0; i < manifest.list_count; i++) {
		const struct dependencies *list = &manifest.lists[i];

		for (size_t k = 0; k < list->count; k++) {
			ck_assert(list->items[k]->content.bytes[0] >= 1);
			str_addf(&text, "%d", list->items[k]->content.bytes[0] - 1);
			ck_assert(slice_equal(list->items[k]->path,
			    files[list->items[k]->content.bytes[0] - 1].path));
		}
		str_addc(&text, '|');
	}
	ck_assert_str_eq(str_c(&text), expected);
}

START_TEST(lists_come_back_the_newest_first_and_each_once)
{
	autocache struct cache cache = {0};
	WITH_WARNINGS;

	open_cache(&cache, &warnings);
	expect(&cache, 1, "");
	add(&cache, 1, "01", false);
	add(&cache, 1, "02", false);
	add(&cache, 1, "", false);
	add(&cache, 2, "3", false);
	expect(&cache, 1, "|02|01|");
	add(&cache, 1, "01", false);
	expect(&cache, 1, "01||02|");
	expect(&cache, 2, "3|");
	ck_no_warning(warnings);
}
END_TEST

START_TEST(what_was_made_anew_replaces_them)
{
	autocache struct cache cache = {0};

	open_cache(&cache, NULL);
	add(&cache, 1, "01", false);
	add(&cache, 1, "02", false);
	add(&cache, 1, "0", true);
	expect(&cache, 1, "0|");
}
END_TEST

START_TEST(there_are_not_more_than_a_few)
{
	autocache struct cache cache = {0};
	autoarena struct arena arena = {0};
	automanifest struct manifest manifest = {0};
	struct hash key = key_of(1);
	struct dependency file = files[0];
	struct dependencies list = {arena_zalloc(&arena, 1, sizeof(*list.items)), 1};

	open_cache(&cache, NULL);
	list.items[0] = &file;
	for (unsigned i = 0; i < 2 * MANIFEST_LISTS; i++) {
		file.content.bytes[0] = (unsigned char)i;
		ck_assert_int_eq(manifest_add(&cache, &key, &list, false, NULL), 0);
	}
	ck_assert_int_eq(manifest_read(&cache, &key, &manifest, NULL), 0);
	ck_assert_uint_eq(manifest.list_count, MANIFEST_LISTS);
	ck_assert_uint_eq(manifest.count, MANIFEST_LISTS);
	ck_assert_uint_eq(manifest.lists[0].items[0]->content.bytes[0], 2 * MANIFEST_LISTS - 1);
}
END_TEST

START_TEST(damage_is_as_good_as_nothing)
{
	static const struct slice bad[] = {
	    {"", 0},
	    {"kiln manifest 0\n\0\0", 18},
	    {"kiln manifest 1\n", 16},
	    {"kiln manifest 1\n\0\1", 18},
	    {"kiln manifest 1\n\0\x11", 18},
	    {"kiln manifest 1\n\0\0\0", 19},
	    {"kiln manifest 1\n\xff\xff\xff\xff\x7f\0", 22},
	};
	automanifest struct manifest manifest = {0};
	autostr struct str bytes = STR_INIT;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		str_truncate(&bytes, 0);
		str_add_slice(&bytes, bad[i]);
		ck_assert_msg(!manifest_parse(&manifest, &bytes), "%zu", i);
		ck_assert_uint_eq(manifest.list_count, 0);
	}
	str_add(&bytes, "kiln manifest 1\n\0\0", 18);
	ck_assert(manifest_parse(&manifest, &bytes));
}
END_TEST

START_TEST(files_stand_in_their_order_and_each_once)
{
	struct dependency swapped[] = {files[1], files[0]}, same[] = {files[0], files[0]};

	ck_assert(dependencies_are_sorted(files, 4));
	ck_assert(dependencies_are_sorted(files, 0));
	ck_assert(!dependencies_are_sorted(swapped, 2));
	ck_assert(!dependencies_are_sorted(same, 2));
}
END_TEST

START_TEST(keys_tell_commands_paths_and_contents_apart)
{
	static const char *const lists[] = {"", "0", "01", "02", "03", "013"};
	autoarena struct arena arena = {0};
	struct hash keys[12];

	for (size_t i = 0; i < 12; i++) {
		const struct hash command = {{(unsigned char)(i / 6)}};
		struct dependencies list = choose(lists[i % 6], &arena);

		ck_assert_int_eq(dependencies_key(&command, &list, &keys[i], NULL), 0);
		for (size_t k = 0; k < i; k++)
			ck_assert_mem_ne(keys[i].bytes, keys[k].bytes, HASH_SIZE);
	}
}
END_TEST

SUITE("build/manifest", lists_come_back_the_newest_first_and_each_once,
    what_was_made_anew_replaces_them, there_are_not_more_than_a_few, damage_is_as_good_as_nothing,
    files_stand_in_their_order_and_each_once, keys_tell_commands_paths_and_contents_apart)
