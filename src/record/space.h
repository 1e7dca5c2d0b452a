/*
 * Unicode white space as Python's str.strip() defines it.
 */
#ifndef KILN_RECORD_SPACE_H
#define KILN_RECORD_SPACE_H

#include "base/str.h"

/* The length of the white space character at the start of a slice; 0 if there is none. */
size_t space_at(struct slice text);

/* The length of the white space at the end of a slice. */
size_t space_last(struct slice text);

#endif
