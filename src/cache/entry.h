/*
 * Entries of the cache: a result as one stream of bytes. This is for cache/store.h, which others
 * use.
 *
 * An entry is a header of ENTRY_HEADER_SIZE bytes and the content: the bytes of a file, or the
 * packed form of a directory (docs/formats.rst, "Cache"). Reading and writing use one buffer,
 * whatever the size. An entry may hold any bytes. A damaged one is ERROR_INPUT, and nothing that
 * was extracted from it may be used.
 */
#ifndef KILN_CACHE_ENTRY_H
#define KILN_CACHE_ENTRY_H

#include "base/hash.h"
#include "base/place.h"

enum entry_kind { ENTRY_FILE, ENTRY_EXECUTABLE, ENTRY_DIRECTORY };

/* Eight bytes for the kind, the key, the digest of the content. */
#define ENTRY_HEADER_SIZE (8 + 2 * HASH_SIZE)

/* Valid when all zero; may be used for one entry after the other. */
struct entry_writer {
	int fd;		   /* borrowed; -1: only compute the digest */
	int failure;	   /* errno of the first failed write, else 0 */
	uint64_t size;	   /* of the content */
	bool is_begun;	   /* some bytes are in the file already */
	struct str buffer; /* bytes to write */
	struct hasher hasher;
};

/* Begin an entry in a new file, or with -1 only its digest. Failed writes are no error of these
 * functions: writer->failure has errno, and the digest is computed all the same. Errors are those
 * of computing the digest. */
int entry_begin(struct entry_writer *writer, int fd, struct error **err);

/* Add bytes to the content. */
int entry_add(struct entry_writer *writer, struct slice bytes, struct error **err);

/* Add the content of a file or directory. Errors are also those of reading it (ERROR_INPUT). */
int entry_add_result(
    struct entry_writer *writer, struct place place, enum entry_kind *ret, struct error **err);

/* End the entry: write its header. *ret_content is the digest of the content. */
int entry_end(struct entry_writer *writer, enum entry_kind kind, const struct hash *key,
    struct hash *ret_content, struct error **err);

void entry_writer_release(struct entry_writer *writer);

/* Valid when all zero; may be used for one entry after the other. */
struct entry_reader {
	int fd;		   /* borrowed */
	uint64_t left;	   /* bytes of the file to be read */
	struct str buffer; /* the last block that was read */
	size_t at;	   /* bytes of the block that were used */
	enum entry_kind kind;
	struct hash content; /* digest in the header */
	struct hasher hasher;
};

/* Begin to read an entry from its file of `size` bytes, and check its header and key. Sets
 * reader->kind. */
int entry_read(
    struct entry_reader *reader, int fd, uint64_t size, const struct hash *key, struct error **err);

/* Append the content of a file to `ret`, or if that is NULL write it to `out`, called `name` in
 * errors (ERROR_SYSTEM). Then verify its digest. */
int entry_extract_file(
    struct entry_reader *reader, struct str *ret, int out, const char *name, struct error **err);

/* Make the content of a directory below the empty directory `root`, under the umask. Then verify
 * the digest. */
int entry_extract_directory(
    struct entry_reader *reader, int root, const char *name, struct error **err);

void entry_reader_release(struct entry_reader *reader);

#endif
