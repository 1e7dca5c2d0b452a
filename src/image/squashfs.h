/*
 * The format squashfs, by sqfstar of squashfs-tools (4.5 and later), which reads the same tar as
 * other forms have.
 *
 * Compression by zstd in blocks of 128 KiB, owner 0:0, no extended attributes, one time for
 * everything. The bytes do not depend on the number of processors, but on the version of
 * squashfs-tools and of libzstd.
 */
#ifndef KILN_IMAGE_SQUASHFS_H
#define KILN_IMAGE_SQUASHFS_H

#include "image/archive.h"

/* archive_write() for squashfs. Fails with ERROR_SYSTEM, too, if sqfstar is not installed. */
int squashfs_write(
    const struct archive_options *options, const struct plan *plan, struct error **err);

#endif
