/*
 * Signatures of functions as source text.
 */
#ifndef KILN_DELINEATION_SIGNATURE_H
#define KILN_DELINEATION_SIGNATURE_H

#include "python/element.h"

/* Append an expression's text so that it stands where any expression may, in parentheses if it
 * needs them; `inside` tells that there are some around it. */
void expression_add(struct str *ret, struct slice syntax, bool inside);

/* The type that an element was annotated with, or NULL. */
const struct element *element_annotation(const struct element *element);

/* Append the parameters of a function, as they stand between its parentheses; `...` in place of the
 * defaults unless they are wanted. */
void signature_add(struct str *ret, const struct element *function, bool defaults);

#endif
