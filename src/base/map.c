#include "base/map.h"

#define MAP_LEAST_SLOTS 16

/* Eight bytes at a time, each mixed by a multiplication whose high bits are folded into the low ones, which choose the
 * slot. Keys are not hostile to the point of being chosen by their hashes: what is read from outside is bounded in number. */
static uint64_t hash_of(struct slice key)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ key.len;
	const char *at = key.data;
	size_t left = key.len;

	while (left) {
		uint64_t word = 0;
		size_t count = left < sizeof(word) ? left : sizeof(word);

		memcpy(&word, at, count);
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
		at += count;
		left -= count;
	}
	return hash;
}

/* The slot that has the key, or the free one where it belongs. There always is a free one. */
static size_t find_slot(const struct map *map, struct slice key, uint64_t hash)
{
	size_t mask = map->slot_count - 1;
	size_t slot = hash & mask;

	while (map->slots[slot]) {
		const struct map_entry *entry = &map->entries[map->slots[slot] - 1];

		if (entry->hash == hash && slice_equal(entry->key, key))
			return slot;
		slot = (slot + 1) & mask;
	}
	return slot;
}

static void grow_slots(struct map *map)
{
	size_t mask;

	map->slot_count = map->slot_count ? map->slot_count * 2 : MAP_LEAST_SLOTS;
	free(map->slots);
	map->slots = xcalloc(map->slot_count, sizeof(*map->slots));
	mask = map->slot_count - 1;
	for (size_t i = 0; i < map->count; i++) {
		size_t slot = map->entries[i].hash & mask;

		while (map->slots[slot])
			slot = (slot + 1) & mask;
		map->slots[slot] = (uint32_t)(i + 1);
	}
}

static void grow_entries(struct map *map)
{
	map->capacity = map->capacity ? map->capacity * 2 : MAP_LEAST_SLOTS / 2;
	map->entries = xreallocarray(map->entries, map->capacity, sizeof(*map->entries));
}

const struct map_entry *map_find(const struct map *map, struct slice key)
{
	size_t slot;

	if (map->count == 0)
		return NULL;
	slot = find_slot(map, key, hash_of(key));
	return map->slots[slot] ? &map->entries[map->slots[slot] - 1] : NULL;
}

void *map_get(const struct map *map, struct slice key)
{
	const struct map_entry *entry = map_find(map, key);

	return entry ? entry->value : NULL;
}

void **map_at(struct map *map, struct slice key)
{
	uint64_t hash = hash_of(key);
	size_t slot;

	/* Half of the slots stay free. */
	if (map->count >= map->slot_count / 2)
		grow_slots(map);
	slot = find_slot(map, key, hash);
	if (!map->slots[slot]) {
		if (map->count == UINT32_MAX)
			out_of_memory();
		if (map->count == map->capacity)
			grow_entries(map);
		map->entries[map->count++] = (struct map_entry){key, NULL, hash};
		map->slots[slot] = (uint32_t)map->count;
	}
	return &map->entries[map->slots[slot] - 1].value;
}

void map_release(struct map *map)
{
	free(map->entries);
	free(map->slots);
	*map = (struct map){0};
}
