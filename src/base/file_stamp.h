/*
 * Whether a file is what it was.
 *
 * A file's state, what stat(2) says of it, stands for its content as long as any change would show
 * in it: the clock of a file system ticks, and a change within the tick of the last one does not
 * show. A state is settled once its times lie back by more than a tick.
 */
#ifndef KILN_BASE_FILE_STAMP_H
#define KILN_BASE_FILE_STAMP_H

#include <sys/stat.h>
#include <time.h>

#include "base/place.h"

/* What tells a changed file from one that is as it was, as far as stat(2) can: of the file that the
 * path leads to. */
struct file_stamp {
	uint64_t size;
	uint64_t inode;
	uint64_t device;
	struct timespec modified;
	struct timespec changed;
};

/* The state of a file. */
void file_stamp_of(const struct stat *stat, struct file_stamp *ret);

/* Whether two states stand for the same content, provided they are settled. */
bool file_stamp_equal(const struct file_stamp *a, const struct file_stamp *b);

/* Whether a state that is seen now is settled. Times in the future never are. */
bool file_stamp_is_reliable(const struct file_stamp *stamp);

/* Whether what has this state was not changed since a time that the clock of file systems told
 * (CLOCK_REALTIME_COARSE). */
bool file_stamp_is_before(const struct file_stamp *stamp, const struct timespec *time);

/* Take the state of what is at a place, a link not being followed. False if there is nothing. */
bool file_stamp_take(struct place place, struct file_stamp *ret);

/* The way to files that are looked at one after the other: the directory of the last one is kept
 * open, which is half the way to the next. */
struct stamp_reader {
	int root;
	struct str parent;
	int directory;
};
#define STAMP_READER_INIT ((struct stamp_reader){-1, STR_INIT, -1})

/* The same as file_stamp_take() for a path below the directory `root`, whose string is ended by
 * NUL. */
bool stamp_reader_read(
    struct stamp_reader *reader, int root, struct slice path, struct file_stamp *ret);

void stamp_reader_release(struct stamp_reader *reader);
#define autostamp_reader CLEANUP(stamp_reader_release)

#endif
