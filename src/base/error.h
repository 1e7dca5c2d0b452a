/*
 * Errors as values.
 *
 * A function that can fail takes `struct error **err` last and returns 0 or -1, or a pointer or
 * NULL; *err is set exactly when it failed, and belongs to the caller. `err` may be NULL where
 * the reason does not matter. Context is added on the way out with fail_prefix(). The fail
 * functions return -1 so that `return fail(...)` reads as what it is; a function that returns a
 * pointer uses fail_null().
 *
 * An error about a place in a source has path, line, column and, for a syntax error, the line's
 * text. Nothing here prints.
 */
#ifndef KILN_BASE_ERROR_H
#define KILN_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/alloc.h"
#include "base/cleanup.h"

/* The kind decides what the caller does, and the exit status: for the first three it is the value.
 * */
enum error_kind {
	ERROR_INPUT = 1,  /* a source or other input cannot be processed; others can */
	ERROR_USAGE = 2,  /* the command line or a configuration file is wrong */
	ERROR_SYSTEM = 3, /* disk full, out of a resource, a result that cannot be written */
	ERROR_INTERNAL,	  /* a defect of this program */
};

struct error {
	enum error_kind kind;
	int number;	 /* errno, or 0 */
	char *message;	 /* never NULL, one line, printable (str_add_printable()) */
	char *path;	 /* the input the error is about, or NULL */
	long line;	 /* from 1, 0 if unknown; only with a path */
	long column;	 /* in code points from 1, 0 if unknown */
	long end_line;	 /* last position of the area, 0 if unknown */
	long end_column; /* first column after the area, 0 if unknown */
	char *text;	 /* the source line as UTF-8 without line end, or NULL */
};

#define error_format(string, first) __attribute__((format(printf, string, first)))

/* Set *err to a new error. Returns -1. An error that *err already holds is released. */
int fail(struct error **err, enum error_kind kind, const char *format, ...) error_format(3, 4);

/* The same for a system call: kind ERROR_SYSTEM, and ": " with the text of `number` appended. */
int fail_errno(struct error **err, int number, const char *format, ...) error_format(3, 4);

/* The kind of an error for a failed system call on an input: ERROR_INPUT if the number is about the
 * input (missing, forbidden, a directory, its name too long), else ERROR_SYSTEM: when descriptors
 * or memory run out, a disk fails or a call is interrupted, the input may be fine. */
enum error_kind errno_kind(int number);

/* Whether an errno means that nothing has the name: ENOENT or ENOTDIR. Use base/presence.h to ask
 * for a file. */
bool errno_is_absence(int number);

/* fail_errno() for an input that cannot be read. The kind is errno_kind() of the number; 0 means
 * that there is no number, and gives ERROR_INPUT. `path` becomes the error's path. */
int fail_input(struct error **err, int number, const char *path, const char *format, ...)
    error_format(4, 5);

/* Set the kind of an error to another than ERROR_INTERNAL, unless errno_kind() of its number is
 * ERROR_SYSTEM. *err must be set unless err is NULL. Returns -1. */
int fail_as(struct error **err, enum error_kind kind);

/* Whether an error concerns one input or configuration only, so that the work on others can go on.
 * */
bool error_is_local(const struct error *error);

/* An error at a position in an input, kind ERROR_INPUT. `path` and `text` are copied; either may be
 * NULL. */
int fail_at(struct error **err, const char *path, long line, long column, const char *text,
    const char *format, ...) error_format(6, 7);

/* "invalid value 'VALUE' for NAME: expected POSSIBLE", ERROR_USAGE. NAME is an option or a key. */
int fail_bad_value(const char *name, const char *value, const char *possible, struct error **err);

/* Put "PREFIX: " in front of the message of *err, which must be set unless err is NULL. */
int fail_prefix(struct error **err, const char *format, ...) error_format(2, 3);

/* For functions that return pointers: `return fail_null(fail(...))`. */
static inline void *fail_null(int failed)
{
	(void)failed; /* always -1 */
	return NULL;
}

/* Hand an error over to *err (released if err is NULL). Returns -1. */
int fail_with(struct error **err, struct error *error);

/* Release; NULL is allowed. */
void error_free(struct error *error);

static inline void cleanup_error(struct error **error)
{
	error_free(*error);
}
#define autoerror CLEANUP(cleanup_error)

/* Warnings found in an input, each an error object with a place, in the order they were found.
 * Valid when all zero. */
struct notes {
	struct error **items;
	size_t count;
};

/* Take over a note. */
void notes_add(struct notes *notes, struct error *note);
void notes_release(struct notes *notes);
#define autonotes CLEANUP(notes_release)

#endif
