#include "python/bytecode.h"

/* With this flag, an object may be referred to later, by its number among such objects. */
#define FLAG_REF 0x80
#define TYPE_MASK 0x7f

/* The parts of a code object since CPython 3.11: numbers, objects, a number, objects (r_object(),
 * TYPE_CODE). */
#define CODE_NUMBERS 5
#define CODE_OBJECTS 8
#define CODE_TABLES 2

struct skim {
	struct slice rest;
	uint32_t depth;
	uint32_t references; /* number of objects so far with the flag */
};

static bool skip(struct skim *skim, uint64_t len)
{
	if (len > skim->rest.len)
		return false;
	skim->rest.data += len;
	skim->rest.len -= len;
	return true;
}

static bool take_byte(struct skim *skim, uint8_t *ret)
{
	if (!skim->rest.len)
		return false;
	*ret = (uint8_t)*skim->rest.data;
	return skip(skim, 1);
}

/* 32 bits, little-endian. */
static bool take_long(struct skim *skim, int32_t *ret)
{
	uint32_t number = 0;

	for (unsigned shift = 0; shift < 32; shift += 8) {
		uint8_t byte;

		if (!take_byte(skim, &byte))
			return false;
		number |= (uint32_t)byte << shift;
	}
	*ret = (int32_t)number;
	return true;
}

/* Skip content after its length of one byte. */
static bool skip_short(struct skim *skim)
{
	uint8_t len;

	return take_byte(skim, &len) && skip(skim, len);
}

static bool skip_sized(struct skim *skim)
{
	int32_t len;

	return take_long(skim, &len) && len >= 0 && skip(skim, (uint64_t)len);
}

/* Skip digits of 15 bits; a negative number has a negative count of digits. */
static bool skip_big_int(struct skim *skim)
{
	int32_t count;

	return take_long(skim, &count) && count > INT32_MIN &&
	       skip(skim, 2 * (uint64_t)(count < 0 ? -(int64_t)count : count));
}

static bool skip_object(struct skim *skim);

/* Skip objects. Each has at least one byte, so the input's length bounds the work. */
static bool skip_objects(struct skim *skim, int32_t count)
{
	for (int32_t i = 0; i < count; i++) {
		if (!skip_object(skim))
			return false;
	}
	return true;
}

static bool skip_short_tuple(struct skim *skim)
{
	uint8_t count;

	return take_byte(skim, &count) && skip_objects(skim, count);
}

static bool skip_collection(struct skim *skim)
{
	int32_t count;

	return take_long(skim, &count) && count >= 0 && skip_objects(skim, count);
}

/* Skip keys and values up to TYPE_NULL, which CPython takes for the end even where a value is due.
 */
static bool skip_dict(struct skim *skim)
{
	while (skim->rest.len && (*skim->rest.data & TYPE_MASK) != '0') {
		if (!skip_object(skim))
			return false;
	}
	return skip(skim, 1);
}

static bool skip_code(struct skim *skim)
{
	return skip(skim, CODE_NUMBERS * sizeof(int32_t)) && skip_objects(skim, CODE_OBJECTS) &&
	       skip(skim, sizeof(int32_t)) && skip_objects(skim, CODE_TABLES);
}

static bool skip_reference(struct skim *skim)
{
	int32_t number;

	return take_long(skim, &number) && number >= 0 && (uint32_t)number < skim->references;
}

/* Skip the rest of an object whose type may have the flag. */
static bool skip_content(struct skim *skim, uint8_t type)
{
	switch (type) {
	case 'i':
		return skip(skim, 4);
	case 'I':
	case 'g':
		return skip(skim, 8);
	case 'y':
		return skip(skim, 16);
	case 'l':
		return skip_big_int(skim);
	case 'f':
	case 'z':
	case 'Z':
		return skip_short(skim);
	case 'x':
		return skip_short(skim) && skip_short(skim);
	case 's':
	case 't':
	case 'u':
	case 'a':
	case 'A':
		return skip_sized(skim);
	case ')':
		return skip_short_tuple(skim);
	case ':': /* a slice, since CPython 3.14 */
		return skip_objects(skim, 3);
	case '(':
	case '[':
	case '<':
	case '>':
		return skip_collection(skim);
	case '{':
		return skip_dict(skim);
	case 'c':
		return skip_code(skim);
	default:
		return false;
	}
}

static bool skip_object(struct skim *skim)
{
	uint8_t byte, type;
	bool found;

	if (skim->depth == MARSHAL_DEPTH_LIMIT || !take_byte(skim, &byte))
		return false;
	type = byte & TYPE_MASK;
	/* None, StopIteration, the ellipsis, False, True: CPython numbers none of them, even with
	 * the flag. */
	if (type && strchr("NS.FT", type))
		return true;
	if (type == 'r')
		return skip_reference(skim);
	skim->references += byte >= FLAG_REF;
	skim->depth++;
	found = skip_content(skim, type);
	skim->depth--;
	return found;
}

bool code_is_complete(struct slice bytes)
{
	struct skim skim = {.rest = bytes};

	return bytes.len && (*bytes.data & TYPE_MASK) == 'c' && skip_object(&skim) &&
	       !skim.rest.len;
}
