#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/array.h"
#include "base/lock.h"
#include "base/walk.h"
#include "cache/store.h"
#include "jobs/signals.h"

#define DAY ((int64_t)86400)

/* Seconds after which the total is counted again, as killed processes do not add what they stored.
 */
#define COUNT_AGE (7 * DAY)

/* Seconds after which a temporary file counts as a leftover of a killed process. */
#define LEFTOVER_AGE DAY

/* The file with the total: bytes, and the time of the last count, in decimal. */
#define SIZE_NAME "size"
#define SIZE_FORMAT "%020" PRIu64 " %020" PRId64 "\n"
#define SIZE_TEXT 42

struct total {
	uint64_t bytes;
	int64_t counted; /* seconds since 1970 */
};

static int64_t now(void)
{
	return (int64_t)time(NULL);
}

/* Lock the file with the total. Others hold the lock for a moment only, unless they are stopped. So
 * give up after 0.2 seconds: the total is not worth more. */
static bool lock_shortly(int fd)
{
	const struct timespec pause = {.tv_nsec = 5000000};

	for (int i = 0; i < 40; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return false;
		(void)nanosleep(&pause, NULL); /* a shorter pause does no harm */
	}
	return false;
}

/* Open and lock the file with the total; -1 if that fails. */
static int open_total(const struct cache *cache)
{
	autoclose int fd = lock_open(place_below(cache->fd, SIZE_NAME, SIZE_NAME), NULL);

	if (fd < 0 || !lock_shortly(fd))
		return -1;
	return steal_fd(&fd);
}

/* Read the total. False if the file has none, or one from the future. */
static bool read_total(int fd, struct total *ret)
{
	char text[SIZE_TEXT + 1];
	uint64_t counted;

	if (pread(fd, text, sizeof(text), 0) != SIZE_TEXT || text[20] != ' ' || text[41] != '\n' ||
	    !slice_number(slice_of(text, 20), &ret->bytes) ||
	    !slice_number(slice_of(text + 21, 20), &counted))
		return false;
	ret->counted = counted > INT64_MAX ? INT64_MAX : (int64_t)counted;
	return ret->counted <= now() + DAY;
}

static void write_total(int fd, const struct total *total)
{
	char text[SIZE_TEXT + 1];
	bool written;

	(void)snprintf(text, sizeof(text), SIZE_FORMAT, total->bytes, total->counted);
	written = ftruncate(fd, 0) == 0 && pwrite(fd, text, SIZE_TEXT, 0) == SIZE_TEXT;
	(void)written; /* an incomplete one leads to a new count */
}

bool cache_update_total(struct cache *cache)
{
	autoclose int fd = -1;
	struct total total;

	if (!cache->is_open || cache->added == 0)
		return false;
	fd = open_total(cache);
	if (fd < 0)
		return false;
	if (!read_total(fd, &total)) {
		cache->added = 0;
		return true;
	}
	total.bytes += cache->added < UINT64_MAX - total.bytes ? cache->added : 0;
	cache->added = 0;
	write_total(fd, &total);
	return total.bytes > cache->limit || total.counted < now() - COUNT_AGE;
}

/* An entry that pruning may remove. */
struct candidate {
	struct timespec used;
	uint64_t space;
	struct hash key;
};

struct pruning {
	struct cache *cache;
	struct cache_counts *counts;
	struct candidate *candidates;
	size_t count;
	size_t capacity;
};

static void pruning_release(struct pruning *pruning)
{
	free(pruning->candidates);
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Parse the name of an entry as its key. False if it is no key. */
static bool parse_key(const char *name, struct hash *ret)
{
	if (strlen(name) != 2 * HASH_SIZE)
		return false;
	for (size_t i = 0; i < HASH_SIZE; i++) {
		int high = digit_value(name[2 * i]), low = digit_value(name[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret->bytes[i] = (unsigned char)(16 * high + low);
	}
	return true;
}

static void add_candidate(struct pruning *pruning, const struct hash *key, const struct stat *stat)
{
	uint64_t space = cache_space((uint64_t)stat->st_size);

	if (pruning->count == pruning->capacity) {
		pruning->capacity = pruning->capacity ? 2 * pruning->capacity : 1024;
		pruning->candidates = xreallocarray(
		    pruning->candidates, pruning->capacity, sizeof(*pruning->candidates));
	}
	pruning->candidates[pruning->count++] = (struct candidate){stat->st_mtim, space, *key};
	pruning->counts->entries++;
	pruning->counts->bytes += space;
}

/* Make an entry a candidate. Remove a leftover of a killed process, and an entry that is too large
 * to be read. Leave other files alone. */
static int examine(
    struct pruning *pruning, int shard, int number, const char *name, struct error **err)
{
	struct stat stat;
	struct hash key;

	if (fstatat(shard, name, &stat, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(stat.st_mode))
		return 0;
	if (*name != '.' && (!parse_key(name, &key) || key.bytes[0] != number))
		return 0;
	if (*name != '.' && (uint64_t)stat.st_size <= cache_entry_limit(pruning->cache)) {
		add_candidate(pruning, &key, &stat);
		return 0;
	}
	if (*name == '.' && stat.st_mtim.tv_sec > now() - LEFTOVER_AGE)
		return 0;
	if (unlinkat(shard, name, 0) < 0 && errno != ENOENT)
		return fail_errno(err, errno, "cannot remove '%s/%02x/%s'", pruning->cache->path,
		    (unsigned)number, name);
	pruning->counts->removed++;
	pruning->counts->removed_bytes += cache_space((uint64_t)stat.st_size);
	return 0;
}

/* Examine the entries of a shard. */
static int examine_shard(struct pruning *pruning, int number, struct error **err)
{
	const char digits[] = "0123456789abcdef";
	const char name[3] = {digits[number >> 4], digits[number & 15]};
	autostr struct str names = STR_INIT;
	autoclose int shard = TEMP_FAILURE_RETRY(
	    openat(pruning->cache->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));

	if (interrupted())
		return fail(err, ERROR_SYSTEM, "interrupted");
	if (shard < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return 0;
	if (shard < 0 || directory_names(shard, &names) < 0)
		return fail_errno(err, errno, "cannot read '%s/%s'", pruning->cache->path, name);
	if (!cache_trusts_shard(pruning->cache, (unsigned)number, shard))
		return 0;
	/* Each name has its type before it. */
	for (size_t i = 0; i < names.len; i += 1 + strlen(names.data + i + 1) + 1)
		if (examine(pruning, shard, number, names.data + i + 1, err) < 0)
			return -1;
	return 0;
}

static int compare_used(const void *a, const void *b)
{
	const struct candidate *first = a, *second = b;

	if (first->used.tv_sec != second->used.tv_sec)
		return first->used.tv_sec < second->used.tv_sec ? -1 : 1;
	if (first->used.tv_nsec != second->used.tv_nsec)
		return first->used.tv_nsec < second->used.tv_nsec ? -1 : 1;
	return memcmp(first->key.bytes, second->key.bytes, HASH_SIZE);
}

static int remove_candidate(
    struct pruning *pruning, const struct candidate *candidate, struct error **err)
{
	char hex[2 * HASH_SIZE + 1];
	char path[3 + sizeof(hex)];
	struct stat stat;

	hash_hex(&candidate->key, hex);
	(void)snprintf(path, sizeof(path), "%.2s/%s", hex, hex);
	if (fstatat(pruning->cache->fd, path, &stat, AT_SYMLINK_NOFOLLOW) == 0) {
		/* Somebody has used the entry meanwhile. */
		if (stat.st_mtim.tv_sec != candidate->used.tv_sec ||
		    stat.st_mtim.tv_nsec != candidate->used.tv_nsec)
			return 0;
		if (unlinkat(pruning->cache->fd, path, 0) == 0) {
			pruning->counts->removed++;
			pruning->counts->removed_bytes += candidate->space;
		} else if (errno != ENOENT) {
			return fail_errno(
			    err, errno, "cannot remove '%s/%s'", pruning->cache->path, path);
		}
	}
	/* If the entry is missing, another process has removed it. */
	pruning->counts->entries--;
	pruning->counts->bytes -= candidate->space;
	return 0;
}

int cache_prune(struct cache *cache, uint64_t limit, struct cache_counts *ret, struct error **err)
{
	CLEANUP(pruning_release) struct pruning pruning = {cache, ret};
	autoclose int fd = -1;

	*ret = (struct cache_counts){0};
	if (!cache->is_open)
		return 0;
	for (int number = 0; number < CACHE_SHARDS; number++)
		if (examine_shard(&pruning, number, err) < 0)
			return -1;
	if (ret->bytes > limit) {
		array_sort(
		    pruning.candidates, pruning.count, sizeof(*pruning.candidates), compare_used);
		for (size_t i = 0; i < pruning.count && ret->bytes > limit / 5 * 4; i++) {
			if (interrupted())
				return fail(err, ERROR_SYSTEM, "interrupted");
			if (remove_candidate(&pruning, &pruning.candidates[i], err) < 0)
				return -1;
		}
	}
	fd = open_total(cache);
	if (fd >= 0) {
		const struct total total = {ret->bytes, now()};

		write_total(fd, &total);
	}
	return 0;
}
