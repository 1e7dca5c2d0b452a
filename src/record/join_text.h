/*
 * Documentation as a part of a chapter (for join.c).
 */
#ifndef KILN_RECORD_JOIN_TEXT_H
#define KILN_RECORD_JOIN_TEXT_H

#include "record/names.h"

/* The section of an element in the chapter, with a copy of its documentation: its sections are
 * below the element's, and a directory of parameters has all of them. */
struct text_node *join_text(struct factor_record *record, const struct record_element *element);

/* Append the items of a set that tell a type: its syntax and what its name refers to. */
void join_type(struct arena *arena, struct text_node *set, const struct record_type *type);

#endif
