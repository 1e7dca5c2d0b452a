#include "record/html_writer.h"

/* Deeper quotes in quotes stay text. */
#define QUOTE_LIMIT 4

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

static bool is_name(char c)
{
	return is_name_start(c) || (c >= '0' && c <= '9');
}

/* The length of the dotted name at the start. */
static size_t name_length(struct slice text)
{
	size_t len = 0;

	while (len < text.len &&
	       (is_name(text.data[len]) || (text.data[len] == '.' && len + 1 < text.len &&
					       is_name_start(text.data[len + 1]))))
		len++;
	return len;
}

/* Open <a> to a name of the site, of an inventory, or of a connected product. */
static bool open_name(
    struct html_writer *writer, struct slice name, const struct record_element *around)
{
	const struct record_html *page = writer->page;
	const struct site_factor *factor = page->factor;
	struct slice absolute = site_absolute(
	    page->record, factor->name, factor->is_package, around, name);
	const struct site_element *element = site_lookup(page->index, absolute);
	const struct record_names *names = page->names;
	const struct record_target *target = NULL;
	struct record_outside outside;

	if (element) {
		html_open_element(writer, element);
		return true;
	}
	if (names->lookup && names->lookup(names->context, absolute, &outside) &&
	    html_open_outside(writer, outside.url))
		return true;
	if (writer->error || slice_equal(absolute, name) ||
	    resolve_type_name(page->record, names, around, name, &target, &writer->error) < 0)
		return false;
	return target && target->place == TARGET_REMOTE && html_open_target(writer, target);
}

static void add_name(
    struct html_writer *writer, struct slice name, const struct record_element *around)
{
	/* That None is in the manual is of no use to anybody. */
	bool is_open = !slice_is(name, "None") && open_name(writer, name, around);

	html_text(writer->out, name);
	str_adds(writer->out, is_open ? "</a>" : "");
}

/* The length of the string at the start, whose opening quote is there; 0 if it does not end. */
static size_t string_length(struct slice text)
{
	size_t at = 1;

	while (at < text.len && text.data[at] != text.data[0])
		at += text.data[at] == '\\' ? 2 : 1;
	return at < text.len ? at + 1 : 0;
}

static bool is_literal(struct slice name)
{
	return slice_is(name, "Literal") || slice_ends(name, SLICE_LITERAL(".Literal"));
}

static void add_expression(struct html_writer *writer, struct slice syntax,
    const struct record_element *around, unsigned quotes);

/* A string names types, unless it is an item of Literal[...]. */
static size_t add_string(struct html_writer *writer, struct slice text,
    const struct record_element *around, unsigned quotes, bool is_text)
{
	size_t len = string_length(text);

	if (!len || is_text || quotes == QUOTE_LIMIT) {
		len = len ? len : 1;
		html_text(writer->out, slice_of(text.data, len));
		return len;
	}
	html_text(writer->out, slice_of(text.data, 1));
	add_expression(writer, slice_of(text.data + 1, len - 2), around, quotes + 1);
	html_text(writer->out, slice_of(text.data, 1));
	return len;
}

static void add_expression(struct html_writer *writer, struct slice syntax,
    const struct record_element *around, unsigned quotes)
{
	size_t at = 0, depth = 0, literal = 0; /* the depth of brackets in that of Literal[...] */
	bool is_next_literal = false;

	while (at < syntax.len) {
		struct slice rest = slice_from(syntax, at);
		char c = *rest.data;
		size_t len = 1;

		if (is_name_start(c)) {
			len = name_length(rest);
			rest.len = len;
			is_next_literal = is_literal(rest);
			/* What follows a call or a subscript is an attribute of it. */
			if (at && syntax.data[at - 1] == '.')
				html_text(writer->out, rest);
			else
				add_name(writer, rest, around);
		} else if (c == '"' || c == '\'') {
			len = add_string(writer, rest, around, quotes, literal != 0);
		} else {
			depth += c == '[';
			if (c == '[' && is_next_literal && !literal)
				literal = depth;
			if (c == ']' && literal == depth)
				literal = 0;
			depth -= c == ']' && depth;
			is_next_literal = false;
			html_text(writer->out, slice_of(rest.data, 1));
		}
		at += len;
	}
}

void html_expression(
    struct html_writer *writer, struct slice syntax, const struct record_element *around)
{
	add_expression(writer, syntax, around, 0);
}
