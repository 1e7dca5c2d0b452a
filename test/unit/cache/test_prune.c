#include "suite.h"

#include <sys/file.h>
#include <time.h>

#include "cache/caches.h"

/* Bytes that one of the small entries here counts for. */
#define SPACE 4096

#define HOUR 3600
#define DAY (24 * HOUR)

/* Let what is at a path be last changed some seconds ago. */
static void age(const char *path, long seconds)
{
	const struct timespec at = {.tv_sec = time(NULL) - seconds};
	const struct timespec times[2] = {at, at};

	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

static void age_entry(unsigned number, long seconds)
{
	autofree char *path = path_of(number);

	age(path, seconds);
}

static long age_of(unsigned number)
{
	autofree char *path = path_of(number);
	struct stat stat;

	ck_assert_int_eq(lstat(path, &stat), 0);
	return time(NULL) - stat.st_mtim.tv_sec;
}

static bool is_there(unsigned number)
{
	autofree char *path = path_of(number);

	return suite_exists(path);
}

static struct cache_counts prune(struct cache *cache, uint64_t limit)
{
	autoerror struct error *error = NULL;
	struct cache_counts counts;

	ck_ok(cache_prune(cache, limit, &counts, &error), error);
	return counts;
}

/* Store entries, the first one the longest ago. */
static void store_many(struct cache *cache, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		store_bytes(cache, i, slice_c("x"));
		age_entry(i, (long)(count - i) * HOUR);
	}
}

START_TEST(what_is_within_the_limit_stays)
{
	autocache struct cache cache = {0};
	struct cache_counts counts;

	open_cache(&cache, NULL);
	store_many(&cache, 10);
	counts = prune(&cache, 10 * SPACE);
	ck_assert_uint_eq(counts.entries, 10);
	ck_assert_uint_eq(counts.bytes, 10 * SPACE);
	ck_assert_uint_eq(counts.removed, 0);
	for (unsigned i = 0; i < 10; i++)
		ck_assert(is_there(i));
}
END_TEST

START_TEST(the_least_recently_used_go_first)
{
	autocache struct cache cache = {0};
	struct cache_counts counts;

	open_cache(&cache, NULL);
	store_many(&cache, 20);
	age_entry(3, 0);
	counts = prune(&cache, 10 * SPACE);
	ck_assert_uint_eq(counts.entries, 8);
	ck_assert_uint_eq(counts.bytes, 8 * SPACE);
	ck_assert_uint_eq(counts.removed, 12);
	ck_assert_uint_eq(counts.removed_bytes, 12 * SPACE);
	for (unsigned i = 0; i < 20; i++)
		ck_assert_int_eq(is_there(i), i == 3 || i > 12);
}
END_TEST

START_TEST(a_limit_of_nothing_removes_all)
{
	autocache struct cache cache = {0};

	open_cache(&cache, NULL);
	store_many(&cache, 5);
	ck_assert_uint_eq(prune(&cache, 0).entries, 0);
	ck_assert_uint_eq(prune(&cache, 0).removed, 0);
	store_bytes(&cache, 1, slice_c("x"));
	ck_assert(is_there(1));
}
END_TEST

START_TEST(being_found_counts_as_use_but_once_in_an_hour)
{
	autocache struct cache cache = {0};

	open_cache(&cache, NULL);
	store_bytes(&cache, 1, slice_c("x"));
	age_entry(1, 10 * DAY);
	ck_assert(fetch(&cache, 1, "target", NULL));
	ck_assert_int_lt(age_of(1), HOUR);
	age_entry(1, HOUR / 2);
	ck_assert(fetch(&cache, 1, "target", NULL));
	ck_assert_int_ge(age_of(1), HOUR / 2);
	age_entry(1, -10 * DAY);
	ck_assert(fetch(&cache, 1, "target", NULL));
	ck_assert_int_ge(age_of(1), -1);
}
END_TEST

START_TEST(old_temporary_files_are_removed_and_strangers_stay)
{
	autocache struct cache cache = {0};
	struct cache_counts counts;

	open_cache(&cache, NULL);
	suite_make("cache/v1/00/.directory");
	suite_put("cache/v1/00/.old", "x");
	suite_put("cache/v1/00/.new", "x");
	suite_put("cache/v1/00/notes", "x");
	suite_put("cache/v1/other", "x");
	ck_assert_int_eq(symlink("/etc/passwd", "cache/v1/00/.link"), 0);
	age("cache/v1/00/.old", DAY + 100);
	age("cache/v1/00/.link", DAY + 100);
	age("cache/v1/00/.new", DAY - 100);
	age("cache/v1/00/.directory", DAY + 100);
	counts = prune(&cache, 0);
	ck_assert_uint_eq(counts.entries, 0);
	ck_assert_uint_eq(counts.removed, 1);
	ck_assert(!suite_exists("cache/v1/00/.old"));
	ck_assert_uint_eq(suite_count("cache/v1/00"), 4);
	ck_assert(suite_exists("cache/v1/other"));
}
END_TEST

START_TEST(links_in_place_of_directories_are_not_followed)
{
	autocache struct cache cache = {0};
	autofree char *path = path_of(1);

	open_cache(&cache, NULL);
	store_bytes(&cache, 1, slice_c("x"));
	*strrchr(path, '/') = '\0';
	ck_assert_int_eq(rename(path, "elsewhere"), 0);
	ck_assert_int_eq(symlink("../../elsewhere", path), 0);
	ck_assert_uint_eq(prune(&cache, 0).removed, 0);
	ck_assert_uint_eq(suite_count("elsewhere"), 1);
}
END_TEST

START_TEST(pruning_is_due_when_the_limit_is_passed)
{
	autocache struct cache cache = {0};

	open_cache(&cache, NULL);
	cache.limit = 3 * SPACE;
	ck_assert(!cache_update_total(&cache));
	prune(&cache, cache.limit);
	for (unsigned i = 0; i < 3; i++) {
		store_bytes(&cache, i, slice_c("x"));
		ck_assert(!cache_update_total(&cache));
	}
	store_bytes(&cache, 3, slice_c("x"));
	ck_assert(cache_update_total(&cache));
	ck_assert_uint_eq(prune(&cache, cache.limit).entries, 2);
	store_bytes(&cache, 4, slice_c("x"));
	ck_assert(!cache_update_total(&cache));
}
END_TEST

/* Whether pruning is due when the file with the total has this text. */
static bool is_due_with(struct cache *cache, unsigned number, const char *text)
{
	suite_put("cache/v1/size", text);
	store_bytes(cache, number, slice_c("x"));
	return cache_update_total(cache);
}

START_TEST(a_total_that_cannot_be_believed_is_counted_anew)
{
	autocache struct cache cache = {0};
	autofree char *good = xasprintf("%020u %020lld\n", 5u, (long long)time(NULL));
	autofree char *old = xasprintf("%020u %020lld\n", 5u, (long long)time(NULL) - 8 * DAY);
	autofree char *future = xasprintf("%020u %020lld\n", 5u, (long long)time(NULL) + 8 * DAY);
	autofree char *longer = xasprintf("%s\n", good);
	autofree char *huge = xasprintf("99999999999999999999%s", good + 20);
	autofree char *odd = xasprintf("-%s", good + 1);
	const char *const bad[] = {"", "x", old, future, longer, huge, odd, good + 1};
	unsigned number = 0;

	open_cache(&cache, NULL);
	store_bytes(&cache, number++, slice_c("x"));
	ck_assert(cache_update_total(&cache));
	ck_assert(!is_due_with(&cache, number++, good));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ck_assert_msg(is_due_with(&cache, number++, bad[i]), "'%s'", bad[i]);
		prune(&cache, cache.limit);
		store_bytes(&cache, number++, slice_c("x"));
		ck_assert(!cache_update_total(&cache));
	}
	ck_assert_uint_eq(prune(&cache, cache.limit).entries, number);
}
END_TEST

START_TEST(a_total_that_another_process_holds_is_passed_over)
{
	autocache struct cache cache = {0};
	autoclose int fd = -1;

	open_cache(&cache, NULL);
	prune(&cache, cache.limit);
	fd = open("cache/v1/size", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	store_bytes(&cache, 1, slice_c("x"));
	ck_assert(!cache_update_total(&cache));
	ck_assert_uint_eq(cache.added, SPACE);
	ck_assert_uint_eq(prune(&cache, 0).removed, 1);
	ck_assert_int_eq(flock(fd, LOCK_UN), 0);
	ck_assert(!cache_update_total(&cache));
	ck_assert_uint_eq(cache.added, 0);
}
END_TEST

START_TEST(an_entry_that_is_too_large_goes_instead_of_others)
{
	autocache struct cache cache = {0};
	autofree char *path = path_of(0);
	struct cache_counts counts;

	open_cache(&cache, NULL);
	store_many(&cache, 3);
	ck_assert_int_eq(truncate(path, (off_t)50 << 30), 0);
	counts = prune(&cache, cache.limit);
	ck_assert_uint_eq(counts.removed, 1);
	ck_assert_uint_eq(counts.entries, 2);
	ck_assert_uint_eq(counts.bytes, 2 * SPACE);
	ck_assert(!is_there(0) && is_there(1) && is_there(2));
}
END_TEST

START_TEST(what_is_in_a_directory_that_is_refused_stays)
{
	autocache struct cache cache = {0};
	autofree char *path = path_of(1);
	WITH_WARNINGS;

	open_cache(&cache, &warnings);
	store_bytes(&cache, 1, slice_c("x"));
	*strrchr(path, '/') = '\0';
	ck_assert_int_eq(chmod(path, 0777), 0);
	cache_close(&cache);
	open_cache(&cache, &warnings);
	ck_assert_uint_eq(prune(&cache, 0).removed, 0);
	ck_warning(&warnings, "is not used: it is writable by its group or others");
	ck_assert(is_there(1));
}
END_TEST

START_TEST(what_cannot_be_removed_is_named)
{
	autocache struct cache cache = {0};
	autoerror struct error *error = NULL;
	autofree char *path = path_of(1);
	struct cache_counts counts;

	suite_drop_privileges();
	open_cache(&cache, NULL);
	store_bytes(&cache, 1, slice_c("x"));
	*strrchr(path, '/') = '\0';
	ck_assert_int_eq(chmod(path, 0500), 0);
	ck_fails(cache_prune(&cache, 0, &counts, &error), error, "cannot remove 'cache/v1/");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	ck_assert_uint_eq(counts.entries, 1);
	ck_assert_int_eq(chmod(path, 0700), 0);
}
END_TEST

SUITE("cache/prune", what_is_within_the_limit_stays, the_least_recently_used_go_first,
    a_limit_of_nothing_removes_all, being_found_counts_as_use_but_once_in_an_hour,
    old_temporary_files_are_removed_and_strangers_stay,
    links_in_place_of_directories_are_not_followed, pruning_is_due_when_the_limit_is_passed,
    a_total_that_cannot_be_believed_is_counted_anew,
    a_total_that_another_process_holds_is_passed_over,
    an_entry_that_is_too_large_goes_instead_of_others, what_is_in_a_directory_that_is_refused_stays,
    what_cannot_be_removed_is_named)
