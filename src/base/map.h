/*
 * A hash map from byte strings to pointers.
 *
 * Keys are borrowed and must live as long as the map. Iteration is in order of insertion, so that
 * output written from a map does not depend on hashes. A zeroed map is valid and empty. Values can
 * be replaced; nothing is removed.
 *
 * Keys may come from anybody. The hash is seeded, with a seed that differs between processes
 * (forked ones share it), so that nobody can choose keys that collide.
 */
#ifndef KILN_BASE_MAP_H
#define KILN_BASE_MAP_H

#include "base/str.h"

struct map_entry {
	struct slice key;
	void *value;
	uint64_t hash;
};

struct map {
	struct map_entry *entries; /* in order of insertion */
	size_t count;
	size_t capacity;
	uint32_t *slots; /* index into entries plus 1, 0 if free */
	size_t slot_count;
	uint64_t seed[2]; /* of map_hash(); zero until there are slots */
};

/* SipHash-1-3 (https://www.aumasson.jp/siphash/), as CPython 3.11 has for its strings. */
uint64_t map_hash(const uint64_t seed[2], struct slice key);

/* The value, or NULL if the key is absent. */
void *map_get(const struct map *map, struct slice key);

/* The entry of a key, or NULL if it is absent; valid until the next map_at(). */
const struct map_entry *map_find(const struct map *map, struct slice key);

/* The place of the key's value, created with NULL if absent; valid until the next map_at(). */
void **map_at(struct map *map, struct slice key);

void map_release(struct map *map);
#define automap CLEANUP(map_release)

#endif
