/*
 * Reads the texts that declare products, projects and factors: lines of UTF-8 of bounded size.
 */
#ifndef KILN_FACTOR_LINES_H
#define KILN_FACTOR_LINES_H

#include "base/arena.h"
#include "base/str.h"

/* The largest declaration that is read, bytes. */
#define DECLARATION_LIMIT ((size_t)16 << 20)

/* Read a declaration into the arena. If the file is missing, *ret_exists is false; if ret_exists is
 * NULL, that is an error. Errors are ERROR_USAGE with the path as their place (too large, not
 * UTF-8, control characters other than white space), or what errno_kind() gives if the system
 * refuses to read. */
int declaration_read(
    const char *path, struct arena *arena, struct slice *ret, bool *ret_exists, struct error **err);

/* Check that a text is UTF-8 without control characters other than white space; the error names the
 * line. */
int declaration_check(struct slice text, const char *name, struct error **err);

/* Fail with ERROR_USAGE about a line of a declaration; 0 for no line. */
int fail_declaration(struct error **err, const char *name, long line, const char *format, ...)
    error_format(4, 5);

/* Cut off and return the first field of *rest, which is trimmed, and the white space behind the
 * field. Empty at the end. */
struct slice slice_field(struct slice *rest);

/* Whether text is UTF-8 without control characters (white space but the space is one). */
bool slice_is_plain(struct slice slice);

/* The lines of a text. */
struct lines {
	struct slice rest;
	long number;	  /* of the last line, from 1 */
	bool is_indented; /* the last line begins with white space */
};

/* The next line that is not blank, trimmed; false at the end. */
bool lines_next(struct lines *lines, struct slice *ret);

#endif
