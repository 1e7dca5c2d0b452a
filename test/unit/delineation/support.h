/*
 * What the tests of src/delineation share: a source's text, described.
 */
#ifndef KILN_TEST_DELINEATION_SUPPORT_H
#define KILN_TEST_DELINEATION_SUPPORT_H

#include "delineation/describe.h"
#include "suite.h"

/* Write the text to a file, start the interpreter, and describe the file. */
void describe_text(struct described *ret, const char *path, const char *text);

/* The same with all that interfaces are made of. */
void describe_interface(struct described *ret, const char *path, const char *text);

#endif
