/*
 * The words that stand for types of elements and kinds of parameters in descriptions.
 */
#ifndef KILN_DELINEATION_WORDS_H
#define KILN_DELINEATION_WORDS_H

#include "python/element.h"

const char *element_type_word(enum element_type type);
const char *parameter_kind_word(enum parameter_kind kind);

/* What a word stands for; false if it is none of them. */
bool element_type_of(const char *word, enum element_type *ret);
bool parameter_kind_of(const char *word, enum parameter_kind *ret);

#endif
