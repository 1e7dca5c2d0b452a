/*
 * Lists of words: the arguments of commands.
 */
#ifndef KILN_BASE_WORDS_H
#define KILN_BASE_WORDS_H

#include "base/fields.h"

/* Append the words with `to` for `from`, wherever that path ends with its word or one of the
 * characters `ends` follows, and is not the end of a longer path. */
void words_replace(const struct fields *words, struct slice from, struct slice to, const char *ends,
    struct fields *ret);

/* Append words as a shell takes them. */
void words_quote(const struct fields *words, struct str *ret);

#endif
