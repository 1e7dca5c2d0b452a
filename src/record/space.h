/*
 * White space of Unicode, as Python's str.strip() knows it.
 */
#ifndef KILN_RECORD_SPACE_H
#define KILN_RECORD_SPACE_H

#include "base/str.h"

/* How many bytes the white space character takes that a slice begins with; 0 if it begins with
 * none. */
size_t space_at(struct slice text);

/* How many bytes the white space takes that a slice ends with. */
size_t space_last(struct slice text);

#endif
