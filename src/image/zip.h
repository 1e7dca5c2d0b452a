/*
 * The format zip: APPNOTE.TXT 6.3.10 of PKWARE.
 *
 * Sizes stand in each local header, so that no entry has a data descriptor; no entry has an extra
 * field but that of zip64, which only what needs it has. Names are UTF-8 and say so. Times are UTC
 * with the resolution of the format, two seconds, from 1980 to 2107. Modes and links are those of
 * Unix. Contents are deflated by zlib at level 6; what does not become smaller is stored.
 */
#ifndef KILN_IMAGE_ZIP_H
#define KILN_IMAGE_ZIP_H

#include "image/archive.h"
#include "image/sink.h"

/* Write `count` items, which belong to a plan, to a sink in the order in which they stand. What is
 * left out and when it fails: see archive_write(). */
int zip_write(const struct archive_options *options, struct item *const *items, size_t count,
    struct sink sink, struct error **err);

#endif
