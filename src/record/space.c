#include "record/space.h"

#include "record/text.h"

/* U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F; of E2 80 80 to E2 81 9F. */
static bool is_general_space(unsigned char second, unsigned char third)
{
	if (second == 0x81)
		return third == 0x9f;
	return second == 0x80 && (third <= 0x8a || third == 0xa8 || third == 0xa9 || third == 0xaf);
}

size_t space_at(struct slice text)
{
	const unsigned char *bytes = (const unsigned char *)text.data;

	if (!text.len)
		return 0;
	if (bytes[0] < 0x80)
		return bytes[0] == ' ' || (bytes[0] >= 0x09 && bytes[0] <= 0x0d) ||
		       (bytes[0] >= 0x1c && bytes[0] <= 0x1f);
	if (bytes[0] == 0xc2)
		return text.len >= 2 && (bytes[1] == 0x85 || bytes[1] == 0xa0) ? 2 : 0;
	if (text.len < 3)
		return 0;
	if ((bytes[0] == 0xe1 && bytes[1] == 0x9a && bytes[2] == 0x80) ||
	    (bytes[0] == 0xe3 && bytes[1] == 0x80 && bytes[2] == 0x80) ||
	    (bytes[0] == 0xe2 && is_general_space(bytes[1], bytes[2])))
		return 3;
	return 0;
}

size_t space_indentation(struct slice line)
{
	size_t len = 0;

	while (len < line.len && (line.data[len] == ' ' || line.data[len] == '\t'))
		len++;
	return len;
}

static size_t space_first(struct slice text)
{
	size_t at = 0, len = 1;

	while (len) {
		len = space_at(slice_from(text, at));
		at += len;
	}
	return at;
}

size_t space_last(struct slice text)
{
	size_t end = text.len;

	while (end) {
		size_t start = end - 1;

		while (start && end - start < 3 && ((unsigned char)text.data[start] & 0xc0) == 0x80)
			start--;
		if (space_at(slice_of(text.data + start, end - start)) != end - start)
			break;
		end = start;
	}
	return text.len - end;
}

struct slice text_strip(struct slice text)
{
	size_t first = space_first(text);

	text = slice_from(text, first);
	return slice_of(text.data, text.len - space_last(text));
}
