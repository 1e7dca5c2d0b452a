#include "record/docstring_parts.h"

/* The longest line that is a term when deeper lines follow it in plain text; a longer one is the
 * beginning of a paragraph whose other lines hang. */
#define TERM_LIMIT 40

/* The most lines of a fence or of a table with blank lines: the search for their ends is short. */
#define LINES_LIMIT 1000

/* Lines of one node, while they are taken apart. */
struct blocks {
	struct docstring *doc;
	struct text_node *parent;
	size_t to;
	size_t base; /* the least indentation */
	int depth;
	bool top;					 /* titles make sections */
	struct text_node *path[DOCSTRING_SECTION_DEPTH]; /* open sections, and their adornments */
	char adornments[DOCSTRING_SECTION_DEPTH];
	size_t levels;
};

/* Add what begins at a line. Returns the line after it; 0 if something else begins there. */
typedef size_t take_block(struct blocks *blocks, size_t line);

static struct slice text_at(const struct blocks *blocks, size_t line)
{
	return blocks->doc->lines[line].text;
}

static size_t indent_at(const struct blocks *blocks, size_t line)
{
	return blocks->doc->lines[line].indent;
}

static struct text_node *add(
    const struct blocks *blocks, struct text_node *parent, enum text_type type)
{
	return text_add(blocks->doc->arena, parent, type, SLICE_LITERAL(""));
}

/* Literal lines */

static size_t end_of_paragraph(const struct blocks *blocks, size_t line)
{
	while (line < blocks->to && !is_blank(blocks->doc, line))
		line++;
	return line;
}

/* >>> and what follows up to a line that is blank, again while >>> comes next. */
static size_t take_session(struct blocks *blocks, size_t line)
{
	size_t end = line, next = line;

	while (next < blocks->to && indent_at(blocks, next) == blocks->base &&
	       slice_starts(text_at(blocks, next), SLICE_LITERAL(">>>"))) {
		end = end_of_paragraph(blocks, next);
		for (next = end; next < blocks->to && is_blank(blocks->doc, next);)
			next++;
	}
	if (end == line)
		return 0;
	doc_literal(blocks->doc, blocks->parent, SLICE_LITERAL("pycon"), (struct span){line, end});
	return end;
}

/* ``` as in Markdown */
static size_t take_fence(struct blocks *blocks, size_t line)
{
	struct slice text = text_at(blocks, line), type = SLICE_LITERAL("text");
	size_t end = line + 1, letters = 0;

	if (!slice_starts(text, SLICE_LITERAL("```")))
		return 0;
	text = text_strip(slice_from(text, 3));
	while (letters < text.len && is_name_byte(text.data[letters]))
		letters++;
	if (letters != text.len)
		return 0;
	while (
	    end < blocks->to && end - line < LINES_LIMIT && !slice_is(text_at(blocks, end), "```"))
		end++;
	if (end == blocks->to || end - line == LINES_LIMIT)
		return 0;
	doc_literal(
	    blocks->doc, blocks->parent, letters ? text : type, (struct span){line + 1, end});
	return end + 1;
}

static bool is_table_border(struct slice text)
{
	bool grid = slice_starts(text, SLICE_LITERAL("+-")) ||
		    slice_starts(text, SLICE_LITERAL("+="));

	if (!grid && !slice_starts(text, SLICE_LITERAL("==")))
		return false;
	if (!grid && !memchr(text.data, ' ', text.len))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (!strchr(grid ? "+-=" : "= ", text.data[i] ? text.data[i] : '.'))
			return false;
	}
	return text.len > 3;
}

/* A table keeps its form. A simple one, of = only, may have blank lines before its last border. */
static size_t take_table(struct blocks *blocks, size_t line)
{
	size_t end = line + 1, last = line;

	if (!is_table_border(text_at(blocks, line)))
		return 0;
	for (; end < blocks->to && end - line < LINES_LIMIT; end++) {
		if (is_blank(blocks->doc, end) && last > line)
			break;
		if (!is_blank(blocks->doc, end) && is_table_border(text_at(blocks, end)) &&
		    (end + 1 == blocks->to || is_blank(blocks->doc, end + 1)))
			last = end;
	}
	if (last == line)
		end = end_of_paragraph(blocks, line);
	else
		end = last + 1;
	while (is_blank(blocks->doc, end - 1))
		end--;
	doc_literal(blocks->doc, blocks->parent, SLICE_LITERAL("text"), (struct span){line, end});
	return end;
}

/* | line */
static size_t take_line_block(struct blocks *blocks, size_t line)
{
	size_t end = line;

	while (end < blocks->to && slice_starts(text_at(blocks, end), SLICE_LITERAL("|")) &&
	       (text_at(blocks, end).len == 1 || text_at(blocks, end).data[1] == ' '))
		end++;
	if (end == line ||
	    memchr(text_at(blocks, line).data + 1, '|', text_at(blocks, line).len - 1))
		return 0;
	for (size_t i = line; i < end; i++) {
		struct doc_line *at = &blocks->doc->lines[i];

		at->indent += at->text.len > 1 ? 2 : 0;
		at->text = at->text.len > 1 ? slice_from(at->text, 2) : SLICE_LITERAL("");
	}
	doc_literal(blocks->doc, blocks->parent, SLICE_LITERAL("text"), (struct span){line, end});
	return end;
}

/* Lists */

/* The text format has a paragraph at the beginning of each item. */
static void add_item(struct blocks *blocks, struct text_node *list, struct span span)
{
	struct text_node *item = add(blocks, list, TEXT_ITEM), *first = item->first;
	struct text_node *paragraph;

	blocks->doc->blocks(blocks->doc, item, span, blocks->depth + 2);
	first = item->first;
	if (first && first->type == TEXT_PARAGRAPH)
		return;
	paragraph = text_new(blocks->doc->arena, TEXT_PARAGRAPH, SLICE_LITERAL(""));
	text_parse_inline(blocks->doc->arena, paragraph, SLICE_LITERAL(""));
	paragraph->parent = item;
	paragraph->next = first;
	item->first = paragraph;
	if (!item->last)
		item->last = paragraph;
}

/* What the marks of one list have in common: the bullet, or the kind of number and what follows. */
static int mark_of(struct slice text, enum text_type type, size_t len)
{
	char first = text.data[0] == '(' ? text.data[1] : text.data[0];

	if (type == TEXT_SET)
		return text.data[0];
	if (first >= '0' && first <= '9')
		first = '0';
	else if (first != '#')
		first = 'a';
	return first << 8 | text.data[len - 2];
}

static size_t take_list(struct blocks *blocks, size_t line, enum text_type type)
{
	struct text_node *list = add(blocks, blocks->parent, type);
	size_t next = line;
	int mark = 0;

	while (next < blocks->to) {
		struct slice text = text_at(blocks, next);
		size_t len = type == TEXT_SET ? bullet_length(text) : number_length(text, !mark);
		struct span item;

		if (indent_at(blocks, next) != blocks->base || !len ||
		    (mark && mark != mark_of(text, type, len)))
			break;
		mark = mark_of(text, type, len);
		item = deeper_lines(blocks->doc, next + 1, blocks->to, blocks->base);
		item.from = next;
		hang_item(blocks->doc, item, len);
		line = item.to;
		add_item(blocks, list, item);
		for (next = line; next < blocks->to && is_blank(blocks->doc, next);)
			next++;
	}
	return line;
}

static size_t take_set(struct blocks *blocks, size_t line)
{
	return bullet_length(text_at(blocks, line)) ? take_list(blocks, line, TEXT_SET) : 0;
}

static size_t take_sequence(struct blocks *blocks, size_t line)
{
	return number_length(text_at(blocks, line), true) ? take_list(blocks, line, TEXT_SEQUENCE)
							  : 0;
}

/* Directories */

static size_t take_field(struct blocks *blocks, size_t line)
{
	struct slice name, text = text_at(blocks, line);
	size_t len = doc_has_markup(blocks->doc) ? field_mark(text, &name) : 0, end;
	struct text_node *key, *value;
	struct span body;

	if (!len)
		return 0;
	end = blocks->top ? doc_take_field(blocks->doc, line, blocks->to, blocks->depth) : 0;
	if (end || text.data[0] == '@')
		return end;
	key = text_new(blocks->doc->arena, TEXT_KEY, SLICE_LITERAL(""));
	doc_inline(blocks->doc, key, name);
	value = doc_entry(blocks->doc, blocks->parent, key);
	body = deeper_lines(blocks->doc, line + 1, blocks->to, blocks->base);
	body.from = line;
	hang(blocks->doc, body, text_strip(slice_from(text, len)));
	blocks->doc->blocks(blocks->doc, value, body, blocks->depth + 3);
	return body.to;
}

/* `-o, --option VALUE  text`: two spaces end the option. */
static size_t take_option(struct blocks *blocks, size_t line)
{
	struct slice text = text_at(blocks, line);
	const char *gap = text.data[0] == '-' ? memmem(text.data, text.len, "  ", 2) : NULL;
	struct text_node *key;
	struct span body;

	if (!gap || text.data[1] == ' ' ||
	    !has_letter(slice_of(text.data, (size_t)(gap - text.data))) ||
	    memchr(text.data, '`', (size_t)(gap - text.data)))
		return 0;
	key = text_new(blocks->doc->arena, TEXT_KEY, SLICE_LITERAL(""));
	text_add(
	    blocks->doc->arena, key, TEXT_LITERAL, slice_of(text.data, (size_t)(gap - text.data)));
	body = deeper_lines(blocks->doc, line + 1, blocks->to, blocks->base);
	body.from = line;
	hang(blocks->doc, body, text_strip(slice_from(text, (size_t)(gap - text.data))));
	blocks->doc->blocks(
	    blocks->doc, doc_entry(blocks->doc, blocks->parent, key), body, blocks->depth + 3);
	return body.to;
}

/* A line directly above deeper lines. */
static size_t take_definition(struct blocks *blocks, size_t line)
{
	struct slice term = text_at(blocks, line);
	struct span body = deeper_lines(blocks->doc, line + 1, blocks->to, blocks->base);
	struct text_node *key;

	if (body.to == body.from || is_blank(blocks->doc, line + 1) ||
	    slice_ends(term, SLICE_LITERAL(":")) ||
	    (!doc_has_markup(blocks->doc) && term.len > TERM_LIMIT))
		return 0;
	key = text_new(blocks->doc->arena, TEXT_KEY, SLICE_LITERAL(""));
	doc_inline(blocks->doc, key, term);
	blocks->doc->blocks(
	    blocks->doc, doc_entry(blocks->doc, blocks->parent, key), body, blocks->depth + 3);
	return body.to;
}

/* Titles */

/* Open the section of a title: the level is that of its adornment. */
static void open_title(struct blocks *blocks, struct slice title, char adornment)
{
	size_t level = 0;
	struct text_node *section;

	while (level < blocks->levels && blocks->adornments[level] != adornment)
		level++;
	if (level == DOCSTRING_SECTION_DEPTH)
		level--;
	section = doc_section(
	    blocks->doc, level ? blocks->path[level - 1] : blocks->doc->sections, title);
	if (!section)
		return;
	blocks->path[level] = section;
	blocks->adornments[level] = adornment;
	blocks->levels = level + 1;
	blocks->parent = section;
}

static size_t next_title(const struct blocks *blocks, size_t line)
{
	size_t title;

	for (; line < blocks->to; line++) {
		if (!is_blank(blocks->doc, line) && indent_at(blocks, line) == blocks->base &&
		    title_lines(blocks->doc, line, blocks->to, &title) &&
		    (is_blank(blocks->doc, line - 1) || doc_section_kind(text_at(blocks, title))))
			return line;
	}
	return line;
}

static size_t take_title(struct blocks *blocks, size_t line)
{
	size_t title, count = title_lines(blocks->doc, line, blocks->to, &title), end;
	struct slice text;

	if (!count)
		return 0;
	text = text_at(blocks, title);
	if (!blocks->top) {
		doc_paragraph(blocks->doc, blocks->parent, (struct span){title, title + 1});
		return line + count;
	}
	if (blocks->doc->style == DOCSTRING_NUMPY && doc_section_kind(text)) {
		end = next_title(blocks, line + count);
		doc_numpy_section(
		    blocks->doc, text, (struct span){line + count, end}, blocks->depth);
		blocks->levels = 0;
		blocks->parent = blocks->doc->body;
		return end;
	}
	open_title(blocks, text, text_at(blocks, title + 1).data[0]);
	return line + count;
}

static size_t take_google(struct blocks *blocks, size_t line)
{
	if (!blocks->top || !is_google_heading(blocks->doc, line, blocks->to))
		return 0;
	return doc_google_section(blocks->doc, line, blocks->to, blocks->depth);
}

static size_t take_explicit(struct blocks *blocks, size_t line)
{
	struct slice text = text_at(blocks, line);

	if (!doc_has_markup(blocks->doc) ||
	    !(slice_is(text, "..") || slice_starts(text, SLICE_LITERAL(".. "))))
		return 0;
	return doc_directive(blocks->doc, blocks->parent, line, blocks->to, blocks->depth);
}

/* Paragraphs */

/* Whether a line ends the paragraph before it without a blank line between. */
static bool interrupts(const struct blocks *blocks, size_t line)
{
	struct slice text = text_at(blocks, line), name, rest;
	bool after_colon = slice_ends(text_at(blocks, line - 1), SLICE_LITERAL(":"));
	size_t title;

	if (indent_at(blocks, line) > blocks->base)
		return after_colon || bullet_length(text);
	if (slice_starts(text, SLICE_LITERAL(">>>")) || slice_starts(text, SLICE_LITERAL("```")))
		return true;
	if ((after_colon || blocks->parent->type == TEXT_ITEM) &&
	    (bullet_length(text) || number_length(text, true)))
		return true;
	if (blocks->top &&
	    (is_google_heading(blocks->doc, line, blocks->to) ||
		(doc_section_kind(text) && title_lines(blocks->doc, line, blocks->to, &title))))
		return true;
	return doc_has_markup(blocks->doc) &&
	       (field_mark(text, &name) || directive_mark(text, &name, &rest));
}

/* Literal lines follow a paragraph that ends in "::", of which one colon is shown after a text. */
static size_t take_literal(struct blocks *blocks, size_t line)
{
	size_t next = line;
	struct span span;

	while (next < blocks->to && is_blank(blocks->doc, next))
		next++;
	span = deeper_lines(blocks->doc, next, blocks->to, blocks->base);
	if (span.from == span.to)
		return line;
	doc_literal(blocks->doc, blocks->parent,
	    slice_starts(text_at(blocks, span.from), SLICE_LITERAL(">>>")) ? SLICE_LITERAL("pycon")
									   : SLICE_LITERAL("text"),
	    span);
	return span.to;
}

static size_t take_paragraph(struct blocks *blocks, size_t line)
{
	size_t end = line + 1;
	struct slice *last;
	bool literal, alone;

	while (end < blocks->to && !is_blank(blocks->doc, end) && !interrupts(blocks, end))
		end++;
	last = &blocks->doc->lines[end - 1].text;
	literal = slice_ends(*last, SLICE_LITERAL("::"));
	alone = literal && last->len == 2;
	if (literal)
		*last = text_strip(slice_of(last->data, last->len - 1));
	if (alone)
		end--;
	if (end > line + 1 || (end > line && !text_is_decoration(text_at(blocks, line))))
		doc_paragraph(blocks->doc, blocks->parent, (struct span){line, end});
	end += alone;
	return literal ? take_literal(blocks, end) : end;
}

/* Deeper lines below no term: a quotation, or lines of which plain text keeps the form. */
static size_t take_deeper(struct blocks *blocks, size_t line)
{
	struct span span = deeper_lines(blocks->doc, line, blocks->to, blocks->base);
	struct slice text = text_at(blocks, line);
	bool prose = doc_has_markup(blocks->doc) || bullet_length(text) ||
		     number_length(text, true) || slice_starts(text, SLICE_LITERAL(">>>"));

	if (prose)
		blocks->doc->blocks(blocks->doc, blocks->parent, span, blocks->depth + 1);
	else
		doc_literal(blocks->doc, blocks->parent, SLICE_LITERAL("text"), span);
	return span.to;
}

static void take_blocks(struct blocks *blocks, size_t from)
{
	static take_block *const takes[] = {take_session, take_fence, take_explicit, take_field,
	    take_table, take_title, take_google, take_set, take_sequence, take_line_block,
	    take_option, take_definition, take_paragraph};
	size_t line = from;

	while (line < blocks->to) {
		size_t next = 0;

		if (is_blank(blocks->doc, line)) {
			line++;
			continue;
		}
		if (indent_at(blocks, line) > blocks->base)
			next = take_deeper(blocks, line);
		for (size_t i = 0; !next; i++)
			next = takes[i](blocks, line);
		line = next;
	}
}

static void add_blocks_of(
    struct docstring *doc, struct text_node *parent, struct span span, int depth)
{
	struct blocks blocks = {
	    .doc = doc,
	    .parent = parent,
	    .to = span.to,
	    .base = least_indent(doc, span),
	    .depth = depth,
	};

	if (depth > DOCSTRING_DEPTH_LIMIT)
		doc_literal(doc, parent, SLICE_LITERAL("text"), span);
	else
		take_blocks(&blocks, span.from);
}

void doc_top(struct docstring *doc)
{
	struct blocks blocks = {
	    .doc = doc,
	    .parent = doc->body,
	    .to = doc->count,
	    .base = least_indent(doc, (struct span){0, doc->count}),
	    .top = true,
	};

	doc->blocks = add_blocks_of;
	take_blocks(&blocks, 0);
}
