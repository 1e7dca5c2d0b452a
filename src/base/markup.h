/*
 * Texts in XML and HTML: what is markup there is escaped.
 */
#ifndef KILN_BASE_MARKUP_H
#define KILN_BASE_MARKUP_H

#include "base/str.h"

/* Append a text so that it can stand between tags or, if `in_attribute`, in an attribute with
 * quotes of either kind: `&`, `<`, `>` and return are references; in attributes quotes, tab and
 * newline as well. What XML 1.0 does not allow as a character, and bytes that are no UTF-8, become
 * U+FFFD. */
void markup_add(struct str *ret, struct slice text, bool in_attribute);

/* Append ` NAME="VALUE"`. */
void markup_attribute(struct str *ret, const char *name, struct slice value);

#endif
