/*
 * The texts that declare products, projects and factors: UTF-8 in lines, read with bounds.
 */
#ifndef KILN_FACTOR_LINES_H
#define KILN_FACTOR_LINES_H

#include "base/arena.h"
#include "base/str.h"

/* The largest declaration that is read, bytes. */
#define DECLARATION_LIMIT ((size_t)16 << 20)

/* Read a declaration as text of the arena. If it does not exist, *ret_exists (which may be NULL) is
 * false, and that is no error. Others are ERROR_USAGE with the path as their place, unless the
 * system refuses to read (errno_kind()): it cannot be read, is too large, not UTF-8, or has control
 * characters but white space. */
int declaration_read(
    const char *path, struct arena *arena, struct slice *ret, bool *ret_exists, struct error **err);

/* Whether a text is what a declaration may be; else an error about it, naming the line. */
int declaration_check(struct slice text, const char *name, struct error **err);

/* ERROR_USAGE about a line of a declaration; 0 for none. */
int fail_declaration(struct error **err, const char *name, long line, const char *format, ...)
    error_format(4, 5);

/* Without the white space around: space, tab, CR, LF, VT, FF. */
struct slice slice_trim(struct slice slice);

/* Cut off and return the field in front of *rest, which is trimmed, and the white space behind it;
 * empty at the end. */
struct slice slice_field(struct slice *rest);

/* Whether text is UTF-8 without control characters (white space but the space is one). */
bool slice_is_plain(struct slice slice);

/* The lines of a text. */
struct lines {
	struct slice rest;
	long number;	  /* of the last one, from 1 */
	bool is_indented; /* the last one begins with white space */
};

/* The next line that is not blank, trimmed; false at the end. */
bool lines_next(struct lines *lines, struct slice *ret);

#endif
