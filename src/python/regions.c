#include "python/regions.h"

#include "base/array.h"
#include "base/str.h"

void regions_add(struct regions *regions, struct area area, char type, int counter)
{
	if (regions->count == regions->capacity) {
		regions->capacity = regions->capacity ? 2 * regions->capacity : 64;
		regions->items = xreallocarray(
		    regions->items, regions->capacity, sizeof(*regions->items));
	}
	regions->items[regions->count++] = (struct region){area, type, counter};
}

static int compare_points(struct point a, struct point b)
{
	if (a.line != b.line)
		return a.line < b.line ? -1 : 1;
	return (a.column > b.column) - (a.column < b.column);
}

static int compare_areas(const struct area *a, const struct area *b)
{
	int order = compare_points(a->first, b->first);

	return order ? order : compare_points(a->last, b->last);
}

/* Regions of one area are in the order of their counters: the order is the same wherever the
 * regions are sorted. */
static int compare_regions(const void *a, const void *b)
{
	const struct region *one = a, *other = b;
	int order = compare_areas(&one->area, &other->area);

	return order ? order : (one->counter > other->counter) - (one->counter < other->counter);
}

void regions_sort(struct regions *regions)
{
	array_sort(regions->items, regions->count, sizeof(*regions->items), compare_regions);
}

/* Of several regions of one area a statement comes first; those without code say nothing. */
static char stronger(char type, char other)
{
	static const char order[] = {REGION_NEVER, REGION_PART, REGION_STATEMENT, REGION_IMPLICIT};
	const char *a = memchr(order, type, sizeof(order));
	const char *b = memchr(order, other, sizeof(order));

	return a > b ? type : other;
}

const struct region *regions_next(const struct regions *regions, size_t *at, char *ret_type)
{
	const struct region *first;

	if (*at >= regions->count)
		return NULL;
	first = &regions->items[*at];
	*ret_type = first->type;
	while (++*at < regions->count) {
		const struct region *next = &regions->items[*at];

		if (compare_areas(&first->area, &next->area) != 0)
			break;
		*ret_type = stronger(*ret_type, next->type);
	}
	return first;
}

void region_add_area(const struct area *area, struct str *ret)
{
	const int numbers[] = {
	    area->first.line, area->first.column, area->last.line, area->last.column};

	for (size_t i = 0; i < 4; i++) {
		if (i)
			str_addc(ret, ' ');
		str_add_number(ret, (uint64_t)numbers[i]);
	}
}

void regions_release(struct regions *regions)
{
	free(regions->items);
}
