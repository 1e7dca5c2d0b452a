/*
 * Text as Python shows and encodes it.
 */
#ifndef KILN_PYTHON_TEXT_H
#define KILN_PYTHON_TEXT_H

#include "base/str.h"

/* Append repr() of a file name, decoded as CPython decodes file names. Starts the interpreter if
 * the name is not ASCII; only then it may fail. */
int python_repr(struct slice name, struct str *ret, struct error **err);

/* Check that text is UTF-8; if not, fail (ERROR_INPUT) with the message of CPython's decoder. */
int python_check_utf8(struct slice text, struct error **err);

/*
 * A stream of text in another encoding, as CPython writes it to a file: what begins a stream, such
 * as the mark of utf-8-sig, comes once, and not at all where something precedes it. `is_seekable`
 * is of the file, `is_behind` whether its position is not its beginning. Starts the interpreter
 * with the first text.
 */
struct python_stream;
struct python_stream *python_stream_new(const char *encoding, bool is_seekable, bool is_behind);
void python_stream_free(struct python_stream *stream);

/* Append UTF-8 text in the encoding; characters that it does not have become \xNN or \uNNNN. If the
 * encoding is unknown, the text is not converted. */
void python_stream_encode(struct python_stream *stream, struct slice utf8, struct str *ret);

/* Order by code points, as Python compares file names: a byte that is not UTF-8 counts as the
 * surrogate to which it is decoded (PEP 383). */
int python_compare_names(const char *a, const char *b);

#endif
