#include "metrics/measures.h"

#include <stdlib.h>

#include "metrics/areas.h"

void measures_key(struct slice path, struct slice hash, struct str *ret)
{
	str_add_part(ret, path);
	str_add_part(ret, hash);
}

/* The place of a key's value; the key is copied if it is new. */
static void **place_of(struct map *map, struct arena *arena, struct slice key)
{
	return map_at(map, map_find(map, key) ? key : arena_slice(arena, key));
}

struct measured *measures_source(struct measures *measures, struct slice path, struct slice hash)
{
	autostr struct str key = STR_INIT;
	autostr struct str absolute = STR_INIT;
	struct measured *measured;
	void **place;

	paths_resolve(measures->paths, path, &absolute);
	measures_key(str_slice(&absolute), hash, &key);
	place = place_of(&measures->sources, &measures->arena, str_slice(&key));
	measured = *place;
	if (!measured) {
		measured = arena_zalloc(&measures->arena, 1, sizeof(*measured));
		measured->path = arena_slice(&measures->arena, str_slice(&absolute));
		measured->hash = arena_slice(&measures->arena, hash);
		*place = measured;
	}
	return measured;
}

static struct slice bytes_of(const struct area *area)
{
	return slice_of((const char *)area, sizeof(*area));
}

size_t measured_find(const struct measured *measured, const struct area *area)
{
	return (size_t)(uintptr_t)map_get(&measured->index, bytes_of(area)) - 1;
}

static uint32_t number_of(
    struct measures *measures, struct measured *measured, const struct area *area)
{
	size_t found = measured_find(measured, area);

	if (found != SIZE_MAX)
		return (uint32_t)found;
	if (measured->count == measured->area_capacity) {
		measured->area_capacity = measured->area_capacity ? 2 * measured->area_capacity
								  : 64;
		measured->areas = xreallocarray(
		    measured->areas, measured->area_capacity, sizeof(*measured->areas));
	}
	measured->areas[measured->count] = *area;
	*map_at(&measured->index, arena_slice(&measures->arena,
				      bytes_of(area))) = (void *)(uintptr_t)(measured->count + 1);
	return (uint32_t)measured->count++;
}

/* The layout whose lines the text begins with. */
static const struct layout *find_layout(
    const struct measured *measured, struct slice text, size_t count)
{
	for (size_t i = 0; i < LAYOUTS_KEPT && i < measured->layout_count; i++) {
		const struct layout *layout = &measured->layouts[i];

		if (layout->count == count && layout->len <= text.len &&
		    memcmp(layout->text, text.data, layout->len) == 0)
			return layout;
	}
	return NULL;
}

static void layout_release(struct layout *layout)
{
	free(layout->text);
	free(layout->indices);
}

static const struct layout *add_layout(
    struct measured *measured, struct slice text, uint32_t *indices, size_t count)
{
	struct layout *layout = &measured->layouts[measured->layout_count++ % LAYOUTS_KEPT];

	layout_release(layout);
	*layout = (struct layout){xmemdup0(text.data, text.len), text.len, indices, count, true};
	for (size_t i = 0; i < count; i++)
		layout->plain = layout->plain && indices[i] == i;
	return layout;
}

const struct layout *measured_layout(struct measures *measures, struct measured *measured,
    struct slice text, size_t count, const char *name, long line, size_t *ret_len,
    struct error **err)
{
	const struct layout *known = find_layout(measured, text, count);
	struct slice rest = text;
	autofree uint32_t *indices = NULL;
	size_t number = 0;

	if (known) {
		*ret_len = known->len;
		return known;
	}
	/* An area has 8 bytes at least. */
	indices = xmalloc((count < text.len / 8 ? count : text.len / 8) * sizeof(*indices) + 1);
	for (; number < count && rest.len; number++) {
		struct area area;

		if (!area_take(&rest, &area))
			return fail_null(fail_at(err, name, line + (long)number, 0, NULL,
			    "expected the lines and columns of an area"));
		indices[number] = number_of(measures, measured, &area);
	}
	*ret_len = text.len - rest.len;
	return add_layout(measured, slice_of(text.data, *ret_len), steal(&indices), number);
}

/* Make room for the counts of all areas; new ones are 0. */
static void make_room(uint64_t **counts, size_t *capacity, const struct measured *measured)
{
	if (*capacity >= measured->count)
		return;
	*counts = xreallocarray(*counts, measured->area_capacity, sizeof(**counts));
	memset(*counts + *capacity, 0, (measured->area_capacity - *capacity) * sizeof(**counts));
	*capacity = measured->area_capacity;
}

static void add_counts(
    uint64_t *sums, const struct layout *layout, const uint64_t *counts, size_t count)
{
	if (layout->plain) {
		for (size_t i = 0; i < count; i++)
			sums[i] = add_saturated(sums[i], counts[i]);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		uint64_t *sum = &sums[layout->indices[i]];

		*sum = add_saturated(*sum, counts[i]);
	}
}

static struct share *share_of(
    struct measures *measures, struct measured *measured, const struct origin *origin)
{
	autostr struct str key = STR_INIT;
	struct share *share;
	void **place;

	str_add_part(&key, origin->identity);
	str_add_part(&key, origin->isolation);
	place = place_of(&measured->shares, &measures->arena, str_slice(&key));
	share = *place;
	if (!share) {
		share = arena_zalloc(&measures->arena, 1, sizeof(*share));
		share->origin.identity = arena_slice(&measures->arena, origin->identity);
		share->origin.isolation = arena_slice(&measures->arena, origin->isolation);
		*place = share;
	}
	return share;
}

struct sums measured_sums(
    struct measures *measures, struct measured *measured, const struct origin *origin)
{
	struct share *share = NULL;

	make_room(&measured->counts, &measured->count_capacity, measured);
	if (measures->has_shares &&
	    (!measures->shared.len || slice_equal(measures->shared, measured->path))) {
		share = share_of(measures, measured, origin);
		make_room(&share->counts, &share->capacity, measured);
	}
	return (struct sums){measured->counts, share ? share->counts : NULL};
}

void measured_add(struct measures *measures, struct measured *measured, const struct layout *layout,
    const struct origin *origin, const uint64_t *counts, size_t count)
{
	struct sums sums = measured_sums(measures, measured, origin);

	if (count > layout->count)
		count = layout->count;
	add_counts(sums.all, layout, counts, count);
	if (sums.share)
		add_counts(sums.share, layout, counts, count);
}

void timing_add(struct timing *sum, const struct timing *timing)
{
	sum->calls = add_saturated(sum->calls, timing->calls);
	sum->elapsed = add_saturated(sum->elapsed, timing->elapsed);
	sum->residency = add_saturated(sum->residency, timing->residency);
	if (timing->minimum < sum->minimum)
		sum->minimum = timing->minimum;
	if (timing->maximum > sum->maximum)
		sum->maximum = timing->maximum;
}

void measures_time(struct measures *measures, const struct timing *timing)
{
	autostr struct str key = STR_INIT;
	struct arena *arena = &measures->arena;
	struct timing *sum;
	void **place;

	str_add_part(&key, timing->path);
	str_add_part(&key, timing->element);
	str_add_part(&key, timing->caller);
	place = place_of(&measures->timings, arena, str_slice(&key));
	sum = *place;
	if (!sum) {
		sum = arena_zalloc(arena, 1, sizeof(*sum));
		sum->path = arena_slice(arena, timing->path);
		sum->element = arena_slice(arena, timing->element);
		sum->caller = arena_slice(arena, timing->caller);
		sum->minimum = UINT64_MAX;
		*place = sum;
	}
	timing_add(sum, timing);
}

/* What the others counted of a region. */
static uint64_t count_of(const struct measured *measured, const struct area *area)
{
	size_t found = measured ? measured_find(measured, area) : SIZE_MAX;

	return found < (measured ? measured->count_capacity : 0) ? measured->counts[found] : 0;
}

/* Change the counts of all regions by what others counted. */
static void combine(struct measures *measures, const struct measures *other,
    uint64_t (*combined)(uint64_t own, uint64_t others))
{
	for (size_t i = 0; i < measures->sources.count; i++) {
		struct measured *measured = measures->sources.entries[i].value;
		const struct measured *found = map_get(
		    &other->sources, measures->sources.entries[i].key);

		for (size_t j = 0; j < measured->count && j < measured->count_capacity; j++) {
			uint64_t count = count_of(found, &measured->areas[j]);

			measured->counts[j] = combined(measured->counts[j], count);
			for (size_t k = 0; k < measured->shares.count; k++) {
				struct share *share = measured->shares.entries[k].value;

				if (j < share->capacity)
					share->counts[j] = combined(share->counts[j], count);
			}
		}
	}
}

static uint64_t smaller(uint64_t own, uint64_t others)
{
	return own < others ? own : others;
}

static uint64_t only_own(uint64_t own, uint64_t others)
{
	return others ? 0 : own;
}

/* Elements that the others called, or did not call, were not called. */
static void drop_timings(struct measures *measures, const struct measures *other, bool called)
{
	for (size_t i = 0; i < measures->timings.count; i++) {
		struct map_entry *entry = &measures->timings.entries[i];

		if ((map_get(&other->timings, entry->key) != NULL) == called)
			((struct timing *)entry->value)->calls = 0;
	}
}

void measures_intersect(struct measures *measures, const struct measures *other)
{
	combine(measures, other, smaller);
	drop_timings(measures, other, false);
}

void measures_subtract(struct measures *measures, const struct measures *other)
{
	combine(measures, other, only_own);
	drop_timings(measures, other, true);
}

void measures_release(struct measures *measures)
{
	for (size_t i = 0; i < measures->sources.count; i++) {
		struct measured *measured = measures->sources.entries[i].value;

		for (size_t j = 0; j < measured->shares.count; j++)
			free(((struct share *)measured->shares.entries[j].value)->counts);
		map_release(&measured->shares);
		for (size_t j = 0; j < LAYOUTS_KEPT; j++)
			layout_release(&measured->layouts[j]);
		free(measured->areas);
		free(measured->counts);
		map_release(&measured->index);
	}
	map_release(&measures->sources);
	map_release(&measures->timings);
	map_release(&measures->instrumented);
	arena_release(&measures->arena);
}
