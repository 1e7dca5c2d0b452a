/*
 * Strings: what their bodies mean.
 */
#ifndef KILN_PYTHON_PARSE_STRINGS_H
#define KILN_PYTHON_PARSE_STRINGS_H

#include "python/parse/parser.h"

/* What the letters before a string's quotes say. */
struct string_prefix {
	bool is_raw, is_bytes, has_fields, is_unicode; /* `u`, in lower case */
};

struct string_prefix string_prefix(const struct parser *parser, const struct token *token);

/* A string's body, or a part of one; NULL after giving up. A new reference. */
PyObject *string_decode(
    struct parser *parser, const struct token *token, struct slice text, bool is_raw);

static inline struct slice string_body(const struct parser *parser, const struct token *token)
{
	return slice_of(parser->text + token->begin + token->prefix,
	    token->len - token->prefix - token->quotes);
}

/* Append a text or bytes, which are taken over, NULL after giving up, to what is NULL at first. */
void string_append(struct parser *parser, PyObject **text, PyObject *more);

/* The kind of a constant: "u" if its first token has that prefix, else NULL. */
static inline PyObject *string_kind(struct parser *parser, const struct token *first)
{
	if (!string_prefix(parser, first).is_unicode)
		return NULL;
	return checked(parser, arena_keep(parser->arena, PyUnicode_InternFromString("u")));
}

/* Neighbouring strings without fields, as one constant. */
expr_ty parse_plain_strings(
    struct parser *parser, const struct token *first, const struct token *last);

/* Neighbouring strings, of which one has fields: in fields.c, or in field_tokens.c for CPython 3.12
 * and later, where fields are tokens. */
expr_ty parse_joined(struct parser *parser);

#endif
