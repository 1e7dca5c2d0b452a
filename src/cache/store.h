/*
 * The cache: results of commands, stored by key and shared by all products of a user.
 *
 * A result is a regular file, with its executable bit, or a directory with all below it. Its key is
 * a digest over everything that decides what the result is. Reading an entry verifies it; a damaged
 * entry is removed and counts as missing. An entry appears complete or not at all. It never
 * changes, but may be replaced as a whole. Many processes may use a cache at once, also processes
 * forked after cache_open(), but only one thread of a process.
 *
 * A problem with storing never fails a build. If the disk is full or a permission is missing, one
 * warning is given, and nothing more is stored. A struct cache that is all zero is off: nothing is
 * found in it, and cache_put() only computes the digest.
 *
 *	autocache struct cache cache = {0};
 *	if (wanted && cache_open(&cache, directory, CACHE_LIMIT, &warning) < 0)
 *		... report the warning; the cache stays off ...
 *	if (cache_get(&cache, &key, target, &found, &content, err) < 0)
 *		return -1;
 *	if (!found && make(target) < 0)
 *		return -1;
 *	if (!found && cache_put(&cache, &key, target, false, &content, err) < 0)
 *		return -1;
 *	... at the end, once:
 *	if (cache_update_total(&cache))
 *		cache_prune(&cache, cache.limit, &counts, &warning);
 *
 * docs/formats.rst, "Cache", describes the format of entries.
 */
#ifndef KILN_CACHE_STORE_H
#define KILN_CACHE_STORE_H

#include <sys/types.h>

#include "cache/entry.h"

/* The default limit in bytes: 5 GiB. */
#define CACHE_LIMIT ((uint64_t)5 << 30)

/* Shards: the directories of entries, one for each first byte of a key. Each is checked once:
 * nobody else can replace a checked one. */
#define CACHE_SHARDS 256
enum cache_shard { SHARD_UNCHECKED, SHARD_TRUSTED, SHARD_REFUSED };

struct cache {
	bool is_open;
	bool is_full;	/* nothing more can be stored */
	int fd;		/* of the directory with the shards */
	char *path;	/* of that directory, for messages */
	uint64_t limit; /* bytes that may stay when the cache is pruned */
	uint64_t added; /* bytes stored since the last cache_update_total() */
	/* Gets a warning, borrowed, about a damaged entry, and once if nothing can be stored. NULL:
	 * no warnings. Set it after cache_open(). */
	void (*warn)(void *context, const struct error *warning);
	void *context;
	mode_t mode; /* of files that are made from entries */
	enum cache_shard shards[CACHE_SHARDS];
	uint64_t random;
	unsigned serial;
	struct entry_reader reader;
	struct entry_writer writer;
};

/* Append the directory of the user's cache: $KILN_CACHE, else $XDG_CACHE_HOME/kiln, else
 * $HOME/.cache/kiln; an empty variable counts as unset. False if no variable gives one. A variable
 * that is no absolute path is passed over, and `ret_warnings` gets a line about it. */
bool cache_default_directory(struct str *ret, struct str *ret_warnings);

/* Open the cache in `directory`. A missing directory is made with its parents (mode 0700). It may
 * be a link. A directory or link is refused if it belongs to another user than this one and root,
 * and a directory also if others may write to it. Errors have kind ERROR_SYSTEM; the cache is off
 * then. */
int cache_open(struct cache *cache, const char *directory, uint64_t limit, struct error **err);

/* Look a result up. If there is one, *ret_found is true, the result replaces what is at `target`
 * atomically, and *ret_content is its digest (see content_digest()). Parents of the target are
 * made; permissions are those of new files under the umask. Errors are those of writing the target.
 */
int cache_get(struct cache *cache, const struct hash *key, struct place target, bool *ret_found,
    struct hash *ret_content, struct error **err);

/* Append the bytes of a result that is a file; a result that is a directory counts as missing.
 * `ret_executable` and `ret_content` may be NULL. Fails only if a digest cannot be computed, or
 * when interrupted. */
int cache_get_bytes(struct cache *cache, const struct hash *key, struct str *ret, bool *ret_found,
    bool *ret_executable, struct hash *ret_content, struct error **err);

/* Store the file or directory at `result` under a key. If the key has an entry already, that one
 * stays unless `replaces`. *ret_content is the digest of the result in any case. Errors are those
 * of reading the result (ERROR_INPUT). */
int cache_put(struct cache *cache, const struct hash *key, struct place result, bool replaces,
    struct hash *ret_content, struct error **err);

/* The same for a file whose bytes are in memory. Fails only if a digest cannot be computed. */
int cache_put_bytes(struct cache *cache, const struct hash *key, struct slice bytes,
    bool executable, bool replaces, struct hash *ret_content, struct error **err);

/* Whether nobody else can have written to the shard `number`, which is open as `fd` (base/trust.h).
 * If somebody can, that is a warning, once for each shard. */
bool cache_trusts_shard(struct cache *cache, unsigned number, int fd);

/* The most bytes of an entry's file: the cache's limit, but at least CACHE_LIMIT. */
static inline uint64_t cache_entry_limit(const struct cache *cache)
{
	return cache->limit > CACHE_LIMIT ? cache->limit : CACHE_LIMIT;
}

/* The digest of a result: BLAKE2b of a file's bytes, or of a directory's packed form. *ret_size
 * (may be NULL) is the number of these bytes. Errors have kind ERROR_INPUT, except for those of
 * computing the digest. */
int content_digest(struct place place, struct hash *ret, uint64_t *ret_size, struct error **err);

/* The bytes that a file of `size` bytes takes on the disk: whole blocks of 4096. */
static inline uint64_t cache_space(uint64_t size)
{
	return (size + 4095) & ~UINT64_C(4095);
}

/* Add cache->added to the total size that the cache remembers, which is approximate. Call this at
 * the end of a build, or of each of its processes; it costs nothing if nothing was stored. Returns
 * whether pruning is due: the total is above the limit, unknown, or too old. */
bool cache_update_total(struct cache *cache);

struct cache_counts {
	uint64_t entries, bytes;	 /* that stay */
	uint64_t removed, removed_bytes; /* also leftovers of killed processes */
};

/* If the cache has more than `limit` bytes, remove the entries that were used least recently, until
 * 80 % of the limit are left; 0 removes all. Processes that are reading an entry still get it.
 * Errors have kind ERROR_SYSTEM, also when interrupted; *ret then counts what was done so far. */
int cache_prune(struct cache *cache, uint64_t limit, struct cache_counts *ret, struct error **err);

/* Release the cache, which is off afterwards. */
void cache_close(struct cache *cache);
#define autocache CLEANUP(cache_close)

#endif
