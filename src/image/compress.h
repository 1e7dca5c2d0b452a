/*
 * Compressors, by libarchive.
 *
 * Their settings are fixed, so that the bytes depend on nothing but the content and the version of
 * the compressor's library: neither on the number of threads nor on how the content is cut into
 * writes.
 */
#ifndef KILN_IMAGE_COMPRESS_H
#define KILN_IMAGE_COMPRESS_H

#include "image/form.h"
#include "image/sink.h"

struct compressor;

/* Whether the form is a compressed tar, which a compressor can be made for. */
bool compressor_is_for(enum image_form form);

/* The settings of the compressor for a form, in libarchive's words; NULL if there is none. */
const char *compressor_settings(enum image_form form);

/* Begin to compress into `sink` as the form does. `threads` is at least 1; only zstd uses more than
 * one. `name`, which is borrowed, is what is written, for messages. NULL on an error. */
struct compressor *compressor_new(
    enum image_form form, unsigned threads, const char *name, struct sink sink, struct error **err);

/* Add to the content: the write function of a sink whose context is the compressor. */
int compressor_write(void *context, struct slice data, struct error **err);

/* Write what is left. Nothing can be added any more. */
int compressor_finish(struct compressor *compressor, struct error **err);

/* Release it; without compressor_finish() what it wrote is incomplete. */
void compressor_free(struct compressor *compressor);
static inline void compressor_cleanup(struct compressor **compressor)
{
	compressor_free(*compressor);
}

#endif
