/*
 * Joins elements with their documentation and values (for read_record.c).
 */
#ifndef KILN_RECORD_DOCUMENTS_H
#define KILN_RECORD_DOCUMENTS_H

#include "record/factor_record.h"

/* Give elements and parameters their documentation, from the parallel lists of paths and of lists
 * of lines. What has no place is left out; of parameters that do not exist there are notes, with
 * `name` as their place. */
void documents_join(struct factor_record *record, const struct json *documented,
    const struct json *documentation, enum docstring_style style, const char *name,
    struct notes *notes);

/* Give data their values, from [paths, values]. Of several elements of one path, either all have a
 * value or it is not known whose a value is. */
void documents_join_values(struct factor_record *record, const struct json *data);

/* Give the parameters of a function what its own documentation says of them. */
void documents_join_parameters(const struct factor_record *record, struct record_element *function);

/* The first section of a title in a documentation; NULL if there is none. */
struct text_node *documents_section(const struct text_node *documentation, const char *title);

/* The parameter of a function that an item of a directory documents: its key without marks, or
 * without the asterisks of *NAME, is the name. NULL if there is none. */
struct record_element *documents_parameter(const struct factor_record *record,
    const struct record_element *function, const struct text_node *item);

#endif
