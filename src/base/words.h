/*
 * Lists of words: the arguments of commands.
 */
#ifndef KILN_BASE_WORDS_H
#define KILN_BASE_WORDS_H

#include "base/fields.h"

/* Append the words, with `to` in place of the path `from` wherever that path is not the end of a
 * longer path, and ends with its word or before one of the characters `ends`. */
void words_replace(const struct fields *words, struct slice from, struct slice to, const char *ends,
    struct fields *ret);

/* Append the words, quoted for a shell. */
void words_quote(const struct fields *words, struct str *ret);

#endif
