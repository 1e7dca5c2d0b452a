#include "base/map.h"

#define MAP_LEAST_SLOTS 16

/* FNV-1a, 64 bits, then folded: the low bits choose the slot. */
static uint64_t hash_of(struct slice key)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < key.len; i++) {
		hash ^= (unsigned char)key.data[i];
		hash *= UINT64_C(0x100000001b3);
	}
	return hash ^ hash >> 32;
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
