#include "suite.h"

#include <sys/wait.h>
#include <time.h>

#include "cache/caches.h"

#define KEYS 40
#define ROUNDS 15

/* What the result of a key is: of many sizes, some larger than a block. */
static char *bytes_of(unsigned number, size_t *ret_len)
{
	char *bytes;

	*ret_len = number % 7 ? number * 10 : number * 9000;
	bytes = xmalloc(*ret_len + 1);
	memset(bytes, 'a' + (int)(number % 26), *ret_len);
	return bytes;
}

/* Take or store all keys, in an order of one's own. Whether all that was found was right. */
static bool use(struct cache *cache, unsigned seed)
{
	autofree char *target = xasprintf("target%u", seed);

	for (unsigned i = 0; i < KEYS; i++) {
		unsigned number = (i * 7 + seed * 13) % KEYS;
		struct hash key = key_of(number), content, expected;
		size_t len;
		autofree char *bytes = bytes_of(number, &len);
		autostr struct str found_bytes = STR_INIT;
		bool found;

		if (hash_compute(HASH_BLAKE2B, slice_of(bytes, len), &expected, NULL) < 0 ||
		    cache_get(cache, &key, place_at(target), &found, &content, NULL) < 0)
			return false;
		if (!found && cache_put_bytes(cache, &key, slice_of(bytes, len), false, false,
				  &content, NULL) < 0)
			return false;
		if (memcmp(content.bytes, expected.bytes, HASH_SIZE) != 0)
			return false;
		if (found && (file_read(target, FILE_READ_LIMIT, &found_bytes, NULL, NULL) < 0 ||
				 !slice_equal(str_slice(&found_bytes), slice_of(bytes, len))))
			return false;
	}
	return true;
}

static int use_often(struct cache *cache, unsigned seed)
{
	WITH_WARNINGS;

	cache->warn = note_warning;
	cache->context = &warnings;
	for (unsigned round = 0; round < ROUNDS; round++)
		if (!use(cache, seed) || warnings.count > 0)
			return 1;
	(void)cache_update_total(cache);
	return 0;
}

static int prune_often(struct cache *cache)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	struct cache_counts counts;

	for (unsigned round = 0; round < ROUNDS; round++) {
		if (cache_prune(cache, round % 3 ? 200000 : 0, &counts, NULL) < 0)
			return 1;
		(void)nanosleep(&pause, NULL);
	}
	return 0;
}

START_TEST(many_processes_use_and_prune_one_cache)
{
	autocache struct cache cache = {0};
	autoerror struct error *error = NULL;
	pid_t pids[6];

	ck_ok(cache_open(&cache, "cache", CACHE_LIMIT, &error), error);
	for (unsigned i = 0; i < 6; i++) {
		pids[i] = fork();
		ck_assert_int_ge(pids[i], 0);
		if (pids[i] == 0)
			_exit(i < 2 ? prune_often(&cache) : use_often(&cache, i));
	}
	for (unsigned i = 0; i < 6; i++) {
		int status;

		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_int_eq(status, 0);
	}
}
END_TEST

START_TEST(caches_can_be_made_at_once)
{
	pid_t pids[8];

	for (unsigned i = 0; i < 8; i++) {
		pids[i] = fork();
		ck_assert_int_ge(pids[i], 0);
		if (pids[i] == 0) {
			autocache struct cache cache = {0};

			_exit(cache_open(&cache, "a/b/cache", CACHE_LIMIT, NULL) < 0 ||
			      !use(&cache, i));
		}
	}
	for (unsigned i = 0; i < 8; i++) {
		int status;

		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_int_eq(status, 0);
	}
}
END_TEST

START_TEST(a_killed_process_leaves_no_partial_entry)
{
	for (unsigned round = 0; round < 20; round++) {
		const struct timespec pause = {.tv_nsec = 300000L * (round % 7)};
		autocache struct cache cache = {0};
		pid_t pid;
		WITH_WARNINGS;

		open_cache(&cache, &warnings);
		pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			while (use(&cache, round))
				(void)cache_prune(&cache, 0, &(struct cache_counts){0}, NULL);
			_exit(1);
		}
		(void)nanosleep(&pause, NULL);
		ck_assert_int_eq(kill(pid, SIGKILL), 0);
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
		ck_assert(use(&cache, 100));
		ck_no_warning(warnings);
	}
}
END_TEST

START_TEST(who_reads_an_entry_still_gets_it_when_it_is_removed)
{
	autocache struct cache cache = {0};
	autoerror struct error *error = NULL;
	autofree char *path = path_of(7);
	autostr struct str bytes = STR_INIT;
	autoclose int fd = -1;
	struct entry_reader reader = {0};
	struct cache_counts counts;
	struct hash key = key_of(7);
	off_t size;

	open_cache(&cache, NULL);
	ck_assert(use(&cache, 0));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	size = lseek(fd, 0, SEEK_END);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_ok(entry_read(&reader, fd, (uint64_t)size, &key, &error), error);
	ck_ok(cache_prune(&cache, 0, &counts, &error), error);
	ck_assert(!suite_exists(path));
	ck_ok(entry_extract_file(&reader, &bytes, -1, NULL, &error), error);
	ck_assert_uint_eq(bytes.len, 63000);
	entry_reader_release(&reader);
}
END_TEST

SUITE("cache/store_processes", many_processes_use_and_prune_one_cache, caches_can_be_made_at_once,
    a_killed_process_leaves_no_partial_entry, who_reads_an_entry_still_gets_it_when_it_is_removed)
