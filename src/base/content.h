/*
 * The content of files on its way into an image.
 *
 * Memory is a buffer or two whatever the size. What is read is one state of the file: one that
 * changes meanwhile is reported (content_unchanged()).
 */
#ifndef KILN_BASE_CONTENT_H
#define KILN_BASE_CONTENT_H

#include "base/place.h"

/* Open a regular file for reading; anything else is refused without waiting for it. The descriptor,
 * or -1 with ERROR_INPUT. */
int content_open(struct place place, struct stat *ret_stat, struct error **err);

/* Read up to `size` bytes, less only at the end. -1 with errno. */
ssize_t content_read(int fd, void *buffer, size_t size);

/* Whether a file of which `size` bytes were read to its end is still what it was when `before` was
 * taken. 0, or -1 with ERROR_INPUT. */
int content_unchanged(
    int fd, const struct stat *before, uint64_t size, const char *path, struct error **err);

/*
 * Copy from `in`, described by `before`, to its end into `out`. What concerns the source `origin`
 * is ERROR_INPUT, what concerns the result `name` is ERROR_SYSTEM. `interrupted` (may be NULL) is
 * asked now and then; when it answers true the copy fails with ERROR_SYSTEM.
 */
int content_copy(int in, const struct stat *before, const char *origin, int out, const char *name,
    bool (*interrupted)(void), struct error **err);

/* Whether two regular files have the same bytes. ERROR_INPUT when one cannot be read. */
int content_equal(const char *a, const char *b, bool *ret, struct error **err);

#endif
