#include "record/docstring.h"

#include "record/docstring_parts.h"

/* The longest cast of the text format that shows its style. */
#define CAST_LIMIT 40

/* Which marks a docstring has, for --docstring auto. */
struct evidence {
	bool numpy, google, fields, fault, markup, references;
};

/* [ Title ], /key/, ! TYPE: */
static bool is_fault_line(struct slice text)
{
	if (text.len < 3)
		return false;
	if (text.data[0] == '[')
		return slice_starts(text, SLICE_LITERAL("[ ")) &&
		       slice_ends(text, SLICE_LITERAL(" ]")) &&
		       (text.data[2] == '>' || (text.data[2] >= 'A' && text.data[2] <= 'Z')) &&
		       !memchr(text.data, ',', text.len);
	if (text.data[0] == '/')
		return text.data[text.len - 1] == '/' && !memchr(text.data, ' ', text.len);
	return text.data[0] == '!' && text.data[1] == ' ' && text.data[2] >= 'A' &&
	       text.data[2] <= 'Z' && memchr(text.data, ':', text.len);
}

/* The beginning of (cast)`literal`. */
static bool is_cast(struct slice text)
{
	size_t len = 1;

	if (text.data[0] != '(')
		return false;
	while (len < text.len && len < CAST_LIMIT &&
	       (is_name_byte(text.data[len]) || memchr("/-.", text.data[len], 3)))
		len++;
	return len > 1 && len + 1 < text.len && text.data[len] == ')' && text.data[len + 1] == '`';
}

/* The beginning of &name, &.name, &@name, &<IRI> or &[Section]; no entity of HTML. */
static bool is_reference(struct slice text)
{
	size_t at = 1, end;

	while (at < text.len && memchr(".@", text.data[at], 2))
		at++;
	for (end = at; end < text.len && is_name_byte(text.data[end]);)
		end++;
	if (at == text.len)
		return false;
	return end > at ? end == text.len || text.data[end] != ';'
			: memchr("<[", text.data[at], 2) != NULL;
}

/* A reference or a cast, after white space or a bracket. */
static bool has_fault_reference(struct slice text)
{
	for (size_t i = 0; i + 1 < text.len; i++) {
		char before = i ? text.data[i - 1] : ' ';
		struct slice rest = slice_from(text, i);

		if ((char_is_space(before) || before == '(') &&
		    (is_cast(rest) || (text.data[i] == '&' && is_reference(rest))))
			return true;
	}
	return false;
}

/* A role or double backquotes. */
static bool has_markup(struct slice text)
{
	const char *mark = memchr(text.data, '`', text.len);

	for (; mark; mark = memchr(mark + 1, '`', (size_t)(text.data + text.len - mark - 1))) {
		if (mark + 1 < text.data + text.len && (mark[1] == '`' || mark[1] == '_'))
			return true;
		if (mark > text.data + 1 && mark[-1] == ':' && is_name_byte(mark[-2]))
			return true;
	}
	return slice_ends(text, SLICE_LITERAL("::"));
}

static bool is_sphinx_field(struct slice text)
{
	static const char *const words[] = {"param", "parameter", "arg", "argument", "keyword",
	    "kwarg", "key", "type", "return", "returns", "rtype", "raise", "raises", "except",
	    "exception", "yield", "yields", "var", "ivar", "cvar", "vartype", "meta"};
	struct slice name, word;

	if (!field_mark(text, &name))
		return false;
	(void)slice_next(&name, ' ', &word); /* there is one */
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (slice_is(word, words[i]))
			return true;
	}
	return false;
}

static void look_at(const struct docstring *doc, size_t line, struct evidence *found)
{
	struct slice text = doc->lines[line].text, name, rest;
	size_t title;

	if (!text.len)
		return;
	found->numpy |= doc_section_kind(text) && title_lines(doc, line, doc->count, &title);
	found->google |= is_google_heading(doc, line, doc->count);
	found->fields |= is_sphinx_field(text);
	found->fault |= is_fault_line(text);
	found->markup |= has_markup(text) || directive_mark(text, &name, &rest);
	found->references |= has_fault_reference(text);
}

static enum docstring_style style_of(struct docstring *doc)
{
	struct evidence found = {0};

	doc->style = DOCSTRING_GOOGLE;
	for (size_t i = 0; i < doc->count; i++)
		look_at(doc, i, &found);
	if (found.numpy)
		return DOCSTRING_NUMPY;
	if (found.google)
		return DOCSTRING_GOOGLE;
	if (found.fields)
		return DOCSTRING_SPHINX;
	if (found.fault)
		return DOCSTRING_FAULT;
	if (found.markup)
		return DOCSTRING_SPHINX;
	return found.references ? DOCSTRING_FAULT : DOCSTRING_PLAIN;
}

/* The column after white space at the beginning of a line; tabs lead to multiples of eight. */
static size_t indent_of(struct slice line)
{
	size_t column = 0;

	for (size_t i = 0; i < line.len && (line.data[i] == ' ' || line.data[i] == '\t'); i++)
		column = line.data[i] == ' ' ? column + 1 : (column / 8 + 1) * 8;
	return column;
}

static void split_lines(struct docstring *doc, struct slice text)
{
	struct slice rest = text, line;
	size_t count = 0;

	while (slice_next(&rest, '\n', &line))
		count++;
	doc->lines = arena_alloc(doc->arena, count * sizeof(*doc->lines));
	for (rest = text; slice_next(&rest, '\n', &line); doc->count++)
		doc->lines[doc->count] = (struct doc_line){text_strip(line), indent_of(line)};
}

static void move_children(struct text_node *from, struct text_node *to)
{
	for (struct text_node *child = from->first; child; child = child->next)
		child->parent = to;
	if (!from->first)
		return;
	if (to->last)
		to->last->next = from->first;
	else
		to->first = from->first;
	to->last = from->last;
}

static struct text_node *parse_other(struct docstring *doc)
{
	doc->body = text_new(doc->arena, TEXT_CHAPTER, SLICE_LITERAL(""));
	doc->sections = text_new(doc->arena, TEXT_CHAPTER, SLICE_LITERAL(""));
	doc->end_of_fields = &doc->fields;
	if (doc_has_markup(doc))
		doc_find_targets(doc);
	doc_top(doc);
	doc_add_fields(doc);
	move_children(doc->sections, doc->body);
	map_release(&doc->targets);
	map_release(&doc->titles);
	return doc->body;
}

static struct text_node *literal_lines(struct docstring *doc)
{
	struct text_node *chapter = text_new(doc->arena, TEXT_CHAPTER, SLICE_LITERAL(""));

	doc_literal(doc, chapter, SLICE_LITERAL("text"), (struct span){0, doc->count});
	return chapter;
}

enum docstring_style docstring_style_of(struct slice text)
{
	autoarena struct arena arena = {NULL};
	struct docstring doc = {.arena = &arena};

	split_lines(&doc, text);
	return style_of(&doc);
}

/* What the text format refuses, because it is too large or nested too deeply, is literal lines. */
struct text_node *docstring_parse(
    struct arena *arena, struct slice text, enum docstring_style style)
{
	struct docstring doc = {.arena = arena, .style = style};
	struct text_node *chapter;

	if (style != DOCSTRING_FAULT)
		split_lines(&doc, text);
	if (style == DOCSTRING_AUTO)
		style = text.len > DOCSTRING_SIZE_LIMIT ? DOCSTRING_PLAIN : style_of(&doc);
	doc.style = style;
	if (style == DOCSTRING_FAULT) {
		if (text_parse(
			arena, text, TEXT_DOCUMENTATION, "docstring", NULL, &chapter, NULL) == 0)
			return chapter;
		doc.count = 0;
		split_lines(&doc, text);
		return literal_lines(&doc);
	}
	return text.len > DOCSTRING_SIZE_LIMIT ? literal_lines(&doc) : parse_other(&doc);
}
