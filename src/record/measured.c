#include "record/measured.h"

#include <limits.h>
#include <stdlib.h>

#include "base/file.h"

#define MEASURED_LIMIT ((size_t)256 << 20)

enum { AREAS, TYPES, TIMINGS };
static const char *const file_names[MEASURED_FILES] = {
    "coverage-areas", "area-types", "profile-timings"};

static int malformed(const char *name, const char *file, size_t line, struct error **err)
{
	autofree char *path = xasprintf("%s/%s", name, file);

	return fail_at(err, path, (long)line, 0, NULL, "the metrics are malformed");
}

/* Coverage */

static bool take_number(struct slice *line, uint64_t most, uint64_t *ret)
{
	struct slice word;

	return slice_next(line, ' ', &word) && slice_number(word, ret) && *ret <= most;
}

/* COUNT LINE COLUMN LINE COLUMN */
static bool read_region(struct slice line, struct record_region *ret)
{
	uint64_t numbers[4];

	if (!take_number(&line, UINT64_MAX, &ret->count))
		return false;
	for (size_t i = 0; i < 4; i++) {
		if (!take_number(&line, INT_MAX, &numbers[i]))
			return false;
	}
	ret->area.first = (struct point){(int)numbers[0], (int)numbers[1]};
	ret->area.last = (struct point){(int)numbers[2], (int)numbers[3]};
	return !line.data;
}

static int compare_points(struct point a, struct point b)
{
	if (a.line != b.line)
		return a.line < b.line ? -1 : 1;
	return a.column < b.column ? -1 : a.column > b.column;
}

static int read_regions(
    struct factor_record *record, const struct measured *measured, struct error **err)
{
	struct slice rest = str_slice(&measured->texts[AREAS]), line;
	const struct str *types = &measured->texts[TYPES];
	const char *name = measured->name;
	size_t lines = 0;

	for (size_t i = 0; i < rest.len; i++)
		lines += rest.data[i] == '\n';
	if (lines != types->len)
		return malformed(name, "area-types", 0, err);
	record->regions = arena_zalloc(&record->arena, lines, sizeof(*record->regions));
	for (size_t i = 0; i < lines && slice_next(&rest, '\n', &line); i++) {
		struct record_region *region = &record->regions[i];

		region->type = types->data[i];
		if (!read_region(line, region) ||
		    (i && compare_points(region[-1].area.first, region->area.first) > 0))
			return malformed(name, "coverage-areas", i + 1, err);
	}
	record->region_count = lines;
	return 0;
}

/* The number of regions that begin before a point, or at it. */
static size_t regions_before(const struct factor_record *record, struct point point, bool at)
{
	size_t first = 0, end = record->region_count;

	while (first < end) {
		size_t middle = first + (end - first) / 2;
		int order = compare_points(record->regions[middle].area.first, point);

		if (order < 0 || (at && order == 0))
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

/* Sums over the regions up to each one: those that count, and those of them that never ran. */
struct sums {
	size_t counters, zeros;
};

static struct record_measures *measures_of(
    struct factor_record *record, struct record_element *element)
{
	if (!element->measures)
		element->measures = arena_zalloc(&record->arena, 1, sizeof(*element->measures));
	return element->measures;
}

static void cover(
    struct factor_record *record, const struct sums *sums, struct record_element *element)
{
	struct point last = element->area.last;
	size_t first = regions_before(record, element->area.first, false), end, counters;

	if (!last.column) /* the whole line */
		last.column = INT_MAX;
	end = regions_before(record, last, true);
	counters = end > first ? sums[end].counters - sums[first].counters : 0;
	if (counters) {
		struct record_measures *measures = measures_of(record, element);

		measures->counters = counters;
		measures->zeros = sums[end].zeros - sums[first].zeros;
	}
	for (struct record_element *child = element->first; child; child = child->next)
		cover(record, sums, child);
}

static void cover_all(struct factor_record *record)
{
	struct sums *sums = xcalloc(record->region_count + 1, sizeof(*sums));

	for (size_t i = 0; i < record->region_count; i++) {
		bool counts = record->regions[i].type != ' ';

		sums[i + 1] = sums[i];
		sums[i + 1].counters += counts;
		sums[i + 1].zeros += counts && !record->regions[i].count;
	}
	cover(record, sums, record->module);
	free(sums);
}

/* Times */

static double read_time(const struct json *timing, const char *key)
{
	const struct json *value = json_get(timing, key);

	return json_is(value, JSON_NUMBER) && value->number >= 0 && value->number < 1e300
		   ? value->number
		   : 0;
}

/* The element of the record that has a name with its module. */
static struct record_element *find_timed(const struct factor_record *record, struct slice name)
{
	if (!slice_starts(name, record->name))
		return NULL;
	name = slice_from(name, record->name.len);
	if (name.len && *name.data != '.')
		return NULL;
	if (name.len)
		name = slice_from(name, 1);
	return (struct record_element *)factor_record_find(record, name);
}

static int join_timings(
    struct factor_record *record, struct slice text, const char *name, struct error **err)
{
	autofree char *path = xasprintf("%s/profile-timings", name);
	autojson struct json *json = json_parse(text, path, MEASURED_LIMIT, err);

	if (!json)
		return -1;
	for (const struct json *timing = json_first(json); timing; timing = timing->next) {
		struct record_element *element = find_timed(
		    record, slice_c(json_text(timing, "element", "?")));
		struct record_measures *measures;

		if (!element)
			continue;
		measures = measures_of(record, element);
		measures->calls = read_time(timing, "calls");
		measures->duration = read_time(timing, "mean");
		measures->residency = read_time(timing, "residency");
		measures->minimum = read_time(timing, "minimum");
		measures->maximum = read_time(timing, "maximum");
	}
	return 0;
}

int measured_join(struct factor_record *record, const struct measured *measured, struct error **err)
{
	struct slice timings = str_slice(&measured->texts[TIMINGS]);

	if (read_regions(record, measured, err) < 0)
		return -1;
	if (record->region_count)
		cover_all(record);
	return timings.len ? join_timings(record, timings, measured->name, err) : 0;
}

static int read_file(struct place directory, const char *name, struct str *ret, struct error **err)
{
	autofree char *path = xasprintf("%s/%s", directory.path, name);
	autofree char *shown = xasprintf("%s/%s", directory.shown, name);
	autoerror struct error *error = NULL;

	if (file_read_place((struct place){directory.root, path, shown}, MEASURED_LIMIT, ret, NULL,
		&error) == 0 ||
	    errno_is_absence(error->number))
		return 0;
	return fail_with(err, steal(&error));
}

int measured_read(struct place directory, struct measured *ret, struct error **err)
{
	ret->name = xstrdup(directory.shown);
	for (size_t i = 0; i < MEASURED_FILES; i++) {
		if (read_file(directory, file_names[i], &ret->texts[i], err) < 0)
			return -1;
	}
	return 0;
}

void measured_release(struct measured *measured)
{
	for (size_t i = 0; i < MEASURED_FILES; i++)
		str_release(&measured->texts[i]);
	free(measured->name);
}
