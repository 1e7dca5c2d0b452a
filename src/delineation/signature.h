/*
 * Signatures of functions as source text.
 */
#ifndef KILN_DELINEATION_SIGNATURE_H
#define KILN_DELINEATION_SIGNATURE_H

#include "python/element.h"

/* Append an expression's text, in parentheses if it needs them to be part of any expression;
 * `inside` tells that parentheses are around it already. */
void expression_add(struct str *ret, struct slice syntax, bool inside);

/* Append the text of code on one line: without comments, and with `\n` for line ends in strings. */
void line_add(struct str *ret, struct slice code);

/* The annotated type of an element, or NULL. */
const struct element *element_annotation(const struct element *element);

/* Append the type parameters of an element, in brackets, if it has any. */
void type_parameters_add(struct str *ret, const struct element *element);

/* Append the parameters of a function, without the parentheses; `...` replaces the defaults unless
 * they are wanted. */
void signature_add(struct str *ret, const struct element *function, bool defaults);

#endif
