/*
 * What the files that scan share.
 */
#ifndef KILN_PYTHON_PARSE_SCANNER_H
#define KILN_PYTHON_PARSE_SCANNER_H

#include "python/layout.h"
#include "python/parse/token.h"

/* CPython's own limits are 200 and 100, and 149 strings in each other's fields, which are brackets;
 * what comes near them is left to it. */
#define BRACKET_LIMIT 140
#define INDENT_LIMIT 90

/* What a character begins. */
enum scan_character {
	SCAN_OTHER, /* an operator, or nothing that is known */
	SCAN_SPACE,
	SCAN_LETTER,
	SCAN_DIGIT,
	SCAN_QUOTE,
	SCAN_LINE_END,
};

extern const unsigned char scan_characters[256];

/* Whether a character can be a part of a name or number. */
static inline bool scan_is_word(char c)
{
	enum scan_character kind = scan_characters[(unsigned char)c];

	return kind == SCAN_LETTER || kind == SCAN_DIGIT || (unsigned char)c >= 0x80;
}

/* The width of blanks with tabs to the next multiple of 8, and with tabs as one column: both must
 * agree about what is deeper. */
struct indentation {
	int width, other;
};

struct scanner {
	const char *base, *at, *end;
	int line;
	ptrdiff_t line_offset; /* where the line begins; negative in a part of another text */
	struct tokens *ret;
	PyArena *arena;
	struct layout *layout; /* or NULL */
	enum scan_result result;
	/* Scans one token, or what lies between tokens; for fields of strings. */
	void (*scan_token)(struct scanner *);
	struct indentation indents[INDENT_LIMIT];
	size_t indent_count;
	size_t open[BRACKET_LIMIT]; /* the tokens of open brackets */
	size_t open_count;
	size_t open_least; /* of a field: how many are open outside */
	bool is_bracketed, begins_line;
};

static inline int scan_column(const struct scanner *scanner, const char *at)
{
	return (int)(at - scanner->base - scanner->line_offset);
}

/* Make room for about so many tokens; before any is added. */
void scan_expect(struct tokens *tokens, size_t count);

/* Add a token from `begin` to where the scanner is, on this line. */
struct token *scan_add(struct scanner *scanner, enum token_type type, const char *begin);

/* Stand at the end, so that scanning ends. */
void scan_give_up(struct scanner *scanner);

/* A line begins where the scanner is. */
void scan_next_line(struct scanner *scanner);

/* A bracket, which the scanner is at. One that opened before `open_least` is not closed. */
void scan_open(struct scanner *scanner, enum token_type type);
void scan_close(struct scanner *scanner, enum token_type type);

/* A number, whose first character the scanner is at. */
void scan_number(struct scanner *scanner);

/* A string, whose prefix of this length the scanner is at. */
bool scan_prefix_is_valid(const char *begin, const char *end);
void scan_string(struct scanner *scanner, size_t prefix);

/* A string whose fields are tokens: scan_fields.c, for CPython 3.12 and later. */
void scan_with_fields(struct scanner *scanner, size_t prefix);

#endif
