/*
 * Text as Python shows and encodes it.
 */
#ifndef KILN_PYTHON_TEXT_H
#define KILN_PYTHON_TEXT_H

#include "base/str.h"

/* Append repr() of a name, which is decoded as CPython decodes those of files. Starts the
 * interpreter where the name is not ASCII; then it may fail. */
int python_repr(struct slice name, struct str *ret, struct error **err);

/* Whether text is UTF-8; what is not fails (ERROR_INPUT) with the message of CPython's decoder. */
int python_check_utf8(struct slice text, struct error **err);

/* Append UTF-8 text in another encoding; what it does not have is written as \xNN, \uNNNN. Text
 * stays as it is where the encoding is unknown. */
void python_encode(struct slice utf8, const char *encoding, struct str *ret);

/* By code points, as Python compares names of files: a byte that is not UTF-8 counts as the
 * surrogate it is decoded to (PEP 383). */
int python_compare_names(const char *a, const char *b);

#endif
