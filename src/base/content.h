/*
 * Copies the content of files into images, and computes digests of it.
 *
 * That needs one or two buffers of memory, whatever the size of the file. It is of one state of the
 * file: a file that changes meanwhile is reported (content_unchanged()).
 */
#ifndef KILN_BASE_CONTENT_H
#define KILN_BASE_CONTENT_H

#include "base/hash.h"
#include "base/place.h"

/* Open a regular file for reading. Other kinds of files are refused without blocking. Returns the
 * descriptor, or -1 with ERROR_INPUT. */
int content_open(struct place place, struct stat *ret_stat, struct error **err);

/* The same for what recently was a regular file, with fewer system calls. Another kind of file is
 * refused only after opening, which may have effects (a tape rewinds). */
int content_open_known(struct place place, struct stat *ret_stat, struct error **err);

/* Read `size` bytes, or less at the end of the file. -1 with errno. */
ssize_t content_read(int fd, void *buffer, size_t size);

/* Check that a file, of which `size` bytes were read up to its end, did not change since `before`
 * was taken. 0, or -1 with ERROR_INPUT. */
int content_unchanged(
    int fd, const struct stat *before, uint64_t size, const char *path, struct error **err);

/*
 * Copy from `in`, described by `before`, to its end into `out`. Errors about the source `origin`
 * are ERROR_INPUT, those about the result `name` are ERROR_SYSTEM. `interrupted` (may be NULL) is
 * called now and then; when it returns true, the copy fails with ERROR_SYSTEM.
 */
int content_copy(int in, const struct stat *before, const char *origin, int out, const char *name,
    bool (*interrupted)(void), struct error **err);

/* The same from the byte `start` on, which is at most the file's size. */
int content_copy_rest(int in, uint64_t start, const struct stat *before, const char *origin,
    int out, const char *name, bool (*interrupted)(void), struct error **err);

/*
 * Add the content from `fd`, described by `before`, to its end to a digest, which gets
 * before->st_size bytes. Errors about the file are ERROR_INPUT; `interrupted` is as above.
 */
int content_hash(int fd, const struct stat *before, const char *path, struct hasher *hasher,
    bool (*interrupted)(void), struct error **err);

/* Whether two regular files have the same bytes. ERROR_INPUT when one cannot be read. */
int content_equal(const char *a, const char *b, bool *ret, struct error **err);

#endif
