/*
 * What the tests of contexts share: the conformance data, and lists as they stand in it.
 */
#ifndef KILN_TEST_CONTEXT_SUPPORT_H
#define KILN_TEST_CONTEXT_SUPPORT_H

#include "base/fields.h"
#include "base/json.h"

/* A document of the conformance data, by its path there. */
struct json *support_document(const char *path);

/* The path of something in the conformance data; to be freed. */
char *support_path(const char *path);

/* Add a string, or the strings of an array; NULL adds nothing. */
void support_add(struct fields *fields, const struct json *strings);

/* The fields of a line, which spaces separate; "''" is an empty one. */
void support_add_line(struct fields *fields, const char *line);

/* Fails the test unless the lists are equal; `about` is for the message. */
void support_compare(const struct fields *fields, const struct fields *expected, const char *about);

#endif
