#include "base/file.h"

#include <errno.h>
#include <poll.h>
#include <sys/mman.h>

#include "base/path.h"
#include "base/temporary.h"

#define FILE_LEAST_READ ((size_t)64 << 10)

/* What a file that is not a regular file is called. */
static const char *kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a directory";
	case S_IFCHR:
		return "a character device";
	case S_IFBLK:
		return "a block device";
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	default:
		return "a file of an unknown kind";
	}
}

/* Whether to repeat a call that failed with `number`. If the descriptor is non-blocking, waits
 * until it is ready. */
static bool can_continue(int fd, short events, int number)
{
	struct pollfd wait = {.fd = fd, .events = events};

	if (number == EINTR)
		return true;
	if (number != EAGAIN && number != EWOULDBLOCK)
		return false;
	return poll(&wait, 1, -1) >= 0 || errno == EINTR;
}

/* Append at most `room` bytes. Returns how many, 0 at the end. */
static ssize_t read_once(int fd, size_t room, struct str *ret)
{
	ssize_t count;

	str_reserve(ret, room);
	count = TEMP_FAILURE_RETRY(read(fd, ret->data + ret->len, room));
	if (count > 0)
		ret->len += (size_t)count;
	ret->data[ret->len] = '\0';
	return count;
}

ssize_t file_read_available(int fd, struct str *ret)
{
	return read_once(fd, FILE_LEAST_READ, ret);
}

static ssize_t read_some(int fd, size_t room, struct str *ret)
{
	ssize_t count;

	do
		count = read_once(fd, room, ret);
	while (count < 0 && can_continue(fd, POLLIN, errno));
	return count;
}

static int fail_too_large(struct error **err, const char *name, size_t limit)
{
	return fail_at(err, name, 0, 0, NULL, "larger than %zu bytes", limit);
}

/* Read to the end. `hint` is the expected size, at most the limit. With `is_size` it is the size of
 * a regular file. */
static int read_all(int fd, const char *name, size_t hint, bool is_size, size_t limit,
    struct str *ret, struct error **err)
{
	size_t start = ret->len;
	size_t room = hint + 1; /* one more, to see the end without growing */
	ssize_t count;

	while ((count = read_some(fd, room, ret)) > 0) {
		size_t left = ret->capacity - ret->len - 1;

		if (ret->len - start > limit) {
			str_truncate(ret, start);
			return fail_too_large(err, name, limit);
		}
		/* The buffer was larger than the content. */
		if (is_size && (size_t)count == hint && hint < room)
			break;
		room = left > FILE_LEAST_READ ? left : FILE_LEAST_READ;
	}
	if (count < 0) {
		int number = errno;

		str_truncate(ret, start);
		return fail_input(err, number, name, "cannot read");
	}
	return 0;
}

static int check_regular(const char *path, const struct stat *stat, struct error **err)
{
	if (S_ISREG(stat->st_mode))
		return 0;
	return fail_at(err, path, 0, 0, NULL, "is %s, not a regular file", kind_of(stat->st_mode));
}

/* Open a path that was a regular file when it was last examined. */
static int open_known(struct place place, struct stat *ret_stat, struct error **err)
{
	autoclose int fd = place_open(place, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);

	if (fd < 0 || fstat(fd, ret_stat) < 0)
		return fail_input(err, errno, place.shown, "cannot open");
	if (check_regular(place.shown, ret_stat, err) < 0)
		return -1;
	return steal_fd(&fd);
}

/* Open a regular file. The type is checked before opening, because opening other types has effects
 * (a FIFO's writer is released, a tape rewinds), and again after opening, because only that check
 * is certain. */
static int open_regular(struct place place, struct stat *ret_stat, struct error **err)
{
	if (place_look(place, ret_stat) < 0)
		return fail_input(err, errno, place.shown, "cannot open");
	if (check_regular(place.shown, ret_stat, err) < 0)
		return -1;
	return open_known(place, ret_stat, err);
}

static int read_open(int fd, const char *path, const struct stat *stat, size_t limit,
    struct str *ret, struct error **err)
{
	if ((uintmax_t)stat->st_size > limit)
		return fail_too_large(err, path, limit);
	return read_all(fd, path, (size_t)stat->st_size, true, limit, ret, err);
}

int file_read_place(
    struct place place, size_t limit, struct str *ret, struct stat *ret_stat, struct error **err)
{
	struct stat stat;
	autoclose int fd = open_regular(place, &stat, err);

	if (fd < 0 || read_open(fd, place.shown, &stat, limit, ret, err) < 0)
		return -1;
	if (ret_stat)
		*ret_stat = stat;
	return 0;
}

int file_read(
    const char *path, size_t limit, struct str *ret, struct stat *ret_stat, struct error **err)
{
	return file_read_place(place_at(path), limit, ret, ret_stat, err);
}

int file_read_known(
    const char *path, size_t limit, struct str *ret, struct stat *ret_stat, struct error **err)
{
	autoclose int fd = open_known(place_at(path), ret_stat, err);

	return fd < 0 ? -1 : read_open(fd, path, ret_stat, limit, ret, err);
}

int file_map(struct place place, size_t limit, struct slice *ret, struct error **err)
{
	struct stat stat;
	autoclose int fd = open_regular(place, &stat, err);
	void *memory;

	*ret = slice_of("", 0);
	if (fd < 0)
		return -1;
	if ((uintmax_t)stat.st_size > limit)
		return fail_too_large(err, place.shown, limit);
	if (!stat.st_size)
		return 0;
	memory = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (memory == MAP_FAILED)
		return fail_input(err, errno, place.shown, "cannot read");
	*ret = slice_of(memory, (size_t)stat.st_size);
	return 0;
}

void file_unmap(struct slice content)
{
	if (content.len)
		(void)munmap((void *)content.data, content.len);
}

int file_is(int directory, const char *name, struct slice bytes, bool *ret, struct error **err)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
	autostr struct str content = STR_INIT;
	autoclose int fd = -1;
	struct stat stat;

	*ret = false;
	if (fstatat(directory, name, &stat, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT || errno == ENOTDIR
			   ? 0
			   : fail_input(err, errno, name, "cannot examine");
	if (!S_ISREG(stat.st_mode) || (uintmax_t)stat.st_size != bytes.len)
		return 0;
	fd = TEMP_FAILURE_RETRY(openat(directory, name, flags));
	if (fd < 0)
		return fail_input(err, errno, name, "cannot open");
	while (content.len <= bytes.len) {
		ssize_t count = read_some(fd, bytes.len + 1 - content.len, &content);

		if (count < 0)
			return fail_input(err, errno, name, "cannot read");
		if (count == 0)
			break;
	}
	*ret = slice_equal(str_slice(&content), bytes);
	return 0;
}

int file_read_fd(int fd, const char *name, size_t limit, struct str *ret, struct error **err)
{
	size_t hint = limit < FILE_LEAST_READ ? limit : FILE_LEAST_READ - 1;

	return read_all(fd, name, hint, false, limit, ret, err);
}

int file_write_fd(int fd, const char *name, struct slice data, struct error **err)
{
	size_t done = 0;

	while (done < data.len) {
		ssize_t count = write(fd, data.data + done, data.len - done);

		if (count > 0)
			done += (size_t)count;
		else if (count == 0)
			return fail_errno(err, EIO, "cannot write '%s'", name);
		else if (!can_continue(fd, POLLOUT, errno))
			return fail_errno(err, errno, "cannot write '%s'", name);
	}
	return 0;
}

/* Whether a path is a link to an open file of a process, such as /dev/stdout. Other links are
 * replaced like files; without this one no program could write to its standard output by name. */
static bool is_stream(struct place place)
{
	static const char proc[] = "/proc/";
	char text[sizeof(proc) - 1];
	ssize_t count = place.root == AT_FDCWD ? readlink(place.path, text, sizeof(text)) : -1;

	return count > 0 && slice_is(slice_of(text, (size_t)count), proc);
}

/* Refuse a target that a file must not replace: a directory, a device, a FIFO, a socket, and, where
 * links are followed, a link to one of them. */
static int check_target(struct place place, struct error **err)
{
	struct stat target;

	if (slice_ends(slice_c(place.path), SLICE_LITERAL("/")))
		return place_fail(place, EISDIR, "write", err);
	if (is_stream(place))
		return fail(err, ERROR_SYSTEM,
		    "cannot write '%s': it is a link to an open file of a process", place.shown);
	if (place_look(place, &target) < 0) {
		/* A link whose target does not exist is replaced like a file. */
		if (*place.path && (errno == ENOENT || errno == ELOOP))
			return 0;
		return place_fail(place, errno, "write", err);
	}
	if (S_ISDIR(target.st_mode))
		return place_fail(place, EISDIR, "write", err);
	if (!S_ISREG(target.st_mode) && !S_ISLNK(target.st_mode))
		return fail(err, place.root == AT_FDCWD ? ERROR_SYSTEM : ERROR_INPUT,
		    "cannot write '%s': it is %s", place.shown, kind_of(target.st_mode));
	return 0;
}

int file_writer_open(
    struct file_writer *writer, struct place place, mode_t mode, struct error **err)
{
	return check_target(place, err) < 0 ? -1 : file_writer_open_over(writer, place, mode, err);
}

/* Open the directory of the names, unless the place has an open directory already. */
static int open_parent(struct file_writer *writer)
{
	if (writer->place.root == AT_FDCWD || !strchr(writer->place.path, '/'))
		return 0;
	writer->parent = place_open_parent(writer->place, &writer->name);
	writer->directory = writer->parent;
	return writer->parent < 0 ? -1 : 0;
}

int file_writer_open_over(
    struct file_writer *writer, struct place place, mode_t mode, struct error **err)
{
	int number;

	*writer = FILE_WRITER_INIT;
	writer->mode = mode;
	writer->path = xstrdup(place.path);
	writer->shown = xstrdup(place.shown);
	writer->place = place_below(place.root, writer->path, writer->shown);
	writer->directory = place.root;
	writer->name = writer->path;
	if (open_parent(writer) == 0)
		writer->fd = temporary_open(
		    writer->directory, slice_c(writer->name), &writer->temporary);
	if (writer->fd >= 0)
		return 0;
	number = errno;
	file_writer_discard(writer);
	return place_fail(place, number, "write", err);
}

void file_writer_rename(struct file_writer *writer, const char *name)
{
	free(writer->path);
	writer->path = xstrdup(name);
	writer->place.path = writer->name = writer->path;
}

/* Rename, but never replace an existing file. */
static int rename_exclusive(int directory, const char *from, const char *to)
{
	if (renameat2(directory, from, directory, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* The file system does not support RENAME_NOREPLACE. */
	if (linkat(directory, from, directory, to, 0) < 0)
		return -1;
	/* The result is complete; if the temporary name stays, that changes nothing. */
	(void)unlinkat(directory, from, 0);
	return 0;
}

/* Make the content durable before the name refers to it. */
static int prepare(struct file_writer *writer, int flags, int *ret_lock)
{
	if (fchmod(writer->fd, writer->mode) < 0)
		return -1;
	if (flags & FILE_SYNC && TEMP_FAILURE_RETRY(fsync(writer->fd)) < 0)
		return -1;
	/* A second descriptor keeps the lock until the file has its final name; without the lock
	 * another process would remove the file as left over. */
	*ret_lock = fcntl(writer->fd, F_DUPFD_CLOEXEC, 0);
	if (*ret_lock < 0)
		return -1;
	/* Linux has closed it even when it reports EINTR. */
	return close(steal_fd(&writer->fd)) < 0 && errno != EINTR ? -1 : 0;
}

/* Make a new name durable. */
static int sync_parent(const struct file_writer *writer)
{
	struct slice parent = path_parent(slice_c(writer->name));
	autofree char *name = xmemdup0(parent.data, parent.len);
	autoclose int fd = TEMP_FAILURE_RETRY(
	    openat(writer->directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));

	if (fd < 0)
		return -1;
	if (TEMP_FAILURE_RETRY(fsync(fd)) < 0 && errno != EINVAL)
		return -1; /* EINVAL: the descriptor is of a kind that cannot be synchronized */
	return 0;
}

int file_writer_commit(struct file_writer *writer, int flags, struct error **err)
{
	const char *from = writer->temporary, *to = writer->name;
	int directory = writer->directory, failed;
	autoclose int lock = -1;

	if (prepare(writer, flags, &lock) < 0)
		return place_fail(writer->place, errno, "write", err);
	failed = flags & FILE_EXCLUSIVE ? rename_exclusive(directory, from, to)
					: renameat(directory, from, directory, to);
	if (failed)
		return place_fail(writer->place, errno, "write", err);
	temporary_end(directory, writer->temporary);
	free(steal(&writer->temporary));
	if (flags & FILE_SYNC && sync_parent(writer) < 0)
		return place_fail(writer->place, errno, "synchronize", err);
	file_writer_discard(writer);
	return 0;
}

void file_writer_discard(struct file_writer *writer)
{
	if (writer->temporary) {
		/* Nobody takes a temporary name for a result. */
		(void)unlinkat(writer->directory, writer->temporary, 0);
		temporary_end(writer->directory, writer->temporary);
	}
	if (writer->fd >= 0)
		(void)close(steal_fd(&writer->fd)); /* the lock must outlast the removal */
	if (writer->parent >= 0)
		(void)close(steal_fd(&writer->parent)); /* it was never written to */
	free(steal(&writer->temporary));
	free(steal(&writer->path));
	free(steal(&writer->shown));
}

int file_replace(struct place place, struct slice data, mode_t mode, int flags, struct error **err)
{
	CLEANUP(file_writer_discard) struct file_writer writer = FILE_WRITER_INIT;

	if (!(flags & FILE_OVER) && check_target(place, err) < 0)
		return -1;
	if (file_writer_open_over(&writer, place, mode, err) < 0 ||
	    file_write_fd(writer.fd, place.shown, data, err) < 0)
		return -1;
	return file_writer_commit(&writer, flags, err);
}

mode_t file_default_mode(void)
{
	mode_t mask = umask(077);

	(void)umask(mask); /* the umask can only be read by setting it */
	return 0666 & ~mask;
}
