/* Whose directories and entries a cache takes. */
#include "cache/caches.h"

START_TEST(links_in_place_of_directories_are_not_written_through)
{
	autocache struct cache cache = {0};
	autoerror struct error *error = NULL;
	autofree char *path = path_of(1);
	WITH_WARNINGS;

	suite_make("elsewhere");
	suite_make("cache");
	ck_assert_int_eq(symlink("../elsewhere", "cache/v1"), 0);
	ck_assert_int_eq(chmod("cache", 0700), 0);
	ck_fails(cache_open(&cache, "cache", 0, &error), error, "cannot open the cache 'cache'");
	ck_assert(!cache.is_open);
	ck_assert_int_eq(unlink("cache/v1"), 0);
	open_cache(&cache, &warnings);
	*strrchr(path, '/') = '\0';
	ck_assert_int_eq(symlink("../../elsewhere", path), 0);
	store_bytes(&cache, 1, slice_c("x"));
	ck_warning(&warnings, "is not used: it is not a directory");
	ck_assert_uint_eq(suite_count("elsewhere"), 0);
}
END_TEST

START_TEST(the_cache_may_be_a_link_itself)
{
	autocache struct cache cache = {0};
	autofree char *path = path_of(1);

	suite_make("elsewhere");
	ck_assert_int_eq(chmod("elsewhere", 0755), 0);
	ck_assert_int_eq(symlink("elsewhere", "cache"), 0);
	open_cache(&cache, NULL);
	store_bytes(&cache, 1, slice_c("x"));
	ck_assert(suite_exists(path));
	ck_assert(suite_exists("elsewhere/v1"));
}
END_TEST

static void check_refused(const char *path, const char *message)
{
	autocache struct cache cache = {0};
	autoerror struct error *error = NULL;

	ck_fails(cache_open(&cache, path, CACHE_LIMIT, &error), error, message);
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	ck_assert(!cache.is_open);
}

START_TEST(directories_that_others_may_write_to_are_refused)
{
	suite_make("all");
	ck_assert_int_eq(chmod("all", 0707), 0);
	check_refused("all", "the cache 'all' is writable by its group or others");
	suite_make("group");
	ck_assert_int_eq(chmod("group", 0770), 0);
	check_refused("group", "the cache 'group' is writable by its group or others");
	suite_make("below/v1");
	ck_assert_int_eq(chmod("below", 0700), 0);
	ck_assert_int_eq(chmod("below/v1", 0777), 0);
	check_refused("below", "the cache 'below' is writable by its group or others");
	suite_put("file", "x");
	check_refused("file", "Not a directory");
	check_refused("file/below", "File exists");
	if (geteuid() == 0) {
		suite_make("foreign");
		ck_assert_int_eq(chmod("foreign", 0755), 0);
		ck_assert_int_eq(chown("foreign", 4711, 4711), 0);
		check_refused("foreign", "the cache 'foreign' belongs to another user");
	}
}
END_TEST

static void check_entry_stored(void)
{
	autocache struct cache cache = {0};

	open_cache(&cache, NULL);
	store_bytes(&cache, 1, slice_c("old"));
	ck_assert(fetch(&cache, 1, "target", NULL));
}

/* The directory of an entry. */
static char *shard_of(unsigned number)
{
	char *path = path_of(number);

	*strrchr(path, '/') = '\0';
	return path;
}

/* An entry is there, but not found, nor is another put in its place, for what is wrong with its
 * directory. */
static void check_shard_refused(unsigned number, const char *fault)
{
	autofree char *shard = shard_of(number), *path = path_of(number);
	autofree char *text = xasprintf("'%s' is not used: it %s", shard, fault);
	autocache struct cache cache = {0};
	WITH_WARNINGS;

	open_cache(&cache, &warnings);
	ck_assert(!fetch(&cache, number, "target", NULL));
	ck_warning(&warnings, text);
	store_bytes(&cache, number, slice_c("new"));
	ck_assert(!fetch(&cache, number, "target", NULL));
	ck_no_warning(warnings); /* said once */
	ck_assert(suite_exists(path));
	/* Others are as good as before. */
	store_bytes(&cache, 2, slice_c("other"));
	ck_assert(fetch(&cache, 2, "target", NULL));
	ck_no_warning(warnings);
}

START_TEST(directories_in_it_that_others_may_write_to_are_refused)
{
	autofree char *shard = shard_of(1);
	static const mode_t modes[] = {0770, 0707, 01777};

	{
		autocache struct cache cache = {0};

		open_cache(&cache, NULL);
		store_bytes(&cache, 1, slice_c("old"));
	}
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		ck_assert_int_eq(chmod(shard, modes[i]), 0);
		check_shard_refused(1, "is writable by its group or others");
	}
	ck_assert_int_eq(chmod(shard, 0700), 0);
	ck_assert_int_eq(rename(shard, "aside"), 0);
	ck_assert_int_eq(symlink("../../aside", shard), 0);
	check_shard_refused(1, "is not a directory");
	ck_assert_int_eq(unlink(shard), 0);
	ck_assert_int_eq(rename("aside", shard), 0);
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(shard, 4711, 4711), 0);
		check_shard_refused(1, "belongs to another user");
		ck_assert_int_eq(chown(shard, 0, 0), 0);
	}
	{
		autocache struct cache cache = {0};

		open_cache(&cache, NULL);
		ck_assert(fetch(&cache, 1, "target", NULL));
		suite_expect("target", "old");
	}
}
END_TEST

/* An entry is not found, and removed for what is wrong with it. */
static void check_entry_refused(unsigned number, const char *fault)
{
	autofree char *path = path_of(number);
	autofree char *text = xasprintf("and was removed: it %s", fault);
	autocache struct cache cache = {0};
	WITH_WARNINGS;

	open_cache(&cache, &warnings);
	ck_assert(!fetch(&cache, number, "target", NULL));
	ck_warning(&warnings, text);
	ck_assert(!suite_exists(path));
	store_bytes(&cache, number, slice_c("new"));
	ck_assert(fetch(&cache, number, "target", NULL));
	suite_expect("target", "new");
}

START_TEST(entries_that_others_may_have_written_are_removed)
{
	autofree char *path = path_of(1);

	check_entry_stored();
	ck_assert_int_eq(chmod(path, 0620), 0);
	check_entry_refused(1, "is writable by its group or others");
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(path, 4711, 4711), 0);
	check_entry_refused(1, "belongs to another user");
}
END_TEST

START_TEST(an_entry_that_is_too_large_is_not_read)
{
	autofree char *path = path_of(1);
	struct rusage before, after;

	check_entry_stored();
	ck_assert_int_eq(truncate(path, (off_t)50 << 30), 0);
	ck_assert_int_eq(getrusage(RUSAGE_SELF, &before), 0);
	check_entry_refused(1, "is larger than the limit of the cache");
	ck_assert_int_eq(getrusage(RUSAGE_SELF, &after), 0);
	ck_assert_int_lt(after.ru_utime.tv_sec + after.ru_stime.tv_sec,
	    before.ru_utime.tv_sec + before.ru_stime.tv_sec + 3);
}
END_TEST

START_TEST(a_link_of_another_user_is_no_cache)
{
	suite_make("real");
	ck_assert_int_eq(chmod("real", 0700), 0);
	ck_assert_int_eq(symlink("real", "link"), 0);
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(lchown("link", 4711, 4711), 0);
	check_refused("link", "the cache 'link' is a link that belongs to another user");
}
END_TEST

SUITE("cache/store_trust", links_in_place_of_directories_are_not_written_through,
    the_cache_may_be_a_link_itself, directories_that_others_may_write_to_are_refused,
    directories_in_it_that_others_may_write_to_are_refused,
    entries_that_others_may_have_written_are_removed, an_entry_that_is_too_large_is_not_read,
    a_link_of_another_user_is_no_cache)
