/*
 * Tokens of a source, and names.
 */
#ifndef KILN_PYTHON_PARSE_TOKEN_H
#define KILN_PYTHON_PARSE_TOKEN_H

#include "python/parse/parse.h"

enum token_type {
	/* Not shown: they end no node. */
	TOKEN_END,
	TOKEN_NEWLINE,
	TOKEN_INDENT,
	TOKEN_DEDENT,

	TOKEN_NAME,
	TOKEN_NUMBER,
	TOKEN_STRING,
	/* A string with fields, where these are tokens: its prefix with quotes, text, and its
	 * closing quotes. */
	TOKEN_FIELDS_BEGIN,
	TOKEN_FIELDS_TEXT,
	TOKEN_FIELDS_END,

	TOKEN_LEFT_PARENTHESIS,
	TOKEN_LEFT_BRACKET,
	TOKEN_LEFT_BRACE,
	TOKEN_RIGHT_PARENTHESIS,
	TOKEN_RIGHT_BRACKET,
	TOKEN_RIGHT_BRACE,
	TOKEN_COMMA,
	TOKEN_COLON,
	TOKEN_SEMICOLON,
	TOKEN_DOT,
	TOKEN_ELLIPSIS,
	TOKEN_ARROW,
	TOKEN_WALRUS,
	TOKEN_EQUAL,
	/* In fields only: what stands behind their expressions. The colon before a format ends no
	 * lambda's parameters. */
	TOKEN_EXCLAMATION,
	TOKEN_FORMAT,

	/* Operators, in the order of operator_ty, each with its assignment. */
	TOKEN_PLUS,
	TOKEN_PLUS_EQUAL,
	TOKEN_MINUS,
	TOKEN_MINUS_EQUAL,
	TOKEN_STAR,
	TOKEN_STAR_EQUAL,
	TOKEN_AT,
	TOKEN_AT_EQUAL,
	TOKEN_SLASH,
	TOKEN_SLASH_EQUAL,
	TOKEN_PERCENT,
	TOKEN_PERCENT_EQUAL,
	TOKEN_POWER,
	TOKEN_POWER_EQUAL,
	TOKEN_LEFT_SHIFT,
	TOKEN_LEFT_SHIFT_EQUAL,
	TOKEN_RIGHT_SHIFT,
	TOKEN_RIGHT_SHIFT_EQUAL,
	TOKEN_BAR,
	TOKEN_BAR_EQUAL,
	TOKEN_CARET,
	TOKEN_CARET_EQUAL,
	TOKEN_AMPERSAND,
	TOKEN_AMPERSAND_EQUAL,
	TOKEN_FLOOR,
	TOKEN_FLOOR_EQUAL,

	TOKEN_TILDE,
	TOKEN_EQUALS,
	TOKEN_DIFFERS,
	TOKEN_LESS,
	TOKEN_LESS_EQUAL,
	TOKEN_GREATER,
	TOKEN_GREATER_EQUAL,

	/* Keywords. */
	TOKEN_AND,
	TOKEN_AS,
	TOKEN_ASSERT,
	TOKEN_ASYNC,
	TOKEN_AWAIT,
	TOKEN_BREAK,
	TOKEN_CLASS,
	TOKEN_CONTINUE,
	TOKEN_DEF,
	TOKEN_DEL,
	TOKEN_ELIF,
	TOKEN_ELSE,
	TOKEN_EXCEPT,
	TOKEN_FALSE,
	TOKEN_FINALLY,
	TOKEN_FOR,
	TOKEN_FROM,
	TOKEN_GLOBAL,
	TOKEN_IF,
	TOKEN_IMPORT,
	TOKEN_IN,
	TOKEN_IS,
	TOKEN_LAMBDA,
	TOKEN_NONE,
	TOKEN_NONLOCAL,
	TOKEN_NOT,
	TOKEN_OR,
	TOKEN_PASS,
	TOKEN_RAISE,
	TOKEN_RETURN,
	TOKEN_TRUE,
	TOKEN_TRY,
	TOKEN_WHILE,
	TOKEN_WITH,
	TOKEN_YIELD,
	TOKEN_TYPES,
};

/* Its place: lines from 1, columns in bytes from 0, the end exclusive. */
struct token {
	unsigned char type; /* enum token_type */
	/* A string: letters and quotes before its body, quotes behind; what is in its body. */
	unsigned char prefix, quotes;
	bool has_backslash, has_others; /* others than ASCII */
	uint32_t begin, len;		/* in the text */
	int line, column, end_line, end_column;
	union {
		PyObject *name;	   /* of a TOKEN_NAME, borrowed */
		uint32_t matching; /* of an opening bracket: the number of tokens from it to
				    * its closing one */
	};
};

/* The tokens of a text, ended by TOKEN_END. */
struct tokens {
	struct token *at;
	size_t count, room;
};

/* Where a text begins: it may be a part of another. */
struct scan_origin {
	int line, column;
	bool is_bracketed; /* line ends and indentation mean nothing */
};

enum scan_result { SCAN_DONE, SCAN_GIVES_UP, SCAN_FAILS };

/* Append the tokens of a text, with TOKEN_END last. The text has a NUL after it, or after what is a
 * part of a string. Names are added to the arena, and what there is of lines, comments and `yield`
 * to the layout unless it is NULL. SCAN_FAILS has set an exception. */
enum scan_result scan(struct slice text, struct scan_origin origin, PyArena *arena,
    struct layout *layout, struct tokens *ret);

void scan_release(struct tokens *tokens);

/*
 * Names and keywords by their text. There is one object, interned, for each name; names stay
 * between sources, as most sources use the same ones, until there are too many.
 */

struct name {
	const char *text;
	PyObject *object; /* owned; NULL for a keyword, and in a free slot */
	uint32_t hash, len;
	uint32_t source;       /* the number of the last source that has it */
	unsigned char keyword; /* enum token_type, or 0 */
};

/* Give an object, which may be NULL, to the arena. Returns the object, or NULL with an exception.
 */
PyObject *arena_keep(PyArena *arena, PyObject *object);

/* Begin a source: no name is in its arena. */
void names_begin(void);

/* The name or keyword of a text, added to the arena if it is new in the source. NULL with an
 * exception. The result is good until the next call. */
const struct name *names_find(struct slice text, PyArena *arena);

/* Whether a word, which does not begin with a digit, is an identifier that CPython takes as it is:
 * in NFKC (PEP 3131). False also for identifiers of rare letters. */
bool name_is_plain(struct slice text);

void names_forget(void);

#endif
