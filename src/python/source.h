/*
 * Decodes the bytes of sources as CPython does. PEP 263 (cookies), PEP 3120 (UTF-8 by default), a
 * UTF-8 byte order mark, universal newlines.
 */
#ifndef KILN_PYTHON_SOURCE_H
#define KILN_PYTHON_SOURCE_H

#include "base/hash.h"
#include "base/str.h"

/* The name in the coding cookie of a source, a part of `bytes`; an empty slice if there is none. */
struct slice source_cookie(struct slice bytes);

/* Whether CPython might find an encoding in the source: there is a byte order mark or, in the first
 * two lines, anything like a cookie. If this is false, CPython finds none. */
bool source_may_have_cookie(struct slice bytes);

/* Whether a source's bytes are its text as source_decode() gives it, without an encoding that
 * overrides its own. */
bool source_is_text(struct slice bytes);

/* The name of its encoding: that of `encoding` unless it is NULL, else of the cookie, "utf-8"
 * without one. CPython's tokenizer names those that mean UTF-8 or ISO-8859-1 `utf-8` and
 * `iso-8859-1`, all others as they are written. */
struct slice source_encoding(struct slice bytes, const char *encoding);

/*
 * Append the source as text: UTF-8 without byte order mark, with LF line ends. `encoding` overrides
 * the cookie (NULL: none). Invalid UTF-8, which CPython accepts in comments, becomes U+FFFD.
 * ERROR_INPUT about `shown` for an unknown encoding, or bytes that are invalid in it.
 */
int source_decode(struct slice bytes, const char *encoding, const char *shown, struct str *ret,
    struct error **err);

/* SHA3-256 of the source as source_decode() gives it; the value of `__source_hash__`. */
int source_hash(struct slice bytes, const char *encoding, const char *shown, struct hash *ret,
    struct error **err);

/* Whether a word is an identifier of Python (PEP 3131); keywords are. Needs the interpreter for a
 * word beyond ASCII. */
bool source_is_identifier(struct slice word);

/* The hash in the header of hash-based bytecode files (PEP 552): SipHash-1-3 keyed with the
 * magic. */
uint64_t source_siphash(struct slice bytes);

#endif
