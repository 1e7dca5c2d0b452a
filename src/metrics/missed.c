#include "metrics/missed.h"

#include <stdlib.h>

#include "base/array.h"
#include "metrics/areas.h"

static void add_missed(struct missing *missing, const struct area *area, bool is_implicit)
{
	missing->items[missing->count++] = (struct missed){*area, is_implicit};
}

/* Join regions, but implicit ones, that follow each other. */
static void find_runs(const struct reported *source, struct missing *missing)
{
	bool is_open = false;

	for (size_t i = 0; i < source->count; i++) {
		const struct counted *region = &source->regions[i];
		struct missed *last = missing->count ? &missing->items[missing->count - 1] : NULL;

		if (region->type == '~' || !counted_is_total(region))
			continue;
		if (region->count)
			is_open = false;
		else if (!is_open)
			add_missed(missing, &region->area, false);
		else if (point_compare(last->area.last, region->area.last) < 0)
			last->area.last = region->area.last;
		if (!region->count)
			is_open = true;
	}
}

/* Whether an area begins in one of the first `count` that are missed, which are sorted. */
static bool is_within(const struct missing *missing, size_t count, struct point at)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (point_compare(missing->items[middle].area.last, at) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && point_compare(missing->items[low].area.first, at) <= 0;
}

static int compare_missed(const void *a, const void *b)
{
	const struct missed *first = a, *second = b;

	return area_compare(&first->area, &second->area);
}

void missed_add(const struct missed *missed, struct str *ret)
{
	const struct area *area = &missed->area;

	str_addf(
	    ret, "%s%d:%d-", missed->is_implicit ? "~" : "", area->first.line, area->first.column);
	if (area->last.line != area->first.line)
		str_addf(ret, "%d:", area->last.line);
	str_addf(ret, "%d", area->last.column);
}

void missing_find(const struct reported *source, struct missing *ret)
{
	size_t runs;

	*ret = (struct missing){xmalloc((source->count + 1) * sizeof(*ret->items)), 0};
	find_runs(source, ret);
	runs = ret->count;
	for (size_t i = 0; i < source->count; i++) {
		const struct counted *region = &source->regions[i];

		/* Where the condition was not reached either, that says it. */
		if (region->type == '~' && counted_is_missed(region) && i + 1 < source->count &&
		    !is_within(ret, runs, source->regions[i + 1].area.first))
			add_missed(ret, &region->area, true);
	}
	array_sort(ret->items, ret->count, sizeof(*ret->items), compare_missed);
}

void missing_release(struct missing *missing)
{
	free(missing->items);
}
