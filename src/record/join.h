/*
 * Records as chapters (record/text.h): the text that joins every element of a source with its
 * documentation. docs/formats.rst, "Records", has the form.
 */
#ifndef KILN_RECORD_JOIN_H
#define KILN_RECORD_JOIN_H

#include "record/names.h"

/* Append the chapter of a record whose references are resolved. ERROR_INPUT about `name` if it
 * exceeds TEXT_OUTPUT_LIMIT. */
int join_chapter(
    struct factor_record *record, const char *name, struct str *ret, struct error **err);

#endif
