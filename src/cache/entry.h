/*
 * Entries of the cache: a result as one stream of bytes (for cache.h; others use that).
 *
 * An entry is a header of ENTRY_HEADER_SIZE bytes and the content: a file's bytes, or the packed
 * form of a directory (docs/formats.rst, "Cache"). Memory is a buffer, whatever the size. Readers
 * take any bytes: what is wrong with an entry is an error of kind ERROR_INPUT, and nothing that was
 * made of it may be used then.
 */
#ifndef KILN_CACHE_ENTRY_H
#define KILN_CACHE_ENTRY_H

#include "base/hash.h"
#include "base/place.h"

enum entry_kind { ENTRY_FILE, ENTRY_EXECUTABLE, ENTRY_DIRECTORY };

/* Eight bytes that tell the kind, the key, the digest of the content. */
#define ENTRY_HEADER_SIZE (8 + 2 * HASH_SIZE)

/* Valid when all zero, and used again and again. */
struct entry_writer {
	int fd;		   /* borrowed; -1 when nothing is written, only the digest is computed */
	int failure;	   /* errno if something could not be written */
	uint64_t size;	   /* of the content */
	bool is_begun;	   /* something is in the file already */
	struct str buffer; /* what is not */
	struct hasher hasher;
};

/* Begin an entry in a new file, or with -1 only its digest. A file that cannot be written
 * is not an error here or later: the digest is computed, `failure` says why. Errors are those of
 * computing a digest. */
int entry_begin(struct entry_writer *writer, int fd, struct error **err);

/* Add bytes to the content. */
int entry_add(struct entry_writer *writer, struct slice bytes, struct error **err);

/* Add a file's or directory's content. Errors are also those of reading it (ERROR_INPUT). */
int entry_add_result(
    struct entry_writer *writer, struct place place, enum entry_kind *ret, struct error **err);

/* End the entry; *ret_content is the digest of the content. */
int entry_end(struct entry_writer *writer, enum entry_kind kind, const struct hash *key,
    struct hash *ret_content, struct error **err);

void entry_writer_release(struct entry_writer *writer);

/* Valid when all zero, and used again and again. */
struct entry_reader {
	int fd;		   /* borrowed */
	uint64_t left;	   /* of the file, to be read */
	struct str buffer; /* what was read last */
	size_t at;	   /* how much of that was taken */
	enum entry_kind kind;
	struct hash content; /* as the header has it */
	struct hasher hasher;
};

/* Begin to read the entry with this key from its file of `size` bytes; `kind` tells what it has. */
int entry_read(
    struct entry_reader *reader, int fd, uint64_t size, const struct hash *key, struct error **err);

/* Verify the content to its end, which is appended to `ret` or, if that is NULL, written to `out`,
 * whose name is `name`: its errors are ERROR_SYSTEM. */
int entry_take_file(
    struct entry_reader *reader, struct str *ret, int out, const char *name, struct error **err);

/* The same for a directory: everything is made below the empty directory `root`, under the umask.
 */
int entry_take_directory(
    struct entry_reader *reader, int root, const char *name, struct error **err);

void entry_reader_release(struct entry_reader *reader);

#endif
