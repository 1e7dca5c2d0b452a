#include "base/map.h"

#include <endian.h>
#include <sys/auxv.h>

#define MAP_LEAST_SLOTS 16

static uint64_t rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

uint64_t map_hash(const uint64_t seed[2], struct slice key)
{
	uint64_t v[4] = {seed[0] ^ UINT64_C(0x736f6d6570736575),
	    seed[1] ^ UINT64_C(0x646f72616e646f6d), seed[0] ^ UINT64_C(0x6c7967656e657261),
	    seed[1] ^ UINT64_C(0x7465646279746573)};
	const char *at = key.data;
	size_t left = key.len;
	uint64_t word = 0;

	for (; left >= sizeof(word); left -= sizeof(word), at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		word = le64toh(word);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = 0;
	if (left)
		memcpy(&word, at, left);
	word = le64toh(word) | (uint64_t)key.len << 56;
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* A new map's seed: the 16 random bytes that the kernel passes to each program at its start
 * (AT_RANDOM, getauxval(3)); reading them takes no system call. */
static void take_seed(struct map *map)
{
	const void *random = (const void *)getauxval(AT_RANDOM);

	if (random && !map->seed[0] && !map->seed[1])
		memcpy(map->seed, random, sizeof(map->seed));
}

/* The slot of the key, or the free slot where the key belongs. A map always has a free slot. */
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
	slot = find_slot(map, key, map_hash(map->seed, key));
	return map->slots[slot] ? &map->entries[map->slots[slot] - 1] : NULL;
}

void *map_get(const struct map *map, struct slice key)
{
	const struct map_entry *entry = map_find(map, key);

	return entry ? entry->value : NULL;
}

void **map_at(struct map *map, struct slice key)
{
	uint64_t hash;
	size_t slot;

	if (!map->slots)
		take_seed(map);
	/* Half of the slots stay free. */
	if (map->count >= map->slot_count / 2)
		grow_slots(map);
	hash = map_hash(map->seed, key);
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
