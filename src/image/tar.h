/*
 * The format tar, by libarchive: pax (POSIX.1-2001).
 *
 * An entry has a pax header only if a ustar header cannot hold the entry. Owner 0:0 without names,
 * modes 0644 and 0755 (links 0777, as every tar has them), one time for all, no extended
 * attributes. Names that are not UTF-8 are written as the bytes they are, with hdrcharset=BINARY.
 * The bytes do not depend on the caller's locale.
 */
#ifndef KILN_IMAGE_TAR_H
#define KILN_IMAGE_TAR_H

#include "image/archive.h"
#include "image/sink.h"

/* Write `count` items, which belong to a plan, to a sink in the order in which they stand. Nothing
 * is compressed; options->form only says whether the tar is padded, FORM_TAR, or is the content of
 * a compressor. What is left out and when it fails: see archive_write(). */
int tar_write(const struct archive_options *options, struct item *const *items, size_t count,
    struct sink sink, struct error **err);

#endif
