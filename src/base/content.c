#include "base/content.h"

#include <errno.h>
#include <fcntl.h>

#include "base/file.h"

#define BLOCK_SIZE ((size_t)32 * 1024)

/* Bytes asked of one copy_file_range(2); an interruption is noticed between two calls. */
#define RANGE_SIZE ((size_t)16 * 1024 * 1024)

static int fail_kind(struct place place, struct error **err)
{
	return fail_at(err, place.shown, 0, 0, NULL, "not a regular file");
}

int content_open_known(struct place place, struct stat *ret_stat, struct error **err)
{
	autoclose int fd = place_open(place, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);

	if (fd < 0 || fstat(fd, ret_stat) < 0)
		return fail_input(err, errno, place.shown, "cannot open");
	return S_ISREG(ret_stat->st_mode) ? steal_fd(&fd) : fail_kind(place, err);
}

int content_open(struct place place, struct stat *ret_stat, struct error **err)
{
	/* The check before opening avoids the effects of opening a device or a FIFO; only the check
	 * after opening is certain. */
	if (place_look(place, ret_stat) < 0)
		return fail_input(err, errno, place.shown, "cannot open");
	if (!S_ISREG(ret_stat->st_mode))
		return fail_kind(place, err);
	return content_open_known(place, ret_stat, err);
}

ssize_t content_read(int fd, void *buffer, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t count = read(fd, (char *)buffer + done, size - done);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -1;
		if (count == 0)
			break;
		done += (size_t)count;
	}
	return (ssize_t)done;
}

int content_unchanged(
    int fd, const struct stat *before, uint64_t size, const char *path, struct error **err)
{
	struct stat after;

	if (fstat(fd, &after) < 0)
		return fail_input(err, errno, path, "cannot examine");
	if (size != (uint64_t)before->st_size || after.st_size != before->st_size ||
	    after.st_mtim.tv_sec != before->st_mtim.tv_sec ||
	    after.st_mtim.tv_nsec != before->st_mtim.tv_nsec)
		return fail_at(err, path, 0, 0, NULL, "changed while being read");
	return 0;
}

/* Copy as much as the kernel copies by itself. The kernel's errors do not tell which side failed;
 * the caller goes on with read() and write(), whose errors do. Returns the number of bytes copied.
 */
static uint64_t copy_ranges(int in, uint64_t size, int out, bool (*interrupted)(void))
{
	uint64_t done = 0;

	while (done < size && !(interrupted && interrupted())) {
		ssize_t count = copy_file_range(in, NULL, out, NULL, RANGE_SIZE, 0);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			break;
		done += (uint64_t)count;
	}
	return done;
}

int content_copy_rest(int in, uint64_t start, const struct stat *before, const char *origin,
    int out, const char *name, bool (*interrupted)(void), struct error **err)
{
	uint64_t size = start;
	char block[BLOCK_SIZE];

	if (start > 0 && lseek(in, (off_t)start, SEEK_SET) < 0)
		return fail_input(err, errno, origin, "cannot read");
	size += copy_ranges(in, (uint64_t)before->st_size - start, out, interrupted);
	while (size <= (uint64_t)before->st_size) {
		ssize_t count;

		if (interrupted && interrupted())
			return fail(err, ERROR_SYSTEM, "cannot write '%s': interrupted", name);
		count = content_read(in, block, sizeof(block));
		if (count < 0)
			return fail_input(err, errno, origin, "cannot read");
		if (count == 0)
			break;
		if (file_write_fd(out, name, slice_of(block, (size_t)count), err) < 0)
			return -1;
		size += (uint64_t)count;
	}
	return content_unchanged(in, before, size, origin, err);
}

int content_copy(int in, const struct stat *before, const char *origin, int out, const char *name,
    bool (*interrupted)(void), struct error **err)
{
	return content_copy_rest(in, 0, before, origin, out, name, interrupted, err);
}

int content_hash(int fd, const struct stat *before, const char *path, struct hasher *hasher,
    bool (*interrupted)(void), struct error **err)
{
	char block[BLOCK_SIZE];
	uint64_t size = 0;

	while (size <= (uint64_t)before->st_size) {
		ssize_t count;

		if (interrupted && interrupted())
			return fail(err, ERROR_SYSTEM, "cannot read '%s': interrupted", path);
		count = content_read(fd, block, sizeof(block));
		if (count < 0)
			return fail_input(err, errno, path, "cannot read");
		if (count == 0)
			break;
		if (hasher_add(hasher, slice_of(block, (size_t)count), err) < 0)
			return -1;
		size += (uint64_t)count;
	}
	return content_unchanged(fd, before, size, path, err);
}

int content_equal(const char *a, const char *b, bool *ret, struct error **err)
{
	struct stat stat_a, stat_b;
	autoclose int fd_a = content_open(place_at(a), &stat_a, err);
	autoclose int fd_b = fd_a < 0 ? -1 : content_open(place_at(b), &stat_b, err);
	char block_a[BLOCK_SIZE], block_b[BLOCK_SIZE];
	ssize_t count;

	if (fd_b < 0)
		return -1;
	do {
		ssize_t count_b;

		count = content_read(fd_a, block_a, sizeof(block_a));
		if (count < 0)
			return fail_input(err, errno, a, "cannot read");
		count_b = content_read(fd_b, block_b, sizeof(block_b));
		if (count_b < 0)
			return fail_input(err, errno, b, "cannot read");
		*ret = slice_equal(
		    slice_of(block_a, (size_t)count), slice_of(block_b, (size_t)count_b));
	} while (*ret && count > 0);
	return 0;
}
