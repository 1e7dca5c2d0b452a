/*
 * Strings of JSON as texts of records.
 */
#ifndef KILN_RECORD_CLEAN_H
#define KILN_RECORD_CLEAN_H

#include "base/arena.h"

/* A string that json_parse() gave, with U+FFFD for each NUL and each half of a pair of surrogates;
 * copied into the arena only if it has one. */
struct slice clean_text(struct arena *arena, const char *string);

#endif
