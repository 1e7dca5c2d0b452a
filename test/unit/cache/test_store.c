#include "suite.h"

#include <errno.h>

#include "cache/caches.h"

/* Bytes that have no period of a block's size. */
static char *make_bytes(size_t size)
{
	char *bytes = xmalloc(size + 1);

	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)(i * 31 + i / 255);
	return bytes;
}

static void put_bytes(const char *path, struct slice bytes, mode_t mode)
{
	autoerror struct error *error = NULL;

	ck_ok(file_replace(place_at(path), bytes, mode, 0, &error), error);
}

START_TEST(what_was_never_stored_is_not_found)
{
	autocache struct cache cache = {0};
	autostr struct str bytes = STR_INIT;
	WITH_WARNINGS;

	open_cache(&cache, &warnings);
	ck_assert(!fetch(&cache, 1, "target", NULL));
	ck_assert(!fetch_bytes(&cache, 1, &bytes));
	ck_assert(!suite_exists("target"));
	ck_no_warning(warnings);
}
END_TEST

START_TEST(files_of_any_size_come_back)
{
	static const size_t sizes[] = {0, 1, 5000, 65535 - ENTRY_HEADER_SIZE,
	    65536 - ENTRY_HEADER_SIZE, 65537 - ENTRY_HEADER_SIZE, 65535, 65536, 65537, 131072,
	    1000000};
	autocache struct cache cache = {0};
	WITH_WARNINGS;

	open_cache(&cache, &warnings);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		autofree char *data = make_bytes(sizes[i]);
		struct slice bytes = slice_of(data, sizes[i]);
		autostr struct str memory = STR_INIT, file = STR_INIT;
		struct hash expected, stored, found;

		ck_assert_int_eq(hash_compute(HASH_BLAKE2B, bytes, &expected, NULL), 0);
		put_bytes("result", bytes, 0644);
		stored = store(&cache, i, "result");
		ck_same(&stored, &expected);
		ck_assert(fetch(&cache, i, "target", &found));
		ck_same(&found, &expected);
		ck_assert_int_eq(file_read("target", sizes[i], &file, NULL, NULL), 0);
		ck_assert(slice_equal(str_slice(&file), bytes));
		str_adds(&memory, "kept");
		ck_assert(fetch_bytes(&cache, i, &memory));
		ck_assert_uint_eq(memory.len, 4 + sizes[i]);
		ck_assert_mem_eq(memory.data + 4, data, sizes[i]);
		stored = store_bytes(&cache, 1000 + i, bytes);
		ck_same(&stored, &expected);
		ck_assert(fetch(&cache, 1000 + i, "target", NULL));
		str_truncate(&file, 0);
		ck_assert_int_eq(file_read("target", sizes[i], &file, NULL, NULL), 0);
		ck_assert(slice_equal(str_slice(&file), bytes));
	}
	ck_no_warning(warnings);
}
END_TEST

START_TEST(files_have_the_modes_of_new_ones)
{
	autocache struct cache cache = {0};
	autoerror struct error *error = NULL;
	autostr struct str bytes = STR_INIT;
	struct hash key = key_of(2);
	bool found, executable = false;

	umask(027);
	open_cache(&cache, NULL);
	put_bytes("plain", slice_c("p"), 0600);
	put_bytes("program", slice_c("x"), 0700);
	store(&cache, 1, "plain");
	store(&cache, 2, "program");
	ck_assert(fetch(&cache, 1, "a", NULL) && fetch(&cache, 2, "b", NULL));
	ck_assert_int_eq(suite_mode("a"), 0640);
	ck_assert_int_eq(suite_mode("b"), 0750);
	ck_ok(cache_get_bytes(&cache, &key, &bytes, &found, &executable, NULL, &error), error);
	ck_assert(found && executable);
	ck_assert_str_eq(str_c(&bytes), "x");
}
END_TEST

START_TEST(what_was_at_the_target_is_replaced)
{
	autocache struct cache cache = {0};

	open_cache(&cache, NULL);
	suite_put("kept", "k");
	suite_put("target", "old");
	ck_assert_int_eq(symlink("kept", "link"), 0);
	store_bytes(&cache, 1, slice_c("new"));
	ck_assert(fetch(&cache, 1, "target", NULL) && fetch(&cache, 1, "link", NULL));
	ck_assert(fetch(&cache, 1, "a/b/target", NULL));
	suite_expect("target", "new");
	suite_expect("link", "new");
	suite_expect("kept", "k");
	suite_expect("a/b/target", "new");
	ck_assert_uint_eq(suite_count("."), 5);
}
END_TEST

START_TEST(files_come_back_in_an_open_directory)
{
	autocache struct cache cache = {0};
	autoclose int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct hash key = key_of(1);

	open_cache(&cache, NULL);
	(void)store_bytes(&cache, 1, SLICE_LITERAL("bytes"));
	suite_make("images");
	ck_assert_int_ge(here, 0);
	/* The second time it is not there any more. */
	for (int round = 0; round < 2; round++) {
		autoerror struct error *error = NULL;
		struct hash content;
		bool found;

		ck_ok(cache_get(&cache, &key, place_below(here, "images/it", "images/it"), &found,
			  &content, &error),
		    error);
		ck_assert(found);
		suite_expect("images/it", "bytes");
		ck_assert_uint_eq(suite_count("images"), 1);
		ck_assert_int_eq(unlink("images/it"), 0);
		ck_assert_int_eq(rmdir("images"), 0);
	}
}
END_TEST

START_TEST(directories_come_back_whole)
{
	autocache struct cache cache = {0};
	autoerror struct error *error = NULL;
	autofree char *large = make_bytes(200000);
	struct hash stored, found, computed;
	uint64_t size = 0;
	WITH_WARNINGS;

	umask(022);
	open_cache(&cache, &warnings);
	suite_make("tree/a/b/c");
	suite_make("tree/a.b");
	suite_make("tree/empty");
	suite_put("tree/a/f", "in a");
	suite_put("tree/a.b/f", "in a.b");
	suite_put("tree/a/b/\xff\n", "odd");
	suite_put("tree/nothing", "");
	put_bytes("tree/large", slice_of(large, 200000), 0755);
	ck_assert_int_eq(symlink("../a.b/f", "tree/a/link"), 0);
	stored = store(&cache, 1, "tree");
	ck_assert(fetch(&cache, 1, "new/copy", &found));
	ck_same(&found, &stored);
	ck_ok(content_digest(place_at("new/copy"), &computed, &size, &error), error);
	ck_same(&computed, &stored);
	ck_assert_uint_gt(size, 200000);
	suite_expect("new/copy/a/f", "in a");
	suite_expect("new/copy/a/link", "in a.b");
	suite_expect("new/copy/a/b/\xff\n", "odd");
	ck_assert_uint_eq(suite_count("new/copy"), 5);
	ck_assert_uint_eq(suite_count("new/copy/empty"), 0);
	ck_assert_int_eq(suite_mode("new/copy"), 0755);
	ck_assert_int_eq(suite_mode("new/copy/large"), 0755);
	ck_assert_int_eq(suite_mode("new/copy/a/f"), 0644);
	suite_put("new/copy/stale", "x");
	ck_assert(fetch(&cache, 1, "new/copy", NULL));
	ck_assert(!suite_exists("new/copy/stale"));
	ck_assert_uint_eq(suite_count("new"), 1);
	ck_no_warning(warnings);
}
END_TEST

START_TEST(a_directory_is_not_found_as_bytes)
{
	autocache struct cache cache = {0};
	autostr struct str bytes = STR_INIT;
	WITH_WARNINGS;

	open_cache(&cache, &warnings);
	suite_make("tree");
	store(&cache, 1, "tree");
	ck_assert(!fetch_bytes(&cache, 1, &bytes));
	ck_assert(fetch(&cache, 1, "target", NULL));
	ck_no_warning(warnings);
}
END_TEST

START_TEST(digests_of_directories_tell_what_differs)
{
	struct hash first, second;

	suite_make("a/d");
	suite_put("a/f", "x");
	suite_make("b/d");
	suite_put("b/f", "x");
	ck_assert_int_eq(content_digest(place_at("a"), &first, NULL, NULL), 0);
	ck_assert_int_eq(content_digest(place_at("b"), &second, NULL, NULL), 0);
	ck_same(&first, &second);
	ck_assert_int_eq(chmod("b/f", 0755), 0);
	ck_assert_int_eq(content_digest(place_at("b"), &second, NULL, NULL), 0);
	ck_assert_mem_ne(first.bytes, second.bytes, HASH_SIZE);
	ck_assert_int_eq(chmod("b/f", 0644), 0);
	ck_assert_int_eq(rename("b/d", "b/e"), 0);
	ck_assert_int_eq(content_digest(place_at("b"), &second, NULL, NULL), 0);
	ck_assert_mem_ne(first.bytes, second.bytes, HASH_SIZE);
}
END_TEST

START_TEST(results_that_cannot_be_read_are_errors)
{
	autocache struct cache cache = {0};
	struct hash key = key_of(1), content;
	WITH_WARNINGS;

	open_cache(&cache, &warnings);
	suite_make("tree");
	ck_assert_int_eq(mkfifo("tree/fifo", 0644), 0);
	for (unsigned i = 0; i < 3; i++) {
		static const char *const paths[] = {"missing", "tree/fifo", "tree"};
		autoerror struct error *error = NULL;

		ck_fails(cache_put(&cache, &key, place_at(paths[i]), false, &content, &error),
		    error, i ? "not a regular file" : "cannot open");
		ck_assert_int_eq(error->kind, ERROR_INPUT);
	}
	ck_assert(!fetch(&cache, 1, "target", NULL));
	ck_no_warning(warnings);
}
END_TEST

START_TEST(a_directory_with_a_link_that_leads_out_is_only_digested)
{
	autocache struct cache cache = {0};
	autofree char *path = path_of(1);
	struct hash stored, computed;
	WITH_WARNINGS;

	open_cache(&cache, &warnings);
	suite_make("tree");
	ck_assert_int_eq(symlink("/etc/passwd", "tree/link"), 0);
	stored = store(&cache, 1, "tree");
	ck_assert_int_eq(content_digest(place_at("tree"), &computed, NULL, NULL), 0);
	ck_same(&stored, &computed);
	ck_assert(!fetch(&cache, 1, "target", NULL));
	ck_assert(!cache.is_full);
	*strrchr(path, '/') = '\0';
	ck_assert_uint_eq(suite_count(path), 0);
	ck_no_warning(warnings);
}
END_TEST

START_TEST(the_first_result_of_a_key_stays)
{
	autocache struct cache cache = {0};
	struct hash first, second;
	uint64_t added;

	open_cache(&cache, NULL);
	first = store_bytes(&cache, 1, slice_c("first"));
	added = cache.added;
	second = store_bytes(&cache, 1, slice_c("second"));
	ck_assert_mem_ne(first.bytes, second.bytes, HASH_SIZE);
	ck_assert_uint_eq(cache.added, added);
	ck_assert(fetch(&cache, 1, "target", NULL));
	suite_expect("target", "first");
}
END_TEST

START_TEST(a_result_that_was_made_anew_replaces_the_one_that_there_was)
{
	autocache struct cache cache = {0};
	struct hash key = key_of(1), content, found;

	open_cache(&cache, NULL);
	(void)store_bytes(&cache, 1, slice_c("first"));
	ck_assert_int_eq(
	    cache_put_bytes(&cache, &key, slice_c("second"), false, true, &content, NULL), 0);
	ck_assert(fetch(&cache, 1, "target", &found));
	ck_same(&found, &content);
	suite_expect("target", "second");
	suite_put("third", "third");
	ck_assert_int_eq(cache_put(&cache, &key, place_at("third"), true, &content, NULL), 0);
	ck_assert(fetch(&cache, 1, "target", NULL));
	suite_expect("target", "third");
}
END_TEST

START_TEST(a_cache_that_is_off_computes_digests)
{
	autocache struct cache cache = {0};
	struct cache_counts counts;
	struct hash stored, expected;

	suite_put("result", "abc");
	ck_assert_int_eq(hash_compute(HASH_BLAKE2B, SLICE_LITERAL("abc"), &expected, NULL), 0);
	stored = store(&cache, 1, "result");
	ck_same(&stored, &expected);
	stored = store_bytes(&cache, 1, slice_c("abc"));
	ck_same(&stored, &expected);
	ck_assert(!fetch(&cache, 1, "target", NULL));
	ck_assert(!cache_update_total(&cache));
	ck_assert_int_eq(cache_prune(&cache, 0, &counts, NULL), 0);
	ck_assert_uint_eq(suite_count("."), 1);
}
END_TEST

START_TEST(nobody_else_sees_the_entries)
{
	autocache struct cache cache = {0};
	autofree char *entry = path_of(1);

	umask(0);
	open_cache(&cache, NULL);
	store_bytes(&cache, 1, slice_c("x"));
	ck_assert_int_eq(suite_mode("cache"), 0700);
	ck_assert_int_eq(suite_mode("cache/v1"), 0700);
	ck_assert_int_eq(suite_mode(entry), 0600);
	*strrchr(entry, '/') = '\0';
	ck_assert_int_eq(suite_mode(entry), 0700);
	ck_assert_uint_eq(suite_count(entry), 1);
}
END_TEST

/* Change one byte of the entry; whoever asks finds nothing, never wrong bytes. */
static void check_flip(struct cache *cache, struct warnings *warnings, struct slice entry,
    size_t at, unsigned char bits)
{
	autofree char *path = path_of(1);
	autofree char *copy = xmemdup0(entry.data, entry.len);

	copy[at] = (char)(copy[at] ^ bits);
	put_bytes(path, slice_of(copy, entry.len), 0600);
	ck_assert_msg(!fetch(cache, 1, "target", NULL), "byte %zu", at);
	ck_warning(warnings, "is damaged and was removed: ");
	ck_assert(!suite_exists(path) && !suite_exists("target"));
}

/* Damage each byte of the stored entry, and cut it everywhere. */
static void check_damage(const char *result)
{
	static const unsigned char bits[] = {0x01, 0x80, 0xff};
	autocache struct cache cache = {0};
	autofree char *path = path_of(1);
	autostr struct str entry = STR_INIT;
	WITH_WARNINGS;

	open_cache(&cache, &warnings);
	store(&cache, 1, result);
	ck_assert_int_eq(file_read(path, FILE_READ_LIMIT, &entry, NULL, NULL), 0);
	for (size_t i = 0; i < entry.len; i++)
		for (size_t j = 0; j < sizeof(bits); j++)
			check_flip(&cache, &warnings, str_slice(&entry), i, bits[j]);
	for (size_t len = 0; len < entry.len; len++) {
		put_bytes(path, slice_of(entry.data, len), 0600);
		ck_assert(!fetch(&cache, 1, "target", NULL));
		ck_warning(&warnings, "is damaged and was removed: ");
		ck_assert(!suite_exists("target"));
	}
	str_addc(&entry, 'd');
	put_bytes(path, str_slice(&entry), 0600);
	ck_assert(!fetch(&cache, 1, "target", NULL));
	ck_warning(&warnings, "is damaged and was removed: ");
	store(&cache, 1, result);
	ck_assert(fetch(&cache, 1, "target", NULL));
	ck_assert_uint_eq(suite_count("."), 3);
}

START_TEST(a_damaged_file_is_a_miss_whatever_byte)
{
	suite_put("result", "some bytes of a result");
	check_damage("result");
}
END_TEST

START_TEST(a_damaged_directory_is_a_miss_whatever_byte)
{
	suite_make("result/d");
	suite_put("result/d/f", "some bytes");
	ck_assert_int_eq(symlink("d/f", "result/l"), 0);
	check_damage("result");
}
END_TEST

START_TEST(damage_is_found_in_memory_too)
{
	autocache struct cache cache = {0};
	autofree char *path = path_of(1), *large = make_bytes(150000);
	autostr struct str entry = STR_INIT, bytes = STR_INIT;
	WITH_WARNINGS;

	open_cache(&cache, &warnings);
	store_bytes(&cache, 1, slice_of(large, 150000));
	ck_assert_int_eq(file_read(path, FILE_READ_LIMIT, &entry, NULL, NULL), 0);
	entry.data[140000]++;
	put_bytes(path, str_slice(&entry), 0600);
	str_adds(&bytes, "kept");
	ck_assert(!fetch_bytes(&cache, 1, &bytes));
	ck_assert_str_eq(str_c(&bytes), "kept");
	ck_warning(&warnings, "its content does not match its digest");
}
END_TEST

START_TEST(an_entry_under_another_name_is_a_miss)
{
	autocache struct cache cache = {0};
	autofree char *one = path_of(1), *two = path_of(2);
	WITH_WARNINGS;

	open_cache(&cache, &warnings);
	store_bytes(&cache, 1, slice_c("one"));
	store_bytes(&cache, 2, slice_c("two"));
	ck_assert_int_eq(rename(one, two), 0);
	ck_assert(!fetch(&cache, 2, "target", NULL));
	ck_warning(&warnings, "it has the key of another entry");
}
END_TEST

START_TEST(what_is_no_file_in_the_place_of_an_entry_is_a_miss)
{
	autocache struct cache cache = {0};
	autofree char *path = path_of(1);
	WITH_WARNINGS;

	open_cache(&cache, &warnings);
	store_bytes(&cache, 1, slice_c("x"));
	ck_assert_int_eq(rename(path, "entry"), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert(!fetch(&cache, 1, "target", NULL));
	ck_warning(&warnings, "was removed: it is not a regular file");
	ck_assert_int_eq(link("entry", "elsewhere"), 0);
	ck_assert_int_eq(symlink("../../../entry", path), 0);
	ck_assert(!fetch(&cache, 1, "target", NULL));
	ck_warning(&warnings, "was removed: it is a symbolic link");
	suite_make(path);
	ck_assert(!fetch(&cache, 1, "target", NULL));
	ck_warning(&warnings, "is damaged: it is not a regular file");
	store_bytes(&cache, 1, slice_c("x"));
	ck_assert(suite_exists("entry") && !cache.is_full);
	ck_no_warning(warnings);
}
END_TEST

START_TEST(a_full_disk_is_one_warning)
{
	const struct rlimit limit = {200, 200};
	autocache struct cache cache = {0};
	autofree char *large = make_bytes(150000);
	struct hash stored, expected;
	WITH_WARNINGS;

	open_cache(&cache, &warnings);
	store_bytes(&cache, 1, slice_c("before"));
	ck_assert_int_eq(hash_compute(HASH_BLAKE2B, slice_of(large, 150000), &expected, NULL), 0);
	ck_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	stored = store_bytes(&cache, 2, slice_of(large, 150000));
	ck_same(&stored, &expected);
	ck_warning(&warnings, "cannot store anything more in the cache 'cache/v1': File too large");
	stored = store_bytes(&cache, 3, slice_of(large, 150000));
	ck_same(&stored, &expected);
	store_bytes(&cache, 4, slice_c("small"));
	ck_assert(!fetch(&cache, 2, "target", NULL) && !fetch(&cache, 4, "target", NULL));
	ck_assert(fetch(&cache, 1, "target", NULL));
	ck_no_warning(warnings);
	{
		autofree char *path = path_of(2);

		*strrchr(path, '/') = '\0';
		ck_assert_uint_eq(suite_count(path), 0);
	}
}
END_TEST

START_TEST(a_result_that_cannot_be_written_is_an_error)
{
	const struct rlimit limit = {100, 100};
	autocache struct cache cache = {0};
	autoerror struct error *error = NULL;
	autofree char *large = make_bytes(200);
	struct hash key = key_of(1), content;
	bool found;
	WITH_WARNINGS;

	open_cache(&cache, &warnings);
	store_bytes(&cache, 1, slice_of(large, 200));
	ck_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_fails(cache_get(&cache, &key, place_at("target"), &found, &content, &error), error,
	    "cannot write 'target': File too large");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	ck_assert_uint_eq(suite_count("."), 1);
	ck_no_warning(warnings);
}
END_TEST

START_TEST(a_cache_that_can_only_be_read_is_read)
{
	autocache struct cache cache = {0};
	autofree char *path = path_of(1);
	WITH_WARNINGS;

	suite_drop_privileges();
	open_cache(&cache, &warnings);
	store_bytes(&cache, 1, slice_c("before"));
	cache_close(&cache);
	*strrchr(path, '/') = '\0';
	ck_assert_int_eq(chmod(path, 0500), 0);
	ck_assert_int_eq(chmod("cache/v1", 0500), 0);
	ck_assert_int_eq(chmod("cache", 0500), 0);
	open_cache(&cache, &warnings);
	ck_assert(fetch(&cache, 1, "target", NULL));
	ck_no_warning(warnings);
	store_bytes(&cache, 2, slice_c("x"));
	ck_warning(
	    &warnings, "cannot store anything more in the cache 'cache/v1': Permission denied");
	store_bytes(&cache, 3, slice_c("x"));
	ck_assert(fetch(&cache, 1, "target", NULL));
	ck_no_warning(warnings);
	ck_assert_int_eq(chmod("cache/v1", 0700), 0);
	ck_assert_int_eq(chmod("cache", 0700), 0);
}
END_TEST

START_TEST(an_entry_that_may_not_be_read_stays)
{
	autocache struct cache cache = {0};
	autofree char *path = path_of(1);
	WITH_WARNINGS;

	suite_drop_privileges();
	open_cache(&cache, &warnings);
	store_bytes(&cache, 1, slice_c("x"));
	ck_assert_int_eq(chmod(path, 0), 0);
	ck_assert(!fetch(&cache, 1, "target", NULL));
	ck_warning(&warnings, "cannot be used: it cannot be opened: Permission denied");
	ck_assert(suite_exists(path));
}
END_TEST

static void check_directory(bool expected, const char *path, const char *warnings)
{
	autostr struct str found = STR_INIT, said = STR_INIT;

	ck_assert_int_eq(cache_default_directory(&found, &said), expected);
	ck_assert_str_eq(str_c(&found), path);
	ck_assert_str_eq(str_c(&said), warnings);
}

START_TEST(the_environment_tells_where_it_is)
{
	ck_assert_int_eq(clearenv(), 0);
	check_directory(false, "", "");
	setenv("HOME", "/home/me", 1);
	check_directory(true, "/home/me/.cache/kiln", "");
	setenv("XDG_CACHE_HOME", "", 1);
	check_directory(true, "/home/me/.cache/kiln", "");
	setenv("XDG_CACHE_HOME", "/xdg", 1);
	check_directory(true, "/xdg/kiln", "");
	setenv("KILN_CACHE", "/own", 1);
	check_directory(true, "/own", "");
	setenv("KILN_CACHE", "own", 1);
	check_directory(true, "/xdg/kiln", "ignoring KILN_CACHE: 'own' is not an absolute path\n");
	setenv("XDG_CACHE_HOME", "a\nb", 1);
	unsetenv("HOME");
	check_directory(false, "",
	    "ignoring KILN_CACHE: 'own' is not an absolute path\n"
	    "ignoring XDG_CACHE_HOME: 'a\\nb' is not an absolute path\n");
}
END_TEST

SUITE("cache/store", what_was_never_stored_is_not_found, files_of_any_size_come_back,
    files_have_the_modes_of_new_ones, what_was_at_the_target_is_replaced,
    files_come_back_in_an_open_directory, directories_come_back_whole,
    a_directory_is_not_found_as_bytes, digests_of_directories_tell_what_differs,
    results_that_cannot_be_read_are_errors, a_directory_with_a_link_that_leads_out_is_only_digested,
    the_first_result_of_a_key_stays, a_result_that_was_made_anew_replaces_the_one_that_there_was,
    a_cache_that_is_off_computes_digests, nobody_else_sees_the_entries,
    a_damaged_file_is_a_miss_whatever_byte, a_damaged_directory_is_a_miss_whatever_byte,
    damage_is_found_in_memory_too, an_entry_under_another_name_is_a_miss,
    what_is_no_file_in_the_place_of_an_entry_is_a_miss, a_full_disk_is_one_warning,
    a_result_that_cannot_be_written_is_an_error, a_cache_that_can_only_be_read_is_read,
    an_entry_that_may_not_be_read_stays, the_environment_tells_where_it_is)
