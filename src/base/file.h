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

/* The largest file that is read whole: 1 GiB, the limit of CPython's parser. */
#define FILE_READ_LIMIT ((size_t)1 << 30)

/* Append the content of a regular file to `ret`. *ret_stat (may be NULL) describes the file before
 * it was read. Other kinds of files are refused without blocking (a FIFO is not opened for data).
 * On failure `ret` is unchanged. Errors are ERROR_INPUT with the path as their place. */
int file_read(
    const char *path, size_t limit, struct str *ret, struct stat *ret_stat, struct error **err);

/* The same at a place. */
int file_read_place(
    struct place place, size_t limit, struct str *ret, struct stat *ret_stat, struct error **err);

/* file_read() for a path that recently was a regular file, with fewer system calls. Another kind
 * of file is refused only after opening, which may have effects (a tape rewinds). */
int file_read_known(
    const char *path, size_t limit, struct str *ret, struct stat *ret_stat, struct error **err);

/* Map the content of a regular file into memory, for file_unmap(). Only for files that are replaced
 * and never changed in place: if the file shrinks, the end of the mapping becomes invalid. Errors
 * as above. An empty file gives an empty slice. */
int file_map(struct place place, size_t limit, struct slice *ret, struct error **err);
void file_unmap(struct slice content);

/* Whether `name` below a directory (or AT_FDCWD) is a regular file with exactly these bytes, which
 * are few. False if nothing is there, or something of another kind, such as a link. Errors as
 * above. */
int file_is(int directory, const char *name, struct slice bytes, bool *ret, struct error **err);

/* Read a descriptor to its end. Errors as above, with `name` as their place. */
int file_read_fd(int fd, const char *name, size_t limit, struct str *ret, struct error **err);

/* Append what one read(2) gives: at most 64 KiB, the size of a pipe. Returns the number of bytes, 0
 * at the end, or -1 with errno. */
ssize_t file_read_available(int fd, struct str *ret);

/* Write all bytes; `name` is for the message. Errors have kind ERROR_SYSTEM. */
int file_write_fd(int fd, const char *name, struct slice data, struct error **err);

/* 0666 without the bits of the umask. */
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
	FILE_EXCLUSIVE = 2, /* fail with EEXIST if something is there */
	FILE_OVER = 4, /* of file_replace(): over whatever is there, as file_writer_open_over() */
};

/* Start writing a result with final permissions `mode`, whatever the umask. The parent directory
 * must exist; below a directory descriptor it is opened once. Refused, also behind a link such as
 * /dev/stdout: directories, devices, FIFOs. Any other link is replaced itself. Errors are those of
 * place_fail(). */
int file_writer_open(
    struct file_writer *writer, struct place place, mode_t mode, struct error **err);

/* The same, replacing whatever is there; only a directory makes the commit fail. The path may be a
 * plain name below a directory descriptor. */
int file_writer_open_over(
    struct file_writer *writer, struct place place, mode_t mode, struct error **err);

/* Give the result another name in its directory. For a place below a directory descriptor. */
void file_writer_rename(struct file_writer *writer, const char *name);

/* Set the final mode, close, and rename to the final name. */
int file_writer_commit(struct file_writer *writer, int flags, struct error **err);

/* Remove the temporary file unless it was committed. Safe to call always, also twice. */
void file_writer_discard(struct file_writer *writer);

/* Open, write, commit. */
int file_replace(struct place place, struct slice data, mode_t mode, int flags, struct error **err);

#endif
