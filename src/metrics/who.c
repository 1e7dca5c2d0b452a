#include "metrics/who.h"

#include <limits.h>

#include "base/array.h"
#include "metrics/areas.h"

static bool take_position(struct slice text, struct point *ret)
{
	uint64_t line, column = 0;
	struct slice rest = text, first;

	(void)slice_next(&rest, ':', &first);
	if (!slice_number(first, &line) || line < 1 || line > INT_MAX ||
	    (rest.data && (!slice_number(rest, &column) || column > INT_MAX)))
		return false;
	*ret = (struct point){(int)line, rest.data ? (int)column : -1}; /* -1: all columns */
	return true;
}

/* Parse what stands behind the path. */
static bool take_area(struct slice text, struct area *ret)
{
	struct slice rest = text, first;
	uint64_t column;

	(void)slice_next(&rest, '-', &first);
	if (!take_position(first, &ret->first))
		return false;
	if (!rest.data) {
		ret->last = ret->first;
		if (ret->first.column < 0)
			ret->last.column = INT_MAX;
		return true;
	}
	if (memchr(rest.data, ':', rest.len))
		return take_position(rest, &ret->last) && point_compare(ret->first, ret->last) <= 0;
	if (!slice_number(rest, &column) || column > INT_MAX)
		return false;
	ret->last = (struct point){ret->first.line, (int)column};
	return ret->first.column <= ret->last.column;
}

int who_parse(const char *text, struct who_area *ret, struct error **err)
{
	struct slice all = slice_c(text);

	/* A path may have colons: it is the shortest whose rest is an area. */
	for (size_t at = 1; at < all.len; at++) {
		struct slice rest = slice_of(all.data + at + 1, all.len - at - 1);

		if (all.data[at] != ':' || !take_area(rest, &ret->area))
			continue;
		ret->path = slice_of(all.data, at);
		return 0;
	}
	return fail_bad_value("--who", text, "PATH:LINE or PATH:LINE:COLUMN-COLUMN", err);
}

/* Append a word of a capture as it was before it was escaped: %XX is a byte. */
static void add_word(struct slice word, struct str *ret)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < word.len; i++) {
		const char *high = NULL, *low = NULL;

		if (word.data[i] == '%' && i + 2 < word.len) {
			high = memchr(digits, word.data[i + 1], 16);
			low = memchr(digits, word.data[i + 2], 16);
		}
		if (!high || !low) {
			str_addc(ret, word.data[i]);
			continue;
		}
		str_addc(ret, (char)((high - digits) << 4 | (low - digits)));
		i += 2;
	}
}

/* Whether a region begins in the area. */
static bool begins_in(const struct area *region, const struct area *area)
{
	return point_compare(area->first, region->first) <= 0 &&
	       point_compare(region->first, area->last) <= 0;
}

/* The largest count of the regions in the area. */
static uint64_t most_of(
    const struct measured *measured, const struct share *share, const struct area *area)
{
	uint64_t most = 0;

	for (size_t i = 0; i < measured->count && i < share->capacity; i++) {
		if (begins_in(&measured->areas[i], area) && share->counts[i] > most)
			most = share->counts[i];
	}
	return most;
}

static bool has_region(const struct measured *measured, const struct area *area)
{
	for (size_t i = 0; i < measured->count; i++) {
		if (begins_in(&measured->areas[i], area))
			return true;
	}
	return false;
}

struct identity {
	struct slice name;
	uint64_t most;
};

static int compare_identities(const void *a, const void *b)
{
	const struct identity *first = a, *second = b;

	return slice_compare(first->name, second->name);
}

/* Add the identities of one text of the source to the map. */
static void add_identities(
    const struct measured *measured, const struct area *area, struct arena *arena, struct map *ret)
{
	for (size_t i = 0; i < measured->shares.count; i++) {
		const struct share *share = measured->shares.entries[i].value;
		uint64_t most = most_of(measured, share, area);
		struct identity **place;

		if (!most)
			continue;
		place = (struct identity **)map_at(ret, share->origin.identity);
		if (!*place) {
			*place = arena_zalloc(arena, 1, sizeof(**place));
			(*place)->name = share->origin.identity;
		}
		if (most > (*place)->most)
			(*place)->most = most;
	}
}

/* Fail because there is nothing that could be reached. */
static int fail_nothing(const struct who_area *asked, bool is_measured, struct error **err)
{
	autofree char *path = xmemdup0(asked->path.data, asked->path.len);

	return fail_at(err, path, is_measured ? asked->area.first.line : 0, 0, NULL,
	    is_measured ? "no region begins here: 'kiln metrics --format json' lists them"
			: "no capture has this source");
}

int who_write(const struct measures *measures, struct slice path, const struct who_area *asked,
    struct str *ret, struct error **err)
{
	const struct area *area = &asked->area;
	bool is_measured = false, has_any = false;
	autoarena struct arena arena = {NULL};
	automap struct map found = {NULL};
	autofree struct identity *identities = NULL;

	for (size_t i = 0; i < measures->sources.count; i++) {
		const struct measured *measured = measures->sources.entries[i].value;

		if (!slice_equal(measured->path, path))
			continue;
		is_measured = true;
		has_any = has_any || has_region(measured, area);
		add_identities(measured, area, &arena, &found);
	}
	if (!has_any)
		return fail_nothing(asked, is_measured, err);
	identities = xmalloc((found.count + 1) * sizeof(*identities));
	for (size_t i = 0; i < found.count; i++)
		identities[i] = *(struct identity *)found.entries[i].value;
	array_sort(identities, found.count, sizeof(*identities), compare_identities);
	for (size_t i = 0; i < found.count; i++) {
		autostr struct str name = STR_INIT;

		add_word(identities[i].name, &name);
		str_addf(ret, "%ju ", (uintmax_t)identities[i].most);
		str_add_printable(ret, str_slice(&name));
		str_addc(ret, '\n');
	}
	return 0;
}
