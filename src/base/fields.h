/*
 * Lists of byte strings: the fields of a command, the values of a name.
 *
 * Fields are copied in, and each has a NUL after it. A list is valid when all zero. Adding cannot
 * fail (see xmalloc()).
 */
#ifndef KILN_BASE_FIELDS_H
#define KILN_BASE_FIELDS_H

#include "base/str.h"

struct fields {
	struct str text; /* the fields, one after the other */
	size_t *ends;	 /* where each ends in `text`, before its NUL */
	size_t count;
	size_t capacity;
};

#define FIELDS_INIT ((struct fields){STR_INIT, NULL, 0, 0})

void fields_add(struct fields *fields, struct slice field);

/* Add a C string. */
void fields_adds(struct fields *fields, const char *field);

/* Add all fields of another list, which must not be this one. */
void fields_add_all(struct fields *fields, const struct fields *other);

/* Append to the last field. The list must not be empty. */
void fields_extend(struct fields *fields, struct slice more);

/* A field, with a NUL after it. Valid until the list changes. */
struct slice fields_at(const struct fields *fields, size_t index);

/* Whether the list contains `field`. */
bool fields_have(const struct fields *fields, struct slice field);

/* Remove the fields from index `count` on; the memory is kept. */
void fields_truncate(struct fields *fields, size_t count);

/* The fields as an argument list ended by NULL. The caller frees the array; its strings belong to
 * the list. */
const char **fields_arguments(const struct fields *fields);

void fields_release(struct fields *fields);
#define autofields CLEANUP(fields_release)

#endif
