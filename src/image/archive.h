/*
 * Images as archives, by libarchive.
 *
 * pax tar (POSIX.1-2001), entries sorted as the plan is, owner 0:0 without names, modes 0644 and
 * 0755 (links 0777, as every tar has them), one time for all, no extended attributes; an entry has
 * a pax header only if a ustar header cannot hold it. Names that are not UTF-8 are written as the
 * bytes they are, with hdrcharset=BINARY. Compressors have fixed settings: gzip level 6 without
 * name and time, zstd level 10 single-threaded. The bytes depend on nothing but the content, nor on
 * the caller's locale.
 */
#ifndef KILN_IMAGE_ARCHIVE_H
#define KILN_IMAGE_ARCHIVE_H

#include "image/plan.h"

enum archive_form { ARCHIVE_NONE, ARCHIVE_TAR, ARCHIVE_TAR_GZ, ARCHIVE_TAR_ZST };

/* The form that the end of a name gives: .tar, .tar.gz, .tgz, .tar.zst; else ARCHIVE_NONE. */
enum archive_form archive_form_of_name(struct slice name);

/* The form of a word of the command line: "tar", "tar.gz", "tgz", "tar.zst". */
enum archive_form archive_form_of_word(struct slice word);

/* "libarchive 3.6.2" */
const char *archive_library(void);

/*
 * Write the plan's items to `path`, atomically. The content of a file is read from `stage` (a
 * directory descriptor) under the item's path if it is there, else from the item's origin; -1 is no
 * stage. An ITEM_PYTHON with a target is written as a link. A file that cannot be read is given to
 * the listener and left out of the archive; one that shrinks or grows while it is read too (its
 * content is read into memory up to 16 MiB before its header is written; larger files are copied to
 * an unnamed temporary file beside the archive first, so what is written is always one reading).
 * Names that the format cannot hold are problems as well. `*ret_size` is the archive's size in
 * bytes. `interrupted` (may be NULL) is asked between entries and blocks: when it answers true the
 * write fails with ERROR_SYSTEM and nothing is left.
 */
int archive_write(const char *path, enum archive_form form, const struct plan *plan, int stage,
    int64_t time, const struct plan_listener *listener, bool (*interrupted)(void),
    uint64_t *ret_size, struct error **err);

#endif
