#include "python/leaving.h"

#include "base/arena.h"
#include "base/array.h"
#include "python/instrument.h"
#include "python/stretch.h"

/* A place of the source, as walks find it, from which an exception may leave. */
struct place {
	struct stretch stretch;
	struct slice counters; /* in digits, each with a space before */
};

struct places {
	struct place *items;
	size_t count;
};

/* The places of a function: those of which anything in them is told, which do not overlap, and
 * those that only mean what has their position. */
struct leaving {
	struct places within, exact;
};

static int compare_starts(const struct stretch *a, const struct stretch *b)
{
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return (a->column > b->column) - (a->column < b->column);
}

static int compare_ends(const struct stretch *a, const struct stretch *b)
{
	if (a->end_line != b->end_line)
		return a->end_line < b->end_line ? -1 : 1;
	return (a->end_column > b->end_column) - (a->end_column < b->end_column);
}

static int compare_places(const void *a, const void *b)
{
	return compare_starts(
	    &((const struct place *)a)->stretch, &((const struct place *)b)->stretch);
}

/* Read a number behind a space. */
static int take_number(struct slice *line)
{
	int result = 0;

	if (line->len)
		*line = slice_from(*line, 1);
	for (; line->len && line->data[0] >= '0' && line->data[0] <= '9';
	     *line = slice_from(*line, 1))
		result = result * 10 + line->data[0] - '0';
	return result;
}

static void add_place(struct places *places, struct slice line)
{
	struct place *place = &places->items[places->count++];

	line = slice_from(line, 1);
	place->stretch.line = take_number(&line);
	place->stretch.column = take_number(&line);
	place->stretch.end_line = take_number(&line);
	place->stretch.end_column = take_number(&line);
	place->counters = line;
}

/* Read what waiting_may_leave() wrote. */
static void read_places(struct leaving *ret, struct slice text, struct arena *arena)
{
	size_t count = 0;
	struct slice line;

	for (struct slice rest = text; rest.len && slice_next(&rest, '\n', &line);)
		count++;
	ret->within = (struct places){arena_zalloc(arena, count, sizeof(struct place)), 0};
	ret->exact = (struct places){arena_zalloc(arena, count, sizeof(struct place)), 0};
	while (text.len && slice_next(&text, '\n', &line)) {
		if (line.len)
			add_place(line.data[0] == '=' ? &ret->exact : &ret->within, line);
	}
	array_sort(ret->within.items, ret->within.count, sizeof(struct place), compare_places);
	array_sort(ret->exact.items, ret->exact.count, sizeof(struct place), compare_places);
}

/* The last place that begins at a stretch or before. */
static const struct place *find_start(const struct places *places, const struct stretch *stretch)
{
	size_t low = 0, high = places->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_starts(&places->items[middle].stretch, stretch) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &places->items[low - 1] : NULL;
}

/* The place that an instruction is of, or NULL. */
static const struct place *find_place(const struct leaving *leaving, const struct stretch *stretch)
{
	const struct place *place = find_start(&leaving->exact, stretch);

	if (place && compare_starts(&place->stretch, stretch) == 0 &&
	    compare_ends(&place->stretch, stretch) == 0)
		return place;
	place = find_start(&leaving->within, stretch);
	return place && compare_ends(stretch, &place->stretch) <= 0 ? place : NULL;
}

/*
 * Positions of instructions (CPython Objects/locations.md, as of 3.11): entries of a byte that has
 * bit 7, a code in bits 3 to 6 and, less one, how many units the entry is for in bits 0 to 2. What
 * follows depends on the code; numbers have 6 bits a byte, the lowest first, and bit 6 says that
 * another byte follows.
 */
#define UNIT 2 /* bytes of an instruction */

struct positions {
	const unsigned char *at, *end;
	int line;
	int offset; /* of the instructions, in bytes */
};

enum position_code {
	POSITION_ONE_LINE = 10, /* and the two codes behind it: lines forward */
	POSITION_WITHOUT_COLUMNS = 13,
	POSITION_LONG = 14,
	POSITION_NONE = 15,
};

static int take_byte(struct positions *positions)
{
	return positions->at < positions->end ? *positions->at++ : 0;
}

static int take_unsigned(struct positions *positions)
{
	unsigned result = 0, byte = 0x40;

	for (unsigned shift = 0; byte & 0x40 && shift < 30; shift += 6) {
		byte = (unsigned)take_byte(positions);
		result |= (byte & 0x3f) << shift;
	}
	return (int)result;
}

static int take_signed(struct positions *positions)
{
	int value = take_unsigned(positions);

	return value & 1 ? -(value >> 1) : value >> 1;
}

/* The next entry: false at the end. *ret has line 0 if it has no position, or one without columns.
 */
static bool next_position(struct positions *positions, int *ret_size, struct stretch *ret)
{
	int first, code, byte;

	if (positions->at >= positions->end)
		return false;
	first = take_byte(positions);
	code = first >> 3 & 15;
	*ret_size = ((first & 7) + 1) * UNIT;
	*ret = (struct stretch){0};
	switch (code) {
	case POSITION_NONE:
		break;
	case POSITION_WITHOUT_COLUMNS:
		positions->line += take_signed(positions);
		break;
	case POSITION_LONG:
		positions->line += take_signed(positions);
		ret->line = positions->line;
		ret->end_line = positions->line + take_unsigned(positions);
		ret->column = take_unsigned(positions) - 1;
		ret->end_column = take_unsigned(positions) - 1;
		break;
	case POSITION_ONE_LINE:
	case POSITION_ONE_LINE + 1:
	case POSITION_ONE_LINE + 2:
		positions->line += code - POSITION_ONE_LINE;
		ret->line = ret->end_line = positions->line;
		ret->column = take_byte(positions);
		ret->end_column = take_byte(positions);
		break;
	default:
		byte = take_byte(positions);
		ret->line = ret->end_line = positions->line;
		ret->column = code << 3 | byte >> 4;
		ret->end_column = ret->column + (byte & 15);
		break;
	}
	return true;
}

static void add_line(struct str *ret, int begin, int end, const struct place *place)
{
	str_add_number(ret, (uint64_t)begin);
	str_addc(ret, ' ');
	str_add_number(ret, (uint64_t)end);
	str_add_slice(ret, place->counters);
	str_addc(ret, '\n');
}

/* Append a line `BEGIN END COUNTER...` for instructions in a row that are of one place. */
static void place_instructions(
    const PyCodeObject *code, const struct leaving *leaving, struct str *ret)
{
	const unsigned char *table = (const unsigned char *)PyBytes_AS_STRING(code->co_linetable);
	struct positions positions = {
	    table, table + PyBytes_GET_SIZE(code->co_linetable), code->co_firstlineno, 0};
	const struct place *current = NULL;
	struct stretch stretch;
	int size, begin = 0;

	while (next_position(&positions, &size, &stretch)) {
		const struct place *place = stretch.line ? find_place(leaving, &stretch) : NULL;

		if (place != current && current)
			add_line(ret, begin, positions.offset, current);
		if (place != current)
			begin = positions.offset;
		current = place;
		positions.offset += size;
	}
	if (current)
		add_line(ret, begin, positions.offset, current);
}

static int replace_constant(PyCodeObject *code, Py_ssize_t at, const PyObject *constant)
{
	const struct slice whole = {
	    PyBytes_AS_STRING(constant), (size_t)PyBytes_GET_SIZE(constant)};
	autoarena struct arena arena = {NULL};
	autostr struct str text = STR_INIT;
	struct leaving leaving;
	PyObject *new;

	read_places(&leaving, slice_from(whole, sizeof(LEAVING_MARK) - 1), &arena);
	str_add(&text, LEAVING_MARK, sizeof(LEAVING_MARK) - 1);
	place_instructions(code, &leaving, &text);
	new = PyBytes_FromStringAndSize(text.data, (Py_ssize_t)text.len);
	if (!new)
		return -1;
	PyTuple_SET_ITEM(code->co_consts, at, new); /* no other code has these constants */
	Py_DECREF(constant);
	return 0;
}

int leaving_place(PyCodeObject *code)
{
	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
		PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);

		if (PyCode_Check(constant)) {
			if (leaving_place((PyCodeObject *)constant) < 0)
				return -1;
		} else if (python_starts_with(constant, SLICE_LITERAL(LEAVING_MARK))) {
			if (replace_constant(code, i, constant) < 0)
				return -1;
		}
	}
	return 0;
}
