/*
 * Reading files whole, and the one way to write a result.
 *
 * A result appears under its name complete or not at all: it is written to a temporary file
 * beside it (private, mode 0600 until it is committed) and renamed. Interrupted system calls are
 * continued, short writes completed. Callers that need data to survive a power failure use
 * FILE_SYNC; a killed process needs nothing.
 *
 *	CLEANUP(file_writer_discard) struct file_writer writer = FILE_WRITER_INIT;
 *	if (file_writer_open(&writer, place_at(path), 0644, err) < 0 || ... write to writer.fd ...)
 *		return -1;
 *	return file_writer_commit(&writer, 0, err);
 */
#ifndef KILN_BASE_FILE_H
#define KILN_BASE_FILE_H

#include <sys/types.h>
#include <time.h>

#include "base/place.h"

/* The largest file that is read whole, 1 GiB: beyond it CPython's parser cannot go either. */
#define FILE_READ_LIMIT ((size_t)1 << 30)

/* Append the content of a regular file to `ret`, and describe it in *ret_stat (may be NULL), which
 * was taken before reading. Other kinds than regular files are refused without blocking (a FIFO is
 * not opened for data). When it fails, `ret` has what it had before. Errors have kind ERROR_INPUT
 * and the path as their place. */
int file_read(
    const char *path, size_t limit, struct str *ret, struct stat *ret_stat, struct error **err);

/* The same at a place. */
int file_read_place(
    struct place place, size_t limit, struct str *ret, struct stat *ret_stat, struct error **err);

/* The same as file_read() of what was a regular file when it was looked at last: another is
 * refused, too, but only once it is open, which may have effects (a tape rewinds). */
int file_read_known(
    const char *path, size_t limit, struct str *ret, struct stat *ret_stat, struct error **err);

/* The content of a regular file without reading it: a view of memory for file_unmap(), shared with
 * the file. Only for files that are replaced, never changed: of one that shrinks meanwhile the end
 * is no memory any more. Errors as above. An empty file is an empty slice. */
int file_map(struct place place, size_t limit, struct slice *ret, struct error **err);
void file_unmap(struct slice content);

/* Whether `name` below a directory (or AT_FDCWD) is a regular file with exactly these few bytes.
 * What does not exist and what is of another kind, a link too, is not. Errors as above. */
int file_is(int directory, const char *name, struct slice bytes, bool *ret, struct error **err);

/* Append everything from a descriptor that can be read to its end; errors as above, with `name` as
 * their place. */
int file_read_fd(int fd, const char *name, size_t limit, struct str *ret, struct error **err);

/* Append what can be read from a descriptor now, as one read(2) gives it: 64 KiB at most, which is
 * what a pipe holds. Returns how much, 0 at its end, or -1 and errno. */
ssize_t file_read_available(int fd, struct str *ret);

/* Write all bytes; `name` is for the message. Errors have kind ERROR_SYSTEM. */
int file_write_fd(int fd, const char *name, struct slice data, struct error **err);

/* The mode of a new file whose permissions are left to the umask: 0666 without its bits. */
mode_t file_default_mode(void);

struct file_writer {
	int fd;		    /* of the temporary file, for writing */
	mode_t mode;	    /* what it gets when committed */
	struct place place; /* of the result; its strings are those below */
	char *path, *shown;
	int parent;	  /* the directory of the result, or -1 where it is the root of the place */
	int directory;	  /* that the names are in: one of these two */
	const char *name; /* of the result */
	char *temporary;  /* the name it has until then, NULL when nothing is to be removed */
};

#define FILE_WRITER_INIT       \
	((struct file_writer){ \
	    .fd = -1, .place = {AT_FDCWD, NULL, NULL}, .parent = -1, .directory = AT_FDCWD})

enum file_flags {
	FILE_SYNC = 1,	    /* fsync() before the rename, and of the directory after it */
	FILE_EXCLUSIVE = 2, /* fail with EEXIST rather than replace */
	FILE_OVER = 4, /* of file_replace(): over whatever is there, as file_writer_open_over() */
};

/* Begin a result at a place with final permissions `mode` (independent of the umask). The parent
 * directory must exist; it is opened once where the place is below one. What is no regular file is
 * refused here: a directory, a device, a FIFO, also by a link (/dev/stdout). Any other link is
 * replaced itself. Errors are those of place_fail(). */
int file_writer_open(
    struct file_writer *writer, struct place place, mode_t mode, struct error **err);

/* The same without looking at what is there: whatever it is, it is replaced, but that a directory
 * makes the commit fail. The path may be a name alone, below the descriptor of its directory. */
int file_writer_open_over(
    struct file_writer *writer, struct place place, mode_t mode, struct error **err);

/* Set the final mode, close, and rename to the final name. */
int file_writer_commit(struct file_writer *writer, int flags, struct error **err);

/* Remove what was not committed. Safe to call always, also twice. */
void file_writer_discard(struct file_writer *writer);

/* Open, write, commit. */
int file_replace(struct place place, struct slice data, mode_t mode, int flags, struct error **err);

#endif
