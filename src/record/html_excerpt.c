#include "record/html_writer.h"

#include "html/source.h"
#include "python/tokens.h"
#include "record/space.h"

/* The lines of an excerpt beside documentation: as many as that has, between these. */
#define LINES_MIN 12u
#define LINES_MAX 40u
/* Bytes of documentation in a line, about. */
#define LINE_BYTES 75u
/* The lines of a value. */
#define VALUE_LINES 12u

static struct slice line_at(const struct factor_record *record, int number)
{
	if (number < 1 || (size_t)number > record->line_count)
		return SLICE_LITERAL("");
	return record->lines[number - 1];
}

/* Where a column is in a line, in bytes. Columns count characters, from 1. */
static size_t offset_of(struct slice line, int column)
{
	size_t at = 0;

	for (int i = 1; i < column && at < line.len; i++) {
		size_t len = slice_character(slice_from(line, at));

		at += len ? len : 1;
	}
	return at;
}

static void add_line(struct str *ret, struct slice line, size_t indentation)
{
	size_t cut = space_indentation(line);

	cut = cut < indentation ? cut : indentation;
	str_add_slice(ret, slice_from(line, cut));
	str_addc(ret, '\n');
}

/* The lines of an area, without the indentation of the first one. */
static void add_lines(const struct factor_record *record, const struct area *area, struct str *ret)
{
	size_t indentation = space_indentation(line_at(record, area->first.line));
	int last = area->last.line;

	last = (size_t)last > record->line_count ? (int)record->line_count : last;
	for (int i = area->first.line; i <= last; i++)
		add_line(ret, line_at(record, i), indentation);
}

/* Whether a string is the first statement of a body: it begins its line, and the code before it
 * ends with a colon. */
static bool is_docstring(struct slice text, const struct tokens *tokens, size_t at)
{
	size_t end = tokens->items[at].first;
	bool begins = false;

	if (tokens->items[at].kind != TOKEN_STRING)
		return false;
	for (;;) {
		while (end && char_is_space(text.data[end - 1]))
			begins = text.data[--end] == '\n' || begins;
		if (!at || tokens->items[at - 1].kind != TOKEN_COMMENT ||
		    tokens->items[at - 1].end != end)
			break;
		end = tokens->items[--at].first;
	}
	return begins && end && text.data[end - 1] == ':';
}

/* Remove the lines of the docstring from the source of a function. */
static void remove_docstring(struct str *text)
{
	autotokens struct tokens tokens = {.items = NULL};
	autostr struct str rest = STR_INIT;
	struct slice all = str_slice(text);
	size_t at = 0, first, end;

	tokens_find(all, &tokens);
	while (at < tokens.count && !is_docstring(all, &tokens, at))
		at++;
	if (at == tokens.count)
		return;
	first = tokens.items[at].first;
	end = tokens.items[at].end;
	while (first && all.data[first - 1] != '\n')
		first--;
	while (end < all.len && all.data[end] != '\n')
		end++;
	end += end < all.len;
	str_add_slice(&rest, slice_from(all, end));
	str_truncate(text, first);
	str_add_slice(text, str_slice(&rest));
}

/* Cut a text off after some lines. Returns the number of the other lines. */
static size_t cut_lines(struct str *text, size_t limit)
{
	size_t lines = 0, end = 0;

	for (size_t i = 0; i < text->len; i++) {
		lines += text->data[i] == '\n';
		end = lines == limit && !end ? i + 1 : end;
	}
	/* A rest of a few lines takes no more room than the note about it. */
	if (lines <= limit + 2)
		return 0;
	str_truncate(text, end);
	return lines - limit;
}

static size_t lines_of(const struct record_element *element)
{
	size_t lines = 6 + element->text.len / LINE_BYTES;

	for (size_t i = 0; i < element->text.len; i++)
		lines += element->text.data[i] == '\n';
	return lines < LINES_MIN ? LINES_MIN : lines > LINES_MAX ? LINES_MAX : lines;
}

static void add_rest(struct html_writer *writer, const struct area *area, size_t rest)
{
	if (!rest)
		return;
	html_open_source(writer, area, "rest");
	str_addf(writer->out, "%zu more lines</a>", rest);
}

void html_excerpt(struct html_writer *writer, const struct record_element *element)
{
	autostr struct str text = STR_INIT;
	size_t rest;

	add_lines(writer->page->record, &element->area, &text);
	remove_docstring(&text);
	/* Nothing is left of a body that is documentation only. */
	if (slice_ends(slice_trim(str_slice(&text)), SLICE_LITERAL(":")))
		return;
	rest = cut_lines(&text, lines_of(element));
	str_adds(writer->out, "<pre class=\"source beside\">");
	html_source_piece(writer->out, str_slice(&text));
	add_rest(writer, &element->area, rest);
	str_adds(writer->out, "</pre>\n");
}

/* Where an annotation is in an excerpt that begins with an area; false if it is not there. */
static bool find_annotation(
    struct slice text, const struct record_element *element, size_t *ret_first)
{
	const struct record_type *type = element->annotation;
	const char *found;

	if (!type || !type->syntax.len)
		return false;
	/* An annotation follows the name and a colon. */
	found = memchr(text.data, ':', text.len);
	if (!found)
		return false;
	found = memmem(
	    found, (size_t)(text.data + text.len - found), type->syntax.data, type->syntax.len);
	if (!found)
		return false;
	*ret_first = (size_t)(found - text.data);
	return true;
}

/* The length of the name that an assignment begins with; 0 if it begins with another target. */
static size_t name_length(struct slice text, const struct record_element *element)
{
	size_t self = slice_starts(text, SLICE_LITERAL("self.")) ? strlen("self.") : 0;
	struct slice rest = slice_from(text, self);
	size_t len = element->identifier.len;

	if (!slice_starts(rest, element->identifier) || len == rest.len ||
	    !strchr(" =", rest.data[len]))
		return 0;
	return self + len;
}

/* Append the beginning of an assignment up to its annotation, with links in that; one of an
 * interface is put there. Returns the rest. */
static struct slice add_annotated(
    struct html_writer *writer, const struct record_element *element, struct slice text)
{
	const struct record_type *type = element->annotation;
	size_t first = 0, end;

	if (type && type->interface && !element->is_declared) {
		first = end = name_length(text, element);
		if (!first)
			return text;
		html_source_piece(writer->out, slice_of(text.data, first));
		str_adds(writer->out, ": ");
	} else if (find_annotation(text, element, &first)) {
		end = first + type->syntax.len;
		html_source_piece(writer->out, slice_of(text.data, first));
	} else {
		return text;
	}
	html_expression(writer, type->syntax, record_type_scope(type, element->parent));
	return slice_from(text, end);
}

/* The source of data without indentation, from its name on. */
static void add_value(
    const struct factor_record *record, const struct record_element *element, struct str *ret)
{
	const struct area *area = &element->area;
	struct slice first = line_at(record, area->first.line);
	size_t begin = offset_of(first, area->first.column);
	size_t indentation = space_indentation(first);
	int last = area->last.line;

	last = (size_t)last > record->line_count ? (int)record->line_count : last;
	for (int i = area->first.line; i <= last; i++) {
		struct slice line = line_at(record, i);

		if (i == area->last.line)
			line.len = offset_of(line, area->last.column + 1);
		if (i == area->first.line && begin <= line.len)
			line = slice_from(line, begin);
		add_line(ret, line, indentation);
	}
}

static void add_declared(struct slice lines, struct str *ret)
{
	size_t indentation = space_indentation(lines);
	struct slice line;

	while (slice_next(&lines, '\n', &line))
		add_line(ret, line, indentation);
}

void html_value(struct html_writer *writer, const struct record_element *element, size_t limit)
{
	autostr struct str text = STR_INIT;
	struct slice all;
	size_t rest = 0;

	if (element->is_declared) {
		add_declared(element->declared, &text);
	} else {
		add_value(writer->page->record, element, &text);
		rest = cut_lines(&text, limit ? limit : VALUE_LINES);
	}
	str_truncate(&text, text.len ? text.len - 1 : 0);
	all = str_slice(&text);
	all = add_annotated(writer, element, all);
	html_source_piece(writer->out, all);
	if (rest)
		str_addc(writer->out, '\n');
	add_rest(writer, &element->area, rest);
}
