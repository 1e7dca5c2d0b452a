#include "base/file_stamp.h"

#include <time.h>

#include "base/path.h"

/* Times of file systems with fractions of a second advance with the kernel's tick, 10 ms at most;
 * other file systems count whole seconds, FAT every second one. */
#define TICK_NANOSECONDS 20000000LL
#define COARSE_TICK_NANOSECONDS 2000000000LL

void file_stamp_of(const struct stat *stat, struct file_stamp *ret)
{
	*ret = (struct file_stamp){
	    .size = (uint64_t)stat->st_size,
	    .inode = stat->st_ino,
	    .device = stat->st_dev,
	    .modified = stat->st_mtim,
	    .changed = stat->st_ctim,
	};
}

static bool time_equal(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool file_stamp_equal(const struct file_stamp *a, const struct file_stamp *b)
{
	return a->size == b->size && a->inode == b->inode && a->device == b->device &&
	       time_equal(&a->modified, &b->modified) && time_equal(&a->changed, &b->changed);
}

/* Nanoseconds from `from` to `to`, limited to some minutes in either direction. */
static long long elapsed(const struct timespec *from, const struct timespec *to)
{
	long long seconds = (long long)to->tv_sec - (long long)from->tv_sec;

	if (seconds > 1000 || seconds < -1000)
		return seconds < 0 ? -1000000000000LL : 1000000000000LL;
	return seconds * 1000000000LL + (to->tv_nsec - from->tv_nsec);
}

static bool is_coarse(const struct file_stamp *stamp)
{
	return stamp->modified.tv_nsec == 0 && stamp->changed.tv_nsec == 0;
}

bool file_stamp_is_reliable(const struct file_stamp *stamp)
{
	long long tick = is_coarse(stamp) ? COARSE_TICK_NANOSECONDS : TICK_NANOSECONDS;
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) < 0)
		return false;
	return elapsed(&stamp->modified, &now) > tick && elapsed(&stamp->changed, &now) > tick;
}

bool file_stamp_is_before(const struct file_stamp *stamp, const struct timespec *time)
{
	/* Two changes in one tick leave the same time. */
	long long least = is_coarse(stamp) ? COARSE_TICK_NANOSECONDS : 0;

	return elapsed(&stamp->modified, time) > least && elapsed(&stamp->changed, time) > least;
}

bool file_stamp_take(struct place place, struct file_stamp *ret)
{
	struct stat stat;

	if (place_stat(place, &stat) < 0)
		return false;
	file_stamp_of(&stat, ret);
	return true;
}

bool stamp_reader_read(
    struct stamp_reader *reader, int root, struct slice path, struct file_stamp *ret)
{
	struct slice parent = path_parent(path);
	const char *name = path_name(path).data;

	if (reader->directory < 0 || root != reader->root ||
	    !slice_equal(parent, str_slice(&reader->parent))) {
		cleanup_close(&reader->directory);
		str_truncate(&reader->parent, 0);
		str_add_slice(&reader->parent, parent);
		reader->root = root;
		reader->directory = place_open_parent(
		    place_below(root, path.data, path.data), &name);
	}
	return reader->directory >= 0 &&
	       file_stamp_take(place_below(reader->directory, name, name), ret);
}

void stamp_reader_release(struct stamp_reader *reader)
{
	str_release(&reader->parent);
	cleanup_close(&reader->directory);
}
