/*
 * Decompressing: the bytes of a file, or of a file in an archive, without gzip, bzip2, xz or zstd.
 * What is not compressed is passed on as it is.
 *
 * The bytes are outside data: they are counted and digested, so that their reader can limit and
 * compare them, and damage is told as text.
 */
#ifndef KILN_IMAGE_DECOMPRESS_H
#define KILN_IMAGE_DECOMPRESS_H

#include "base/hash.h"
#include "image/libarchive.h"

/* Where compressed bytes come from: `read` returns how many bytes there are at *ret, 0 at the end,
 * -1 with *err. */
struct decompress_source {
	ssize_t (*read)(void *context, const char **ret, struct error **err);
	void *context;
};

struct decompressor;

/* Begin. NULL with *err if the source cannot be read, libarchive is not there, or the system
 * refuses something, such as memory. */
struct decompressor *decompressor_new(const struct decompress_source *source, struct error **err);

/* The next bytes: how many there are at *ret, 0 at the end. -1 with *err as for
 * decompressor_new(); -2 if the bytes are damaged, which decompressor_fault() describes. */
#define DECOMPRESS_DAMAGED (-2)
ssize_t decompressor_next(struct decompressor *decompressor, const char **ret, struct error **err);

/* What is wrong with the compressed bytes; NULL if nothing is. */
const char *decompressor_fault(const struct decompressor *decompressor);

/* The SHA-256 of all bytes, at the end. */
int decompressor_hash(struct decompressor *decompressor, struct hash *ret, struct error **err);

void decompressor_free(struct decompressor *decompressor);

static inline void cleanup_decompressor(struct decompressor **decompressor)
{
	decompressor_free(*decompressor);
}
#define autodecompressor CLEANUP(cleanup_decompressor)

#endif
