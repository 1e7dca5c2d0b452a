#include <strings.h>

#include "record/docstring_parts.h"

/* The longest name of a field or directive. */
#define NAME_LIMIT 40

bool same_word(struct slice text, const char *word)
{
	return text.len == strlen(word) && strncasecmp(text.data, word, text.len) == 0;
}

bool is_blank(const struct docstring *doc, size_t line)
{
	return !doc->lines[line].text.len;
}

size_t least_indent(const struct docstring *doc, struct span span)
{
	size_t least = SIZE_MAX;

	for (size_t i = span.from; i < span.to; i++) {
		if (!is_blank(doc, i) && doc->lines[i].indent < least)
			least = doc->lines[i].indent;
	}
	return least == SIZE_MAX ? 0 : least;
}

struct span deeper_lines(const struct docstring *doc, size_t from, size_t to, size_t indent)
{
	struct span span = {from, from};

	for (size_t i = from; i < to; i++) {
		if (is_blank(doc, i))
			continue;
		if (doc->lines[i].indent <= indent)
			break;
		span.to = i + 1;
	}
	return span;
}

void hang(struct docstring *doc, struct span span, struct slice rest)
{
	struct doc_line *first = &doc->lines[span.from];
	size_t before = first->indent;

	first->text = rest;
	first->indent = SIZE_MAX;
	first->indent = least_indent(doc, (struct span){span.from + 1, span.to});
	if (!first->indent)
		first->indent = before + 2;
}

void hang_item(struct docstring *doc, struct span span, size_t len)
{
	struct doc_line *first = &doc->lines[span.from];
	size_t column = first->indent + len;

	hang(doc, span, text_strip(slice_from(first->text, len)));
	if (first->indent > column)
		first->indent = column;
}

size_t bullet_length(struct slice text)
{
	static const char *const bullets[] = {"-", "*", "+", "\xe2\x80\xa2", "\xe2\x80\xa3"};

	for (size_t i = 0; i < sizeof(bullets) / sizeof(*bullets); i++) {
		size_t len = strlen(bullets[i]);

		if (!slice_starts(text, slice_c(bullets[i])) || text.len == len)
			continue;
		if (text.data[len] == ' ' || text.data[len] == '\t')
			return len + 1;
	}
	return 0;
}

/* A number, a letter, or #. */
static size_t digits_of(struct slice text)
{
	size_t len = 0;

	while (len < text.len && len < 3 && text.data[len] >= '0' && text.data[len] <= '9')
		len++;
	if (!len && text.len &&
	    (text.data[0] == '#' || (is_name_byte(text.data[0]) && text.data[0] > 0)))
		return 1;
	return len;
}

size_t number_length(struct slice text, bool first)
{
	bool open = slice_starts(text, SLICE_LITERAL("("));
	struct slice number = slice_from(text, open);
	size_t len;

	number.len = digits_of(number);
	len = open + number.len;
	if (!number.len || text.len < len + 3 || text.data[len + 1] != ' ' ||
	    (text.data[len] != ')' && (open || text.data[len] != '.')))
		return 0;
	if (first && (number.len > 1 || !memchr("1#aAiI", number.data[0], 6)))
		return 0;
	return len + 2;
}

/* At least three of one punctuation mark. */
static bool is_adornment(struct slice text)
{
	if (text.len < 3 || !memchr("=-~^\"'`#*+_:.", text.data[0], 13))
		return false;
	for (size_t i = 1; i < text.len; i++) {
		if (text.data[i] != text.data[0])
			return false;
	}
	return true;
}

/* The characters of a text. */
static size_t width_of(struct slice text)
{
	size_t width = 0;

	for (size_t i = 0; i < text.len; i++)
		width += ((unsigned char)text.data[i] & 0xc0) != 0x80;
	return width;
}

static bool is_underlined(const struct docstring *doc, size_t line, size_t to)
{
	struct slice title = doc->lines[line].text, below;

	if (line + 1 >= to || !title.len || is_adornment(title))
		return false;
	below = doc->lines[line + 1].text;
	return is_adornment(below) && doc->lines[line + 1].indent <= doc->lines[line].indent &&
	       (width_of(title) <= below.len || doc_section_kind(title));
}

size_t title_lines(const struct docstring *doc, size_t line, size_t to, size_t *ret)
{
	struct slice above = doc->lines[line].text;

	if (is_adornment(above) && line + 2 < to && is_underlined(doc, line + 1, to) &&
	    slice_equal(above, doc->lines[line + 2].text)) {
		*ret = line + 1;
		return 3;
	}
	*ret = line;
	return is_underlined(doc, line, to) ? 2 : 0;
}

bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || (unsigned char)c >= 0x80;
}

/* No part may be empty; white space of Unicode would end a name. */
bool is_dotted_name(struct slice text)
{
	char before = '.';

	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '.' ? before == '.' : !is_name_byte(c))
			return false;
		if (before == '.' && c >= '0' && c <= '9')
			return false;
		if ((unsigned char)c >= 0xc0 && text_strip(slice_from(text, i)).len != text.len - i)
			return false;
		before = c;
	}
	return before != '.';
}

size_t plain_length(struct slice text, size_t at)
{
	size_t end = at;

	for (; end < text.len; end++) {
		char c = text.data[end];

		if (strchr("\n`*_\\&", c) ||
		    ((c == 'h' || c == 'm') && (!end || !is_name_byte(text.data[end - 1]))))
			break;
	}
	return end - at;
}

size_t word_length(struct slice text, size_t least)
{
	static const char closers[] = ")]}>", openers[] = "([{<";
	bool opened[sizeof(closers)] = {false};
	size_t len = 0;

	while (len < text.len &&
	       (len <= least || (!char_is_space(text.data[len]) && text.data[len] != '`'))) {
		const char *opener = memchr(openers, text.data[len++], sizeof(openers) - 1);

		if (opener)
			opened[opener - openers] = true;
	}
	for (; len > least + 1; len--) {
		char c = text.data[len - 1];
		const char *closer = memchr(closers, c, sizeof(closers) - 1);

		if (closer ? opened[closer - closers] : !memchr("\"',.:?!", c, 7))
			break;
	}
	return len;
}

static bool is_mark_byte(char c)
{
	return is_name_byte(c) || c == '-' || c == '+' || c == ':' || c == '.';
}

/* The end of a field's mark: a colon before white space or the end. */
static size_t find_colon(struct slice text, size_t from)
{
	for (size_t i = from; i < text.len && i < 4 * NAME_LIMIT; i++) {
		if (text.data[i] == ':' && (i + 1 == text.len || char_is_space(text.data[i + 1])))
			return i;
		if (text.data[i] == '`')
			break;
	}
	return 0;
}

size_t field_mark(struct slice text, struct slice *ret)
{
	size_t end;

	if (text.len < 3 || (text.data[0] != ':' && text.data[0] != '@') ||
	    !is_name_byte(text.data[1]))
		return 0;
	end = find_colon(text, 2);
	*ret = slice_of(text.data + 1, end ? end - 1 : 0);
	return end ? end + 1 : 0;
}

bool directive_mark(struct slice text, struct slice *ret_name, struct slice *ret_rest)
{
	size_t end;

	if (!slice_starts(text, SLICE_LITERAL(".. ")))
		return false;
	text = text_strip(slice_from(text, 3));
	for (end = 0; end < text.len && end < NAME_LIMIT && is_mark_byte(text.data[end]); end++) {
		if (end && text.data[end] == ':' && end + 1 < text.len &&
		    text.data[end + 1] == ':') {
			*ret_name = slice_of(text.data, end);
			*ret_rest = text_strip(slice_from(text, end + 2));
			return true;
		}
	}
	return false;
}
