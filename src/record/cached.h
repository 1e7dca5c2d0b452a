/*
 * What was made of a source before, in the cache (docs/formats.rst, "Cache"): its description, the
 * summary for the index, and what was noted about both. With that a source that did not change is
 * not described again, whatever the format and wherever the output.
 */
#ifndef KILN_RECORD_CACHED_H
#define KILN_RECORD_CACHED_H

#include "cache/store.h"
#include "record/loaded.h"

/* The key of a source, whose digest is that of loaded_read(). */
int cached_key(const struct record_source *source, const struct record_settings *settings,
    const char *digest, struct hash *ret, struct error **err);

/* Take the description into `loaded`, append the summary, and add the notes. *ret_found is false,
 * with nothing changed, if the cache has none. Errors are those of cache_get_bytes(). */
int cached_get(struct cache *cache, const struct hash *key, const struct record_source *source,
    struct loaded *loaded, struct str *ret_summary, struct notes *notes, bool *ret_found,
    struct error **err);

/* Store them. Errors are those of cache_put_bytes(). */
int cached_put(struct cache *cache, const struct hash *key, const struct record_source *source,
    const struct loaded *loaded, struct slice summary, const struct notes *notes,
    struct error **err);

#endif
