/*
 * White space: that of Unicode, as Python's str.strip() defines it, and that before lines of code.
 */
#ifndef KILN_RECORD_SPACE_H
#define KILN_RECORD_SPACE_H

#include "base/str.h"

/* The length of the white space character at the start of a slice; 0 if there is none. */
size_t space_at(struct slice text);

/* How many spaces and tabs a line begins with. */
size_t space_indentation(struct slice line);

/* The length of the white space at the end of a slice. */
size_t space_last(struct slice text);

#endif
