/*
 * Slices and the string builder.
 *
 * A slice borrows bytes: pointer and length, not NUL-terminated, never owned. A str owns a
 * growing buffer that always has a NUL after its bytes once something was added, so that
 * `str.data` can be passed as a C string (`str_c()` also when empty).
 *
 *	autostr struct str path = STR_INIT;
 *	str_addf(&path, "%s/%s", directory, name);
 *	use(str_c(&path));
 *
 * A str is valid when all zero. Adding cannot fail (see xmalloc()). What is added must not lie in
 * the str itself.
 */
#ifndef KILN_BASE_STR_H
#define KILN_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"

struct slice {
	const char *data;
	size_t len;
};

#define SLICE_LITERAL(text) ((struct slice){(text), sizeof(text) - 1})

static inline struct slice slice_of(const char *data, size_t len)
{
	return (struct slice){data, len};
}

static inline struct slice slice_c(const char *string)
{
	return (struct slice){string, strlen(string)};
}

/* What is left behind `at` bytes, which the slice must have; no pointer is made from NULL. */
static inline struct slice slice_from(struct slice slice, size_t at)
{
	return slice_of(at ? slice.data + at : slice.data, slice.len - at);
}

/* Copy the bytes, of which there may be none; `to` has room for them. Returns what is behind them.
 */
static inline char *slice_copy(void *to, struct slice slice)
{
	if (slice.len)
		memcpy(to, slice.data, slice.len);
	return (char *)to + slice.len;
}

static inline bool slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool slice_is(struct slice slice, const char *string)
{
	return slice_equal(slice, slice_c(string));
}

bool slice_starts(struct slice slice, struct slice prefix);
bool slice_ends(struct slice slice, struct slice suffix);

/* Order by bytes, as strcmp() does; a prefix comes first. */
int slice_compare(struct slice a, struct slice b);

/* Cut off and return what precedes the first `separator` of *rest; all of it if there is none.
 * False when nothing is left (rest->data NULL). */
bool slice_next(struct slice *rest, char separator, struct slice *ret);

/* The length of the UTF-8 character at the start of the slice (RFC 3629, so no surrogate); 0 if
 * there is none. */
size_t slice_character(struct slice slice);

/* Whether a byte is white space in every locale: space, tab, CR, LF, VT, FF. */
static inline bool char_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Without white space at both ends. */
struct slice slice_trim(struct slice slice);

/* Parse a number of decimal digits only. False if the slice is anything else, or the number too
 * large. */
bool slice_number(struct slice slice, uint64_t *ret);

/* Whether all bytes are ASCII. */
bool slice_is_ascii(struct slice slice);

/* Whether all bytes are UTF-8 without surrogates (RFC 3629). */
bool slice_is_utf8(struct slice slice);

struct str {
	char *data;
	size_t len;
	size_t capacity;
};

#define STR_INIT ((struct str){NULL, 0, 0})

/* Make room for `more` bytes beyond the length, and the NUL. */
void str_reserve(struct str *str, size_t more);
void str_add(struct str *str, const void *data, size_t len);
void str_adds(struct str *str, const char *string);
void str_add_slice(struct str *str, struct slice slice);
void str_addf(struct str *str, const char *format, ...) error_format(2, 3);

static inline void str_addc(struct str *str, char c)
{
	if (str->capacity - str->len < 2)
		str_reserve(str, 1);
	str->data[str->len++] = c;
	str->data[str->len] = '\0';
}

/* Append a number in decimal digits. */
void str_add_number(struct str *str, uint64_t number);

/* Append a number and what is counted: "layer|layers" are the words for one and for others, a word
 * without "|" is for all. */
void str_add_count(struct str *str, uint64_t count, const char *words);
void str_addv(struct str *str, const char *format, va_list arguments) error_format(2, 0);

/* Append a text with each of its line ends, CR, LF or both, as LF. */
void str_add_lines(struct str *ret, struct slice text);

/* Append the length of the slice, then the slice: for digests, where parts must not run into each
 * other. */
void str_add_part(struct str *str, struct slice part);

/* Text for a person: bytes that are not UTF-8, control characters, line separators and the
 * characters that turn the direction of writing become \xNN, newline, tab and return \n, \t, \r;
 * so a hostile name cannot forge lines or drive a terminal. What is printable stays as it is, so
 * doing it twice changes nothing. */
void str_add_printable(struct str *str, struct slice text);

/* Append a part of a URL: white space, controls, and the given bytes become %XX. */
void str_add_encoded(struct str *str, struct slice text, const char *bytes);

/* Remove the bytes from `len` on; the buffer is kept. */
void str_truncate(struct str *str, size_t len);

/* Remove the first `len` bytes; the others move to the front. */
void str_drop(struct str *str, size_t len);

static inline const char *str_c(const struct str *str)
{
	return str->data ? str->data : "";
}

static inline struct slice str_slice(const struct str *str)
{
	return (struct slice){str_c(str), str->len};
}

/* Hand the buffer to the caller; the str is empty afterwards. Never NULL. */
char *str_take(struct str *str);
void str_release(struct str *str);
#define autostr CLEANUP(str_release)

/* A new string, formatted as by printf(3); the caller frees it. */
char *xasprintf(const char *format, ...) error_format(1, 2);

#endif
