#include "metrics/instrumented.h"

#include "base/hash.h"

/* A description that is read. */
struct reader {
	struct measures *measures;
	struct instrumented *ret;
	struct slice rest;
	const char *name;
	struct str areas;    /* their lines without counters */
	struct str counters; /* pairs of uint32_t: a counter, the number of a line */
};

static void reader_release(struct reader *reader)
{
	str_release(&reader->areas);
	str_release(&reader->counters);
}

static bool take_line(struct reader *reader, struct slice *ret)
{
	return reader->rest.len && slice_next(&reader->rest, '\n', ret) && reader->rest.data;
}

/* Take a line `WORD VALUE`. False, and nothing taken, if it has another word. */
static bool take_member(struct reader *reader, const char *word, struct slice *ret)
{
	struct reader after = *reader;
	struct slice line, first;

	if (!take_line(&after, &line) || !slice_next(&line, ' ', &first) ||
	    !slice_is(first, word) || !line.data)
		return false;
	reader->rest = after.rest;
	*ret = line;
	return true;
}

static bool take_count(struct reader *reader, const char *word, size_t *ret)
{
	struct slice value;
	uint64_t count;

	/* What is counted has a byte at least, or is counted in the text. */
	if (!take_member(reader, word, &value) || !slice_number(value, &count) ||
	    count > reader->ret->text.len)
		return false;
	*ret = (size_t)count;
	return true;
}

/* Skip lines up to one that begins with a word. */
static bool skip_to(struct reader *reader, const char *word)
{
	struct slice line, value;
	struct slice before = reader->rest;

	while (!take_member(reader, word, &value)) {
		if (!take_line(reader, &line))
			return false;
		before = reader->rest;
	}
	reader->rest = before;
	return true;
}

/* Read the line of an area. */
static bool read_area(struct reader *reader, uint32_t number)
{
	struct slice line, word;
	const char *begin;

	if (!take_line(reader, &line))
		return false;
	begin = line.data;
	for (size_t i = 0; i < 4; i++) {
		if (!slice_next(&line, ' ', &word))
			return false;
	}
	str_add(&reader->areas, begin, (size_t)(word.data + word.len - begin));
	str_addc(&reader->areas, '\n');
	while (line.data) {
		uint64_t counter;
		uint32_t pair[2];

		if (!slice_next(&line, ' ', &word) || !slice_number(word, &counter) ||
		    counter >= reader->ret->counter_count)
			return false;
		pair[0] = (uint32_t)counter;
		pair[1] = number;
		str_add(&reader->counters, pair, sizeof(pair));
	}
	return true;
}

/* Order the areas by their counters. */
static void sort_areas(struct reader *reader, const struct layout *layout)
{
	struct instrumented *ret = reader->ret;
	const uint32_t *pairs = (const uint32_t *)(const void *)str_c(&reader->counters);
	size_t count = reader->counters.len / (2 * sizeof(*pairs));
	struct arena *arena = &reader->measures->arena;

	ret->firsts = arena_zalloc(arena, ret->counter_count + 2, sizeof(*ret->firsts));
	ret->areas = arena_zalloc(arena, count + 1, sizeof(*ret->areas));
	for (size_t i = 0; i < count; i++)
		ret->firsts[pairs[2 * i] + 2]++;
	for (size_t i = 0; i < ret->counter_count; i++)
		ret->firsts[i + 2] += ret->firsts[i + 1];
	/* One behind: each place moves on to where the next counter's begin. */
	for (size_t i = 0; i < count; i++)
		ret->areas[ret->firsts[pairs[2 * i] + 1]++] = layout->indices[pairs[2 * i + 1]];
}

static bool read_elements(struct reader *reader)
{
	struct instrumented *ret = reader->ret;

	if (!take_count(reader, "elements", &ret->element_count))
		return false;
	ret->elements = arena_zalloc(
	    &reader->measures->arena, ret->element_count + 1, sizeof(*ret->elements));
	for (size_t i = 0; i < ret->element_count; i++) {
		if (!take_line(reader, &ret->elements[i]))
			return false;
	}
	return true;
}

static int fail_reading(const struct reader *reader, struct error **err)
{
	return fail_at(err, reader->name, 0, 0, NULL, "wrong description of counters");
}

static int read_all(struct reader *reader, struct error **err)
{
	struct instrumented *ret = reader->ret;
	struct slice path, hash, line;
	const struct layout *layout;
	size_t areas, len;

	if (!take_line(reader, &line) || !slice_is(line, "kiln-regions 1") ||
	    !take_member(reader, "hash", &hash) || !take_member(reader, "path", &path) ||
	    !path.len || memchr(path.data, '\0', path.len) || !skip_to(reader, "counters") ||
	    !take_count(reader, "counters", &ret->counter_count) || !skip_to(reader, "areas") ||
	    !take_count(reader, "areas", &areas))
		return fail_reading(reader, err);
	for (size_t i = 0; i < areas; i++) {
		if (!read_area(reader, (uint32_t)i))
			return fail_reading(reader, err);
	}
	if (!read_elements(reader))
		return fail_reading(reader, err);
	ret->measured = measures_source(reader->measures, path, hash);
	layout = measured_layout(reader->measures, ret->measured, str_slice(&reader->areas), areas,
	    reader->name, 0, &len, err);
	if (!layout)
		return -1;
	sort_areas(reader, layout);
	return 0;
}

const struct instrumented *instrumented_read(struct measures *measures, struct slice digest,
    struct slice text, const char *name, struct error **err)
{
	CLEANUP(reader_release) struct reader reader = {.measures = measures, .name = name};
	struct arena *arena = &measures->arena;
	struct instrumented *known = map_get(&measures->instrumented, digest);
	struct hash own;

	if (known && slice_equal(known->text, text))
		return known;
	if (hash_compute(HASH_SHA256, text, &own, err) < 0)
		return NULL;
	if (!slice_equal(digest, slice_of((const char *)own.bytes, sizeof(own.bytes)))) {
		(void)fail_at(err, name, 0, 0, NULL, "damaged: it has another digest");
		return NULL;
	}
	reader.ret = arena_zalloc(arena, 1, sizeof(*reader.ret));
	reader.ret->text = arena_slice(arena, text);
	reader.rest = reader.ret->text;
	if (read_all(&reader, err) < 0)
		return NULL;
	*map_at(&measures->instrumented, arena_slice(arena, digest)) = reader.ret;
	return reader.ret;
}
