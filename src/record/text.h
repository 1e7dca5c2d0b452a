/*
 * Texts: chapters and documentation in the text format (docs/formats.rst, "Chapters") as trees of
 * elements, and those as JSON and as text again.
 *
 *	struct arena arena = {NULL};
 *	struct text_node *chapter;
 *	if (text_parse(&arena, bytes, TEXT_FILE, "a.txt", &chapter, err) < 0 ||
 *	    text_render(chapter, &out, err) < 0)
 *		...
 *
 * Nodes and what they point to live in an arena. Their slices may borrow: from the text that was
 * parsed, or whatever the caller gave. Rendering a tree that was parsed gives a text that parses
 * into the same tree, exceptions aside. Trees are at most TEXT_DEPTH_LIMIT deep, so walking one
 * may recurse.
 */
#ifndef KILN_RECORD_TEXT_H
#define KILN_RECORD_TEXT_H

#include "base/arena.h"
#include "base/json.h"

/* The largest text that is parsed, the deepest tree, and the most that is written of one. */
#define TEXT_SIZE_LIMIT ((size_t)8 << 20)
#define TEXT_DEPTH_LIMIT 250
#define TEXT_OUTPUT_LIMIT ((size_t)256 << 20)

/* Most malformed lines that are noted. */
#define TEXT_NOTE_LIMIT 100

/* With what the members of a node are for it: `text` is empty where it is not said. */
enum text_type {
	TEXT_CHAPTER,
	TEXT_SECTION,	/* text: title; section */
	TEXT_PARAGRAPH, /* number: indentation, -1 for none; children: inline nodes */
	TEXT_SET,
	TEXT_SEQUENCE,
	TEXT_DIRECTORY, /* children: items */
	TEXT_ITEM,	/* text: identifier, in directories; there it has a key and a value */
	TEXT_KEY,	/* children: inline nodes */
	TEXT_VALUE,
	TEXT_SYNTAX,	 /* text: type; extra: qualifier or none; children: lines */
	TEXT_LINE,	 /* text */
	TEXT_ADMONITION, /* text: type; extra: title or none */
	TEXT_EXCEPTION,	 /* text: event; extra: message; number: line; level */
	/* Inline nodes, from here on. */
	TEXT_STRING,	/* text */
	TEXT_BREAK,	/* a line break, in JSON the string " " */
	TEXT_LITERAL,	/* text; extra: cast or none; open: it ends with its line */
	TEXT_EMPHASIS,	/* text; number: weight */
	TEXT_REFERENCE, /* text: source; reference */
};

/* The path of titles by which a section was first selected. */
struct text_section {
	const struct slice *path;
	size_t count;  /* of the path */
	size_t titles; /* of the absolute path, whose last is the section's own title */
	int level;     /* the marks of a relative path, -1 for an absolute one */
	long multiple; /* the number after the marks, -1 for none */
};

enum text_reference_kind { REFERENCE_NORMAL, REFERENCE_HYPERLINK, REFERENCE_SECTION };

struct record_target;

struct text_reference {
	enum text_reference_kind kind;
	bool include;			    /* &*... */
	bool is_end;			    /* its name may be the end of one (a role of Sphinx) */
	struct slice title;		    /* what is shown; data NULL for none */
	struct slice cast;		    /* data NULL for none */
	struct slice url;		    /* data NULL for none */
	const struct record_target *target; /* what it means, once that is known (names.h) */
};

struct text_node {
	unsigned char type; /* enum text_type */
	bool open;
	unsigned short level; /* of an exception: its indentation */
	int number;
	struct text_node *parent, *first, *last, *next;
	struct slice text;
	union {
		struct slice extra; /* data NULL for none */
		struct text_section *section;
		struct text_reference *reference;
	};
};

/* A node without children, not yet in a tree. `text` is borrowed. */
struct text_node *text_new(struct arena *arena, enum text_type type, struct slice text);

/* Make a new node the last child. Returns it. */
struct text_node *text_add(
    struct arena *arena, struct text_node *parent, enum text_type type, struct slice text);

enum text_mode {
	/* A byte order mark and a first line that begins with #! are skipped; invalid UTF-8 is an
	 * error. */
	TEXT_FILE,
	/* Every byte is content. */
	TEXT_DOCUMENTATION,
};

/* Parse a text, which must live as long as the tree. `name` is the place of errors (ERROR_INPUT):
 * the text is too large, nested too deeply, or not UTF-8. Malformed parts become TEXT_EXCEPTION
 * nodes and notes, at most TEXT_NOTE_LIMIT; `notes` may be NULL. */
int text_parse(struct arena *arena, struct slice text, enum text_mode mode, const char *name,
    struct notes *notes, struct text_node **ret, struct error **err);

/* Parse one line, without the white space around it, into inline nodes, the last children of
 * `parent`. */
void text_parse_inline(struct arena *arena, struct text_node *parent, struct slice line);

/* Without the Unicode white space at both ends. */
struct slice text_strip(struct slice text);

/* Whether a line without white space at its ends is a decoration. */
bool text_is_decoration(struct slice text);

/* The identifier of a directory's item: the key's text. The full stop, which divides paths, becomes
 * another character. */
struct slice text_identifier(struct arena *arena, const struct text_node *key);

/* Append the text of inline nodes without marks: of literals, emphasis, strings, and the sources of
 * references. */
void text_add_plain(const struct text_node *parent, struct str *ret);

/* What is shown of a reference: its title, else what it leads to, or its name. */
struct slice text_shown(const struct text_node *reference);

/* Append the text of inline nodes as readers see it: of references what is shown. */
void text_add_shown(const struct text_node *parent, struct str *ret);

/* Write a node and all below it as JSON: [type, content, attributes]; an inline string as a string.
 * ERROR_INPUT if that exceeds TEXT_OUTPUT_LIMIT. */
int text_write(const struct text_node *node, struct json_writer *json, struct error **err);

/* Append a tree as text; `node` is a chapter or another node with blocks. Fails as text_write()
 * does. */
int text_render(const struct text_node *node, struct str *ret, struct error **err);

#endif
