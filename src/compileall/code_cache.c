#include "compileall/code_cache.h"

#include "cache/cache_session.h"
#include "python/identity.h"

/* The version of keys. */
#define KEY_VERSION "kiln code 1"

static void warn(void *context, const struct error *warning)
{
	struct code_cache *cache = context;

	reporter_warning(cache->reporter, warning);
}

static int compute_key(
    const struct code_cache *cache, const struct py_store_key *key, struct hash *ret)
{
	autostr struct str text = STR_INIT;

	str_add_part(&text, SLICE_LITERAL(KEY_VERSION));
	str_add_part(&text, str_slice(&cache->facts));
	str_add_part(&text, slice_c(key->recorded));
	str_addf(&text, "%d;", key->level);
	str_add_part(&text, key->bytes);
	return hash_compute(HASH_BLAKE2B, str_slice(&text), ret, NULL);
}

/* What fails here counts as missing. */
static bool get(void *context, const struct py_store_key *key, struct str *ret)
{
	struct code_cache *cache = context;
	struct hash hash;
	bool found;

	return compute_key(cache, key, &hash) == 0 &&
	       cache_get_bytes(&cache->cache, &hash, ret, &found, NULL, NULL, NULL) == 0 && found;
}

static void put(void *context, const struct py_store_key *key, struct slice code)
{
	struct code_cache *cache = context;
	struct hash hash, content;

	if (compute_key(cache, key, &hash) == 0)
		(void)cache_put_bytes(&cache->cache, &hash, code, false, false, &content,
		    NULL); /* then it is not stored */
}

void code_cache_open(struct code_cache *cache, struct reporter *reporter)
{
	const char *filters = getenv("PYTHONWARNINGS");

	cache->reporter = reporter;
	cache_session_begin(&cache->cache, NULL, CACHE_LIMIT, reporter);
	if (!cache->cache.is_open || identity_add(&cache->facts, NULL) < 0)
		return;
	/* Filters decide whether a warning is an error. */
	str_add_part(&cache->facts, slice_c(filters ? filters : ""));
	cache->cache.warn = warn;
	cache->cache.context = cache;
	cache->store = (struct py_store){get, put, cache};
}

void code_cache_end(struct code_cache *cache)
{
	if (cache && cache->store.get)
		cache_session_end(&cache->cache, cache->reporter);
}

void code_cache_release(struct code_cache *cache)
{
	cache_close(&cache->cache);
	str_release(&cache->facts);
}
