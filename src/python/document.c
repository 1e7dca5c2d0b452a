#include "python/delineator.h"

#include "python/character.h"

#define TAB_WIDTH 8

/* The first character of a line that is not white space. */
static size_t line_indentation(struct slice line)
{
	size_t at = 0;

	while (at < line.len &&
	       (line.data[at] == ' ' || line.data[at] == '\t' || line.data[at] == '\014'))
		at++;
	return at;
}

static bool is_blank(struct slice line)
{
	return python_strip(line).len == 0;
}

static struct slice right_stripped(struct slice line)
{
	struct slice stripped = python_strip(line);

	return slice_of(
	    line.data, stripped.len ? (size_t)(stripped.data + stripped.len - line.data) : 0);
}

/* The first line after the first line that is not blank; if there is none, the first line. */
static struct slice probe_of(struct slice text)
{
	struct slice rest = text, line, first;

	(void)slice_next(&rest, '\n', &first); /* the first line of an empty text is empty */
	while (slice_next(&rest, '\n', &line)) {
		if (!is_blank(line))
			return line;
	}
	return first;
}

static size_t count_tabs(struct slice line, size_t limit)
{
	size_t count = 0;

	while (count < line.len && count < limit && line.data[count] == '\t')
		count++;
	return count;
}

/* A line of the notation form, without as many tabs as the probe has, and without the "# " that
 * follows them. */
static struct slice notation_line(struct arena *arena, struct slice line, size_t tabs)
{
	size_t cut = count_tabs(line, tabs), kept;
	char *copy;

	line = slice_from(line, cut);
	kept = count_tabs(line, line.len);
	if (!slice_starts(slice_from(line, kept), SLICE_LITERAL("# ")))
		return line;
	if (!kept)
		return slice_from(line, 2);
	copy = arena_copy(arena, slice_of(line.data, line.len - 2));
	memcpy(copy + kept, line.data + kept + 2, line.len - 2 - kept);
	return slice_of(copy, line.len - 2);
}

/* str.expandtabs() of a line. */
static struct slice expanded(struct arena *arena, struct slice line)
{
	autostr struct str text = STR_INIT;
	size_t column = 0;

	if (!memchr(line.data, '\t', line.len))
		return line;
	for (size_t i = 0; i < line.len; i++) {
		char c = line.data[i];

		if (c == '\t') {
			str_addf(&text, "%*s", (int)(TAB_WIDTH - column % TAB_WIDTH), "");
			column += TAB_WIDTH - column % TAB_WIDTH;
			continue;
		}
		column = c == '\r' ? 0 : column + ((c & 0xc0) != 0x80);
		str_addc(&text, c);
	}
	return arena_slice(arena, str_slice(&text));
}

static size_t count_characters(struct slice text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += (text.data[i] & 0xc0) != 0x80;
	return count;
}

/* How many white space characters a line begins with; SIZE_MAX for a blank line. */
static size_t margin_of(struct slice line)
{
	struct slice stripped = python_strip(line);

	if (!stripped.len)
		return SIZE_MAX;
	return count_characters(slice_of(line.data, (size_t)(stripped.data - line.data)));
}

static struct slice without_margin(struct slice line, size_t margin)
{
	size_t at = 0;

	for (; at < line.len && margin; margin--) {
		at++;
		while (at < line.len && (line.data[at] & 0xc0) == 0x80)
			at++;
	}
	return slice_from(line, at);
}

/* Lines without the blank lines at both ends. */
struct trim {
	struct arena *arena;
	struct texts *texts;
	struct texts blank; /* blank lines since the last line that was added */
};

static void add_line(struct trim *trim, struct slice line)
{
	if (is_blank(line)) {
		if (trim->texts->last)
			texts_add(&trim->blank, trim->arena, line);
		return;
	}
	texts_append(trim->texts, &trim->blank);
	trim->blank = (struct texts){NULL, NULL};
	texts_add(trim->texts, trim->arena, line);
}

static void add_notation(struct trim *trim, struct slice text, size_t tabs)
{
	struct slice line;

	while (slice_next(&text, '\n', &line))
		add_line(trim, notation_line(trim->arena, line, tabs));
}

/* PEP 257, "Handling Docstring Indentation". */
static void add_trimmed(struct trim *trim, struct slice text)
{
	struct slice rest = text, line;
	size_t margin = SIZE_MAX;
	bool first = true;

	(void)slice_next(&rest, '\n', &line); /* the first line's indentation does not count */
	while (slice_next(&rest, '\n', &line)) {
		size_t own = margin_of(expanded(trim->arena, line));

		margin = own < margin ? own : margin;
	}
	for (rest = text; slice_next(&rest, '\n', &line); first = false) {
		line = expanded(trim->arena, line);
		if (first)
			add_line(trim, python_strip(line));
		else
			add_line(trim, right_stripped(without_margin(line, margin)));
	}
}

static void add_docstring(struct delineator *delineator, struct slice text, struct texts *ret)
{
	struct trim trim = {delineator->arena, ret, {NULL, NULL}};
	struct slice probe = probe_of(text);
	size_t tabs = count_tabs(probe, probe.len);

	if (tabs || slice_starts(probe, SLICE_LITERAL("# ")))
		add_notation(&trim, text, tabs);
	else
		add_trimmed(&trim, text);
}

static bool is_string(stmt_ty statement)
{
	expr_ty value = statement->kind == Expr_kind ? statement->v.Expr.value : NULL;

	return value && value->kind == Constant_kind && PyUnicode_Check(value->v.Constant.value);
}

static void take_string(struct delineator *delineator, stmt_ty statement, struct documentation *ret)
{
	expr_ty string = statement->v.Expr.value;

	ret->present = true;
	ret->area = page_area(&delineator->page, STRETCH(string));
	ret->docstring = page_text(&delineator->page, STRETCH(string));
	add_docstring(
	    delineator, delineator_text(delineator, string->v.Constant.value), &ret->lines);
}

void document_body(
    struct delineator *delineator, struct element *element, const asdl_stmt_seq *body)
{
	if (asdl_seq_LEN(body) && is_string(asdl_seq_GET(body, 0)))
		take_string(delineator, asdl_seq_GET(body, 0), &element->documentation);
}

/* The `#:` comment of a line; empty if there is none. */
static struct slice comment_of(const struct page *page, int number)
{
	struct slice line = page_line(page, number);
	size_t begin = page_offset(page, number, 0);
	uint32_t at = layout_last(page->layout, LAYOUT_COMMENT, begin, begin + line.len);

	return slice_from(line, at == LAYOUT_NOWHERE ? line.len : at - begin);
}

/* The same if it has the line for itself. */
static struct slice lone_comment_of(const struct page *page, int number)
{
	struct slice line = page_line(page, number), comment = comment_of(page, number);

	return line.len - comment.len == line_indentation(line) ? comment
								: slice_from(line, line.len);
}

/* The text of a comment after "#:" and one space. */
static struct slice comment_text(struct slice comment)
{
	return right_stripped(
	    slice_from(comment, 2 + (size_t)(comment.len > 2 && comment.data[2] == ' ')));
}

/* The `#:` comment that ends the line on which a statement ends, unless another statement does. */
static bool take_comment_after(
    struct delineator *delineator, const struct binding *binding, struct documentation *ret)
{
	struct page *page = &delineator->page;
	struct trim trim = {delineator->arena, &ret->lines, {NULL, NULL}};
	int number = binding->stretch.end_line;
	struct slice line = page_line(page, number), comment = comment_of(page, number), between;

	if (!comment.len || (size_t)binding->stretch.end_column > line.len - comment.len)
		return false;
	between = slice_from(line, (size_t)binding->stretch.end_column);
	between.len -= comment.len;
	between = slice_from(between, line_indentation(between));
	if (between.len && between.data[0] == ';')
		between = slice_from(between, 1);
	if (line_indentation(between) != between.len)
		return false;
	add_line(&trim, comment_text(comment));
	ret->present = true;
	ret->area = page_area(
	    page, (struct stretch){number, (int)(line.len - comment.len), number, (int)line.len});
	return true;
}

/* The `#:` comments on the lines directly above a statement that begins its line. */
static void take_comments_above(
    struct delineator *delineator, const struct binding *binding, struct documentation *ret)
{
	struct page *page = &delineator->page;
	struct trim trim = {delineator->arena, &ret->lines, {NULL, NULL}};
	int statement = binding->stretch.line, first = statement;
	struct slice line = page_line(page, statement);

	while (first - 1 > binding->above && lone_comment_of(page, first - 1).len)
		first--;
	if (first == statement || line_indentation(line) != (size_t)binding->stretch.column)
		return;
	for (int number = first; number < statement; number++)
		add_line(&trim, comment_text(comment_of(page, number)));
	line = page_line(page, statement - 1);
	ret->present = true;
	ret->area = page_area(
	    page, (struct stretch){first, (int)line_indentation(page_line(page, first)),
		      statement - 1, (int)line.len});
}

void document_binding(
    struct delineator *delineator, struct element *element, const struct binding *binding)
{
	struct documentation *found = &delineator->documentation;

	if (delineator->documented != binding->statement) {
		*found = (struct documentation){0};
		delineator->documented = binding->statement;
		if (binding->next && is_string(binding->next))
			take_string(delineator, binding->next, found);
		else if (!take_comment_after(delineator, binding, found))
			take_comments_above(delineator, binding, found);
	}
	for (const struct text *text = found->lines.first; text; text = text->next)
		delineator->written += text->slice.len;
	if (delineator->written <= DELINEATION_LIMIT)
		element->documentation = *found;
}
