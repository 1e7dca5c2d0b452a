/*
 * File stamps: finding out by stat(2) whether a file has changed.
 *
 * An equal stamp proves equal content only if any change would have changed the stamp. The clock of
 * a file system ticks, and a second change within the same tick does not show. So a stamp is
 * reliable once its times lie back by more than a tick.
 */
#ifndef KILN_BASE_FILE_STAMP_H
#define KILN_BASE_FILE_STAMP_H

#include <sys/stat.h>
#include <time.h>

#include "base/place.h"

/* The stamp of a file: what stat(2) says that changes with the content. */
struct file_stamp {
	uint64_t size;
	uint64_t inode;
	uint64_t device;
	struct timespec modified;
	struct timespec changed;
};

/* The stamp of a file. */
void file_stamp_of(const struct stat *stat, struct file_stamp *ret);

/* Whether two stamps are equal, which proves equal content if they are reliable. */
bool file_stamp_equal(const struct file_stamp *a, const struct file_stamp *b);

/* Whether a stamp that was taken just now is reliable. One with a time in the future is not. */
bool file_stamp_is_reliable(const struct file_stamp *stamp);

/* Whether a file with this stamp has not changed since a time of the file systems' clock
 * (CLOCK_REALTIME_COARSE). */
bool file_stamp_is_before(const struct file_stamp *stamp, const struct timespec *time);

/* Take the stamp of what stands at a place; a link is not followed. False with errno if that fails.
 */
bool file_stamp_take(struct place place, struct file_stamp *ret);

/* Takes stamps of many files. It keeps the directory of the last one open, which is often the
 * directory of the next. */
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
