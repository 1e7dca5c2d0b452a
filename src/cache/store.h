/*
 * The cache of results: what was made once is taken from there, by content.
 *
 * A result is a regular file, with its executable bit, or a directory with all below it. Its key is
 * a digest over everything that decides what it is. An entry is verified when it is read: what is
 * damaged is removed and a miss. An entry appears complete or not at all, and is never changed,
 * only replaced as a whole; many processes may use a cache at once, and processes forked after
 * cache_open() may go on with it. One thread at a time.
 *
 * Storing is never what fails a build: when it is not possible, a full disk or a missing
 * permission, one warning is given and nothing more is stored. A cache that is all zero is off:
 * nothing is found in it, and putting only computes the digest.
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
 *	if (cache_settle(&cache))
 *		cache_prune(&cache, cache.limit, &counts, &warning);
 *
 * The form of entries: docs/formats.rst, "Cache".
 */
#ifndef KILN_CACHE_STORE_H
#define KILN_CACHE_STORE_H

#include <sys/types.h>

#include "cache/entry.h"

/* Bytes, if the user does not say otherwise: 5 GiB. */
#define CACHE_LIMIT ((uint64_t)5 << 30)

/* The directories that entries are in, one for each first byte of their keys. Nobody else can put
 * another in the place of one that was looked at, so that is done once. */
#define CACHE_FANS 256
enum cache_fan { FAN_NEW, FAN_OURS, FAN_REFUSED };

struct cache {
	bool is_open;
	bool is_full;	/* nothing more is stored */
	int fd;		/* of the directory with the entries */
	char *path;	/* of it, for messages */
	uint64_t limit; /* bytes; what is above is pruned */
	uint64_t added; /* bytes stored since the last cache_settle() */
	/* Told of a damaged entry, and once that nothing can be stored. The warning is borrowed.
	 * NULL for nobody. To be set after cache_open(). */
	void (*warn)(void *context, const struct error *warning);
	void *context;
	mode_t mode; /* of files that are taken from it */
	enum cache_fan fans[CACHE_FANS];
	uint64_t random;
	unsigned serial;
	struct entry_reader reader;
	struct entry_writer writer;
};

/* Append the cache's directory as the environment has it: $KILN_CACHE, else $XDG_CACHE_HOME/kiln,
 * else $HOME/.cache/kiln; a variable that is empty is as good as none. False if there is none. For
 * each variable that was passed over because it is no absolute path a sentence is added to
 * `ret_warnings`, with a newline behind it. */
bool cache_default_directory(struct str *ret, struct str *ret_warnings);

/* Open the cache in `directory`, which is made with its parents if it does not exist (mode 0700).
 * It may be a link to a directory; one that belongs to another user than this one and root, or that
 * others may write to, is refused, and a link that belongs to another one. Errors have kind
 * ERROR_SYSTEM; the cache is off then. */
int cache_open(struct cache *cache, const char *directory, uint64_t limit, struct error **err);

/* Look a result up and put it in place of what is at `target`, atomically, with parents as needed
 * and the permissions of a new file under the umask. *ret_found tells whether there is one;
 * *ret_content is then its digest (see content_digest()). Errors are those of writing the target.
 */
int cache_get(struct cache *cache, const struct hash *key, struct place target, bool *ret_found,
    struct hash *ret_content, struct error **err);

/* Append the bytes of a result that is a file; a directory is not found. Each of the last outputs
 * may be NULL. Fails only when a digest cannot be computed, or when interrupted. */
int cache_get_bytes(struct cache *cache, const struct hash *key, struct str *ret, bool *ret_found,
    bool *ret_executable, struct hash *ret_content, struct error **err);

/* Store a result that was just made, a file or a directory, unless the key has one already, which
 * stays if it is not to be replaced. *ret_content is its digest in any case. Errors are those of
 * reading it (ERROR_INPUT). */
int cache_put(struct cache *cache, const struct hash *key, struct place result, bool replaces,
    struct hash *ret_content, struct error **err);

/* The same for a file whose bytes are in memory. Fails only when a digest cannot be computed. */
int cache_put_bytes(struct cache *cache, const struct hash *key, struct slice bytes,
    bool executable, bool replaces, struct hash *ret_content, struct error **err);

/* Whether the directory for keys that begin with the byte `number`, open as `fd`, can have been
 * written by nobody else (base/trust.h). What speaks against it is a warning, once. */
bool cache_takes_fan(struct cache *cache, unsigned number, int fd);

/* The size up to which a file can be an entry: that of the whole cache, but not less than the usual
 * one. */
static inline uint64_t cache_entry_limit(const struct cache *cache)
{
	return cache->limit > CACHE_LIMIT ? cache->limit : CACHE_LIMIT;
}

/* The digest of a result: BLAKE2b of a file's bytes, or of a directory's packed form. *ret_size
 * (may be NULL) is the size of those. Errors have kind ERROR_INPUT, but for those of computing it.
 */
int content_digest(struct place place, struct hash *ret, uint64_t *ret_size, struct error **err);

/* The bytes that a file of `size` bytes counts for, as it fills whole pages of the disk. */
static inline uint64_t cache_space(uint64_t size)
{
	return (size + 4095) & ~UINT64_C(4095);
}

/* At the end of a builder, or of each of its processes: add what it stored to the cache's total,
 * which is known only about. Whether pruning is due: the total is above the limit, unknown, or old.
 * Costs nothing when nothing was stored. */
bool cache_settle(struct cache *cache);

struct cache_counts {
	uint64_t entries, bytes;	 /* that are left */
	uint64_t removed, removed_bytes; /* also what killed processes had left */
};

/* If there are more than `limit` bytes, remove the entries that were not used for the longest time,
 * down to 80 % of it; 0 removes all. Who is reading an entry then still gets it. Errors have kind
 * ERROR_SYSTEM, also when interrupted; the counts are right then, too, as far as it came. */
int cache_prune(struct cache *cache, uint64_t limit, struct cache_counts *ret, struct error **err);

/* Release; the cache is off then. */
void cache_close(struct cache *cache);
#define autocache CLEANUP(cache_close)

#endif
