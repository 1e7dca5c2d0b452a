/*
 * What the files that read docstrings share. Private to docstring*.c.
 */
#ifndef KILN_RECORD_DOCSTRING_PARTS_H
#define KILN_RECORD_DOCSTRING_PARTS_H

#include "base/map.h"
#include "record/docstring.h"

/* Blocks that are nested deeper are literal lines; so are sections, without being nested deeper. */
#define DOCSTRING_DEPTH_LIMIT 12
#define DOCSTRING_SECTION_DEPTH 6

/* A line without the white space at its ends; blank lines are empty. */
struct doc_line {
	struct slice text;
	size_t indent; /* columns; meaningless for a blank line */
};

/* Lines from `from` up to, not including, `to`. */
struct span {
	size_t from, to;
};

/* A field of Sphinx, such as `:param int x: text`. */
struct doc_field {
	const struct field_kind *kind;
	struct slice name, type; /* type: data NULL for none */
	struct span body;
	int depth;
	struct doc_field *next;
};

/* A section whose title has a meaning. */
enum section_form {
	SECTION_BLOCKS,
	SECTION_NAMES,	    /* names with types */
	SECTION_ERRORS,	    /* types, or what is referred to */
	SECTION_RESULT,	    /* a type, or names with types */
	SECTION_ADMONITION, /* of Google's style, `title` is the type */
};

struct section_kind {
	const char *words; /* each with a "|" after it */
	const char *title;
	enum section_form form;
};

struct docstring;

/* Add the blocks of some lines to a node. `depth` is the number of blocks around them. */
typedef void add_blocks(
    struct docstring *doc, struct text_node *parent, struct span span, int depth);

struct docstring {
	struct arena *arena;
	enum docstring_style style;
	struct doc_line *lines; /* marks are cut off as they are read */
	size_t count;
	struct map targets;	/* names of hyperlinks, in small letters -> their struct slice */
	struct text_node *body; /* a chapter: what precedes all sections */
	struct text_node *sections; /* a chapter */
	struct map titles;	    /* paths of titles, each with a NUL after it -> section */
	struct doc_field *fields, **end_of_fields;
	add_blocks *blocks; /* doc_blocks(), for what it calls itself */
};

static inline bool doc_has_markup(const struct docstring *doc)
{
	return doc->style != DOCSTRING_PLAIN;
}

/* docstring_titles.c */

/* What a title, with or without underline, means; NULL for nothing. */
const struct section_kind *doc_section_kind(struct slice title);

/* docstring_inline.c */

/* Add a paragraph of some lines. */
void doc_paragraph(struct docstring *doc, struct text_node *parent, struct span lines);

/* Add the inline nodes of one line. */
void doc_inline(struct docstring *doc, struct text_node *parent, struct slice text);

/* The text without marks of inline markup, in one line without backquotes: for types and titles. */
struct slice doc_plain(struct docstring *doc, struct slice text);

/* docstring_lines.c: what lines look like. */

bool is_blank(const struct docstring *doc, size_t line);

/* The least indentation of the lines that are not blank; 0 if all are. */
size_t least_indent(const struct docstring *doc, struct span span);

/* The lines from `from` on that are blank or indented deeper than `indent`, without blank lines at
 * the end. */
struct span deeper_lines(const struct docstring *doc, size_t from, size_t to, size_t indent);

/* Make `rest`, the text of a line after its mark, the first line of the block that the lines make.
 */
void hang(struct docstring *doc, struct span span, struct slice rest);

/* The same after the mark of an item, of `len` bytes: lines that are deeper than the text of the
 * first one stay deeper. */
void hang_item(struct docstring *doc, struct span span, size_t len);

/* The mark of an item of a list at the beginning of a text, with the space after it; 0 if there is
 * none. The first number of a list must be 1 or such: others would be counted wrongly. */
size_t bullet_length(struct slice text);
size_t number_length(struct slice text, bool first);

/* The lines of the title that begins at a line, 2 or 3 with its adornments; 0 if there is none.
 * *ret is the line that has the text. */
size_t title_lines(const struct docstring *doc, size_t line, size_t to, size_t *ret);

/* Whether a text is a name, maybe dotted, of letters that Python allows. */
bool is_dotted_name(struct slice text);
bool is_name_byte(char c);

/* The length of the mark `:NAME:` of a field; 0 if the text does not begin with one. `ret` is the
 * name. `@NAME ARGUMENT:` (Epytext) is one, too. */
size_t field_mark(struct slice text, struct slice *ret);

/* The name of `.. NAME:: ` at the beginning of a text, and the text after it. */
bool directive_mark(struct slice text, struct slice *ret_name, struct slice *ret_rest);

/* How many bytes from `at` on begin no mark of inline markup and no link. */
size_t plain_length(struct slice text, size_t at);

/* The length of the word that a text begins with, at least one more than `least`: without
 * punctuation at its end, and without brackets there that it does not open. It ends before a
 * backquote. */
size_t word_length(struct slice text, size_t least);

/* Whether two texts are equal but for the case of ASCII letters. */
bool same_word(struct slice text, const char *word);

/* docstring_nodes.c */

/* Add lines as they are. `type` is the syntax. */
void doc_literal(
    struct docstring *doc, struct text_node *parent, struct slice type, struct span span);

/* The section of a title below another section, or of doc->sections; made if needed. NULL if
 * nothing is left of the title. */
struct text_node *doc_section(struct docstring *doc, struct text_node *parent, struct slice title);

/* Add an item to the directory that is the last block of `parent`, or to a new one. Returns its
 * value. */
struct text_node *doc_entry(struct docstring *doc, struct text_node *parent, struct text_node *key);

/* The same with the one directory of a section, whatever comes between its items. If there is a
 * type, the value begins with it. */
struct text_node *doc_member(
    struct docstring *doc, struct text_node *section, struct text_node *key, struct slice type);

/* A key, not in a tree yet: of a name, of a reference if the text is a dotted name, of any text. */
struct text_node *doc_name_key(struct docstring *doc, struct slice name);
struct text_node *doc_reference_key(struct docstring *doc, struct slice text);

/* Add copies of a node's children to another node. */
void doc_copy_children(struct docstring *doc, const struct text_node *from, struct text_node *to);

/* Add the set that tells a type. */
void doc_type(struct docstring *doc, struct text_node *parent, struct slice type);

/* docstring_links.c */

/* Whether any of some bytes is in a text; whether a byte of a name is. */
bool has_any(struct slice text, const char *bytes);
bool has_letter(struct slice text);

/* Whether a text begins with a scheme that links may have, and more; whether it is a link. */
bool begins_link(struct slice text);
bool is_link(struct slice url);

/* The text before ` <`, and that in the angle brackets at the end. */
bool split_title(struct slice text, struct slice *ret_title, struct slice *ret_target);

/* Find the targets of hyperlinks in all lines. */
void doc_find_targets(struct docstring *doc);

/* What a name leads to; empty if nothing is known. */
struct slice find_target(const struct docstring *doc, struct slice name);

/* docstring_directives.c */

/* Add what a line that begins with ".." and the indented lines below it are. Returns the line after
 * them. */
size_t doc_directive(
    struct docstring *doc, struct text_node *parent, size_t line, size_t to, int depth);

/* docstring_sections.c */

/* Whether a line is the heading of a section of Google's style: deeper lines follow. */
bool is_google_heading(const struct docstring *doc, size_t line, size_t to);

/* Add the section of such a heading. Returns the line after it. */
size_t doc_google_section(struct docstring *doc, size_t line, size_t to, int depth);

/* Add a section of numpydoc with a known title: the lines below it. */
void doc_numpy_section(struct docstring *doc, struct slice title, struct span span, int depth);

/* docstring_fields.c */

/* Remember a field of the docstring at a line. Returns the line after it; 0 if its name has no
 * meaning. */
size_t doc_take_field(struct docstring *doc, size_t line, size_t to, int depth);

/* Add the sections of the fields that were remembered. */
void doc_add_fields(struct docstring *doc);

/* docstring_blocks.c */

/* Add all lines; titles make sections. */
void doc_top(struct docstring *doc);

#endif
