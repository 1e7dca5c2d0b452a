/*
 * The tokens of a source that pages show in a colour: comments, strings, numbers, keywords, names
 * that are defined, decorators.
 *
 * Any text has tokens, also one that CPython does not parse; no interpreter is needed. Where
 * CPython's tokenizer accepts the text, a token is where CPython has one. Replacement fields of
 * f-strings are code in all versions (PEP 701).
 */
#ifndef KILN_PYTHON_TOKENS_H
#define KILN_PYTHON_TOKENS_H

#include "base/str.h"

enum token_kind {
	TOKEN_COMMENT,
	TOKEN_STRING,
	TOKEN_NUMBER,
	TOKEN_CONSTANT,	  /* None, True, False */
	TOKEN_KEYWORD,	  /* also match, case and type where they are keywords */
	TOKEN_DEFINITION, /* the name of a class or function */
	TOKEN_DECORATOR,  /* the at sign and the dotted name behind it */
	TOKEN_KINDS,
};

/* Bytes of the text, from `first` to before `end`, which is more. */
struct token {
	size_t first, end;
	enum token_kind kind;
};

struct tokens {
	struct token *items; /* in the order of the text; none overlaps another */
	size_t count;
	size_t capacity;
};

/* Find the tokens of a source as source_decode() gives it. *ret is all zero before. */
void tokens_find(struct slice text, struct tokens *ret);

void tokens_release(struct tokens *tokens);
#define autotokens CLEANUP(tokens_release)

#endif
