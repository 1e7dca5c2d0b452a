#include "metrics/capture.h"

#include <stdlib.h>

/* A text that is read line by line. */
struct lines {
	struct slice rest;
	long number; /* of the next line */
};

/* The lines of a text that have an end. */
static struct lines lines_of(struct slice text, bool *cut)
{
	const char *end = text.len ? memrchr(text.data, '\n', text.len) : NULL;
	size_t len = end ? (size_t)(end - text.data) + 1 : 0;

	*cut = *cut || len < text.len;
	return (struct lines){slice_of(text.data, len), 1};
}

static bool next_line(struct lines *lines, struct slice *ret)
{
	if (!lines->rest.len || !slice_next(&lines->rest, '\n', ret))
		return false;
	lines->number++;
	return true;
}

static int fail_line(
    const char *name, const char *file, const struct lines *lines, struct error **err)
{
	return fail_at(err, name, lines->number - 1, 0, NULL, "wrong line in '%s'", file);
}

/* Read up to `count` numbers, a line each. */
static int take_counts(struct lines *lines, size_t count, uint64_t *ret, size_t *ret_count,
    const char *name, struct error **err)
{
	const char *at = lines->rest.data, *end = at + lines->rest.len;
	size_t number = 0;

	for (; number < count && at < end; number++) {
		uint64_t value = 0;
		const char *begin = at;

		for (; *at >= '0' && *at <= '9'; at++)
			value = value > UINT64_MAX / 10 - 1 ? UINT64_MAX
							    : 10 * value + (uint64_t)(*at - '0');
		if (at == begin || *at != '\n')
			return fail_at(err, name, lines->number + (long)number, 0, NULL,
			    "wrong line in 'counts': expected a number");
		at++;
		ret[number] = value;
	}
	lines->rest = slice_of(at, (size_t)(end - at));
	lines->number += (long)number;
	*ret_count = number;
	return 0;
}

static bool has_nul(struct slice slice)
{
	return slice.len && memchr(slice.data, '\0', slice.len);
}

struct counter_reader {
	struct measures *measures;
	const char *name;
	struct slice identity;
	struct lines sources, areas, counts, hashes;
	uint64_t *buffer;
	bool cut;
};

/* Read the areas and counts of one line of `sources`. */
static int read_source(struct counter_reader *reader, struct slice line, struct error **err)
{
	struct slice isolation, number, hash = SLICE_LITERAL("");
	struct origin origin = {.identity = reader->identity};
	struct measured *measured;
	const struct layout *layout;
	size_t len, areas, found = 0;
	uint64_t count;

	if (!slice_next(&line, ' ', &isolation) || !slice_next(&line, ' ', &number) ||
	    !slice_number(number, &count) || !line.len || has_nul(line))
		return fail_line(reader->name, "sources", &reader->sources, err);
	(void)next_line(&reader->hashes, &hash);
	origin.isolation = isolation;
	measured = measures_source(reader->measures, line, hash);
	areas = count < reader->areas.rest.len ? (size_t)count : reader->areas.rest.len;
	layout = measured_layout(reader->measures, measured, reader->areas.rest, areas,
	    reader->name, reader->areas.number, &len, err);
	if (!layout)
		return -1;
	reader->areas.rest = slice_from(reader->areas.rest, len);
	reader->areas.number += (long)layout->count;
	if (take_counts(&reader->counts, layout->count, reader->buffer, &found, reader->name, err) <
	    0)
		return -1;
	measured_add(reader->measures, measured, layout, &origin, reader->buffer, found);
	reader->cut = reader->cut || found < count;
	return 0;
}

int capture_counts(struct measures *measures, const struct capture_text *text,
    struct slice identity, const char *name, bool *ret_cut, struct error **err)
{
	struct counter_reader reader = {.measures = measures, .name = name, .identity = identity};
	struct slice line;
	int result = 0;

	reader.sources = lines_of(text->sources, &reader.cut);
	reader.areas = lines_of(text->areas, &reader.cut);
	reader.counts = lines_of(text->counts, &reader.cut);
	reader.hashes = lines_of(text->hashes, &reader.cut);
	/* A count has two bytes at least. */
	reader.buffer = xmalloc((text->counts.len / 2 + 1) * sizeof(*reader.buffer));
	while (result == 0 && next_line(&reader.sources, &line))
		result = read_source(&reader, line, err);
	free(reader.buffer);
	*ret_cut = reader.cut || reader.areas.rest.len || reader.counts.rest.len;
	return result;
}

/* A module and the path of its source. */
struct module {
	struct slice name, path;
};

struct modules {
	struct module *items;
	size_t count;
};

static int read_modules(struct measures *measures, struct lines *lines, struct modules *modules,
    const char *name, struct error **err)
{
	struct slice line, module, hash;

	while (next_line(lines, &line)) {
		autostr struct str path = STR_INIT;

		if (!slice_next(&line, ' ', &module) || !slice_next(&line, ' ', &hash) ||
		    !line.len || has_nul(line))
			return fail_line(name, "modules", lines, err);
		paths_resolve(measures->paths, line, &path);
		modules->items = xreallocarray(
		    modules->items, modules->count + 1, sizeof(*modules->items));
		modules->items[modules->count++] = (struct module){
		    module, arena_slice(&measures->arena, str_slice(&path))};
	}
	return 0;
}

/* The path of the module with the longest name that the element's begins with. */
static struct slice path_of(const struct modules *modules, struct slice element)
{
	struct module best = {SLICE_LITERAL(""), SLICE_LITERAL("")};

	for (size_t i = 0; i < modules->count; i++) {
		struct slice name = modules->items[i].name;

		if (slice_starts(element, name) && name.len >= best.name.len &&
		    (element.len == name.len || element.data[name.len] == '.'))
			best = modules->items[i];
	}
	return best.path;
}

/* Take ELAPSED-RESIDENCY. False if the line is anything else. */
static bool add_call(struct measures *measures, struct timing *timing, struct slice line)
{
	struct slice elapsed;

	if (!slice_next(&line, '-', &elapsed) || !slice_number(elapsed, &timing->elapsed) ||
	    !slice_number(line, &timing->residency))
		return false;
	timing->minimum = timing->maximum = timing->elapsed;
	measures_time(measures, timing);
	return true;
}

/* Read `ELEMENT: CALLER`. */
static bool take_element(const struct modules *modules, struct timing *timing, struct slice line)
{
	const char *colon = line.len ? memmem(line.data, line.len, ": ", 2) : NULL;
	size_t len = colon ? (size_t)(colon - line.data) : line.len - 1;

	if (line.len < 2 || (!colon && line.data[line.len - 1] != ':') || len == 0)
		return false;
	timing->element = slice_of(line.data, len);
	timing->caller = colon ? slice_of(colon + 2, line.len - len - 2) : SLICE_LITERAL("");
	timing->path = path_of(modules, timing->element);
	return !has_nul(line);
}

static int read_times(struct measures *measures, struct lines *lines, const struct modules *modules,
    const char *name, struct error **err)
{
	struct timing timing = {.calls = 1};
	struct slice line;
	bool is_right = true;

	while (is_right && next_line(lines, &line)) {
		if (line.len && line.data[0] == '\t' && timing.element.len)
			is_right = add_call(measures, &timing, slice_from(line, 1));
		else
			is_right = take_element(modules, &timing, line);
	}
	return is_right ? 0 : fail_line(name, "timings", lines, err);
}

int capture_times(struct measures *measures, struct slice timings, struct slice modules,
    const char *name, bool *ret_cut, struct error **err)
{
	struct modules known = {NULL, 0};
	struct lines lines;
	int result;

	*ret_cut = false;
	lines = lines_of(modules, ret_cut);
	result = read_modules(measures, &lines, &known, name, err);
	lines = lines_of(timings, ret_cut);
	if (result == 0)
		result = read_times(measures, &lines, &known, name, err);
	free(known.items);
	return result;
}
