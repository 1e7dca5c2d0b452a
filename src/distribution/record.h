/*
 * RECORD: the files of an installed distribution, with their digests and sizes.
 *
 * Format: https://packaging.python.org/en/latest/specifications/recording-installed-packages/: CSV
 * as Python's csv module has it, rows of `path,ALGORITHM=DIGEST,size`, the digest in base64url
 * without padding (RFC 4648). Paths have "/" and are relative to the directory that has the
 * dist-info; those of scripts may begin with "../", and absolute ones occur.
 */
#ifndef KILN_DISTRIBUTION_RECORD_H
#define KILN_DISTRIBUTION_RECORD_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/str.h"

/* The largest RECORD that is read, and the most rows. */
#define RECORD_LIMIT ((size_t)256 << 20)
#define RECORD_ROWS_LIMIT ((size_t)4 << 20)

struct record_row {
	struct slice path;
	struct slice algorithm; /* "sha256"; empty if the row has no digest */
	struct slice digest;	/* as written */
	uint64_t size;
	bool has_size;
};

struct record {
	struct record_row *rows; /* in the text's order; the arena's */
	size_t count;
	size_t capacity;
};

/* Parse the text; slices borrow it or are in the arena. `origin` is the place of errors
 * (ERROR_INPUT): a quote that does not end, an empty path or one with a NUL, a size that is no
 * number, too many bytes or rows. Fields after the third are ignored, missing ones empty. */
int record_parse(struct slice text, const char *origin, struct arena *arena, struct record *ret,
    struct error **err);

/* Sort the rows by the bytes of their paths. */
void record_sort(struct record *record);

/* Add a row to a list that is to be written. */
void record_add(struct record *record, struct arena *arena, const struct record_row *row);

/* Append the row, fields quoted where they must be, ended by a newline. */
void record_write_row(struct str *ret, const struct record_row *row);

/* Make the digest as a row has it, for SHA-256. */
#define RECORD_DIGEST_SIZE 43
void record_digest(const struct hash *hash, char ret[RECORD_DIGEST_SIZE + 1]);

#endif
