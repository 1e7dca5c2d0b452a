#include "delineation/stub_scope.h"

/* The end of a name or of a string without escapes at a place; the place if there is none. */
static size_t end_of_operand(struct slice text, size_t at)
{
	const char *quote;
	size_t end = at;

	if (text.data[at] == '"' || text.data[at] == '\'') {
		quote = memchr(text.data + at + 1, text.data[at], text.len - at - 1);
		return quote ? (size_t)(quote - text.data) + 1 : at;
	}
	if (text.len - at >= 3 && memcmp(text.data + at, "...", 3) == 0)
		return at + 3;
	while (end < text.len && stub_is_word(text.data[end]))
		end++;
	return end;
}

/* Whether a text is a type: names, strings, subscripts, lists in them, and `|`. Other comments may
 * begin in the same way. */
static bool is_type(struct slice text)
{
	bool due = true; /* an operand is */
	int depth = 0;

	for (size_t at = 0, end; at < text.len; at = end) {
		char c = text.data[at];

		end = c == ' ' ? at + 1 : end_of_operand(text, at);
		if (c == ' ')
			continue;
		if (end > at) {
			if (!due)
				return false;
			due = false;
			continue;
		}
		end = at + 1;
		if (c == '[')
			depth++;
		else if (c == ']')
			depth--;
		else if ((c != '.' && c != '|' && !(c == ',' && depth > 0)) || due)
			return false;
		if (depth < 0)
			return false;
		due = c != ']';
	}
	return depth == 0 && !due;
}

struct slice stub_type_comment(const struct stub *stub, const struct element *element)
{
	struct slice text = stub->source->delineation->text, value = element->value.syntax, line;
	const char *end;

	if (!value.len || value.data < text.data || value.data >= text.data + text.len)
		return slice_of(text.data, 0);
	line = slice_from(text, (size_t)(value.data + value.len - text.data));
	end = memchr(line.data, '\n', line.len);
	line = slice_trim(slice_of(line.data, end ? (size_t)(end - line.data) : line.len));
	while (slice_starts(line, SLICE_LITERAL(")"))) /* the value is in brackets */
		line = slice_trim(slice_from(line, 1));
	if (!slice_starts(line, SLICE_LITERAL("#")))
		return slice_of(text.data, 0);
	line = slice_trim(slice_from(line, 1));
	if (!slice_starts(line, SLICE_LITERAL("type:")))
		return slice_of(text.data, 0);
	line = slice_from(line, strlen("type:"));
	end = memchr(line.data, '#', line.len);
	line = slice_trim(slice_of(line.data, end ? (size_t)(end - line.data) : line.len));
	return slice_starts(line, SLICE_LITERAL("ignore")) || !is_type(line)
		   ? slice_of(text.data, 0)
		   : line;
}
