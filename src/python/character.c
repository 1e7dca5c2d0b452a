#include "python/character.h"

#include "python/internal.h"

#include <limits.h>

#include "python/library.h"

/* int() refuses more digits (sys.int_info.default_max_str_digits). */
#define DIGITS_LIMIT 4300

uint32_t python_take_character(struct slice *rest)
{
	size_t len = slice_character(*rest);
	unsigned char first = (unsigned char)rest->data[0];
	uint32_t point = len > 1 ? first & (0x7fu >> len) : len ? first : 0xdc00u + first;

	for (size_t i = 1; i < len; i++)
		point = point << 6 | ((unsigned char)rest->data[i] & 0x3f);
	len += !len;
	*rest = slice_from(*rest, len);
	return point;
}

/* CPython's macros evaluate their arguments more than once. */
static bool is_space(uint32_t point)
{
	return Py_UNICODE_ISSPACE(point);
}

static bool is_decimal(uint32_t point)
{
	return Py_UNICODE_ISDECIMAL(point);
}

/* Cut off the last character. */
static uint32_t take_last(struct slice *rest)
{
	size_t at = rest->len - 1;
	struct slice last;

	while (at && rest->len - at < 4 && (rest->data[at] & 0xc0) == 0x80)
		at--;
	if (slice_character(slice_from(*rest, at)) != rest->len - at)
		at = rest->len - 1;
	last = slice_from(*rest, at);
	rest->len = at;
	return python_take_character(&last);
}

struct slice python_strip(struct slice text)
{
	struct slice left = text;

	while (left.len && is_space(python_take_character(&left)))
		text = left;
	left = text;
	while (left.len && is_space(take_last(&left)))
		text = left;
	return text;
}

/* A character as int() sees it: digits and spaces of other scripts count as the ASCII ones. */
static char take_ascii(struct slice *rest)
{
	uint32_t point = python_take_character(rest);

	if (point < 0x80)
		return (char)point;
	if (is_decimal(point))
		return (char)('0' + Py_UNICODE_TODECIMAL(point));
	return is_space(point) ? ' ' : '?';
}

/* Append a text's characters as int() sees them. */
static void add_ascii(struct str *ret, struct slice text)
{
	while (text.len)
		str_addc(ret, take_ascii(&text));
}

/* Cut digits off, which may have single underscores between them. Returns how many digits; -1 if an
 * underscore is wrong. */
static long take_digits(struct slice *rest, bool negative, long *ret)
{
	long count = 0;
	bool joined = true; /* at the beginning, or after an underscore */

	*ret = 0;
	for (; rest->len && (Py_ISDIGIT(*rest->data) || *rest->data == '_'); rest->data++) {
		int digit = *rest->data - '0';

		rest->len--;
		if (*rest->data == '_') {
			if (joined)
				return -1;
			joined = true;
			continue;
		}
		joined = false;
		count++;
		if (__builtin_mul_overflow(*ret, 10, ret) ||
		    __builtin_add_overflow(*ret, negative ? -digit : digit, ret))
			*ret = negative ? LONG_MIN : LONG_MAX;
	}
	return joined ? -1 : count;
}

static void skip_spaces(struct slice *rest)
{
	while (rest->len && Py_ISSPACE(*rest->data))
		*rest = slice_from(*rest, 1);
}

bool python_int(struct slice text, long *ret)
{
	autostr struct str ascii = STR_INIT;
	struct slice rest;
	bool negative = false;
	long digits;

	add_ascii(&ascii, text);
	rest = str_slice(&ascii);
	skip_spaces(&rest);
	if (rest.len && (*rest.data == '-' || *rest.data == '+')) {
		negative = *rest.data == '-';
		rest = slice_from(rest, 1);
	}
	digits = take_digits(&rest, negative, ret);
	skip_spaces(&rest);
	return digits > 0 && digits <= DIGITS_LIMIT && !rest.len;
}

static size_t skip_decimals(struct slice *rest)
{
	size_t count = 0;

	for (struct slice next = *rest; next.len; *rest = next) {
		if (!is_decimal(python_take_character(&next)))
			break;
		count++;
	}
	return count;
}

bool python_is_negative(struct slice text)
{
	size_t digits;

	if (!slice_starts(text, SLICE_LITERAL("-")))
		return false;
	text = slice_from(text, 1);
	if (library.begins_as_number) {
		if (slice_starts(text, SLICE_LITERAL(".")))
			text = slice_from(text, 1);
		return skip_decimals(&text);
	}
	if (slice_ends(text, SLICE_LITERAL("\n")))
		text.len--; /* a regular expression's $ matches before this newline, too */
	digits = skip_decimals(&text);
	if (!slice_starts(text, SLICE_LITERAL(".")))
		return digits && !text.len;
	text = slice_from(text, 1);
	return skip_decimals(&text) && !text.len;
}
