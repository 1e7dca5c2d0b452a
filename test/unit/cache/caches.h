/*
 * What the tests of the cache share: a cache at "cache", keys by number, what is stored and found,
 * the warnings given.
 */
#ifndef KILN_TEST_CACHES_H
#define KILN_TEST_CACHES_H

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/tree.h"
#include "cache/store.h"

#include "suite.h"

/* The warnings that were given, a line each. */
struct warnings {
	struct str text;
	size_t count;
};

static inline void note_warning(void *context, const struct error *warning)
{
	struct warnings *warnings = context;

	str_addf(&warnings->text, "%s\n", warning->message);
	warnings->count++;
}

static inline void warnings_release(struct warnings *warnings)
{
	str_release(&warnings->text);
}

/* Fails the test unless there was one warning since the last time, with this text. */
static inline void ck_warning(struct warnings *warnings, const char *expected)
{
	ck_assert_msg(warnings->count == 1 && strstr(str_c(&warnings->text), expected),
	    "'%s' is not one warning with '%s'", str_c(&warnings->text), expected);
	str_truncate(&warnings->text, 0);
	warnings->count = 0;
}

/* Declare the variable `warnings`, of which there must be none that was not looked at. */
#define WITH_WARNINGS CLEANUP(warnings_release) struct warnings warnings = {STR_INIT, 0}
#define ck_no_warning(warnings) ck_assert_str_eq(str_c(&(warnings).text), "")

static inline void open_cache(struct cache *cache, struct warnings *warnings)
{
	autoerror struct error *error = NULL;

	ck_ok(cache_open(cache, "cache", CACHE_LIMIT, &error), error);
	cache->warn = warnings ? note_warning : NULL;
	cache->context = warnings;
}

static inline struct hash key_of(unsigned number)
{
	struct hash key;

	ck_assert_int_eq(
	    hash_compute(HASH_SHA256, slice_of((const char *)&number, sizeof(number)), &key, NULL),
	    0);
	return key;
}

/* The file of an entry. */
static inline char *path_of(unsigned number)
{
	struct hash key = key_of(number);
	char hex[2 * HASH_SIZE + 1];

	hash_hex(&key, hex);
	return xasprintf("cache/v1/%.2s/%s", hex, hex);
}

/* Store what is at a path. */
static inline struct hash store(struct cache *cache, unsigned number, const char *path)
{
	autoerror struct error *error = NULL;
	struct hash key = key_of(number), content;

	ck_ok(cache_put(cache, &key, place_at(path), false, &content, &error), error);
	return content;
}

static inline struct hash store_bytes(struct cache *cache, unsigned number, struct slice bytes)
{
	autoerror struct error *error = NULL;
	struct hash key = key_of(number), content;

	ck_ok(cache_put_bytes(cache, &key, bytes, false, false, &content, &error), error);
	return content;
}

/* Whether the key was found; it is at `target` then. */
static inline bool fetch(
    struct cache *cache, unsigned number, const char *target, struct hash *ret_content)
{
	autoerror struct error *error = NULL;
	struct hash key = key_of(number), content;
	bool found;

	ck_ok(cache_get(cache, &key, place_at(target), &found, &content, &error), error);
	if (found && ret_content)
		*ret_content = content;
	return found;
}

static inline bool fetch_bytes(struct cache *cache, unsigned number, struct str *ret)
{
	autoerror struct error *error = NULL;
	struct hash key = key_of(number);
	bool found;

	ck_ok(cache_get_bytes(cache, &key, ret, &found, NULL, NULL, &error), error);
	return found;
}

static inline void ck_same(const struct hash *a, const struct hash *b)
{
	ck_assert_mem_eq(a->bytes, b->bytes, HASH_SIZE);
}

#endif
