#include "image/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/content.h"
#include "base/file.h"
#include "base/marker.h"
#include "base/path.h"
#include "base/temporary.h"

/* In the year 2242; later times do not fit a ustar header. */
#define TIME_LIMIT ((int64_t)1 << 33)

int bundle_time(int64_t *ret, struct error **err)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	int64_t value = 0;

	*ret = BUNDLE_EPOCH;
	if (!text || !*text)
		return 0;
	for (const char *digit = text; *digit; digit++) {
		if (*digit < '0' || *digit > '9')
			return fail(err, ERROR_USAGE,
			    "invalid value '%s' for SOURCE_DATE_EPOCH: expected a number of "
			    "seconds",
			    text);
		value = 10 * value + (*digit - '0');
		if (value > TIME_LIMIT)
			return fail(err, ERROR_USAGE,
			    "invalid value '%s' for SOURCE_DATE_EPOCH: expected at most %lld", text,
			    (long long)TIME_LIMIT);
	}
	*ret = value;
	return 0;
}

int bundle_fail(const char *image, struct error **err)
{
	bool is_refused = (*err)->kind == ERROR_SYSTEM && (*err)->number;

	return is_refused ? fail_prefix(err, "'%s'", image) : -1;
}

/* The times of access and modification. */
static void fill_times(struct timespec ret[2], int64_t time)
{
	if (time == BUNDLE_UNTIMED)
		ret[0] = ret[1] = (struct timespec){.tv_nsec = UTIME_OMIT};
	else
		ret[0] = ret[1] = (struct timespec){.tv_sec = (time_t)time};
}

/*
 * The directory where something was done last: what follows is in it or near it. From the root the
 * system would look for all directories above each entry, which in a deep tree takes a time that
 * grows with the square of the depth.
 */
struct near {
	int root;
	int fd;		   /* -1: it is the root */
	struct slice path; /* of the directory; borrowed from an item */
};

static void near_release(struct near *near)
{
	cleanup_close(&near->fd);
}

/* The way from where it is: up to a directory above both, and down. From the root if that is
 * nearer, or if the way up would be all. False if it is there already. */
static bool find_way(const struct near *near, struct slice to, struct str *ret, bool *ret_from_root)
{
	struct slice rest, name;
	size_t up = 0;

	path_relative(ret, near->path, to);
	rest = str_slice(ret);
	while (slice_next(&rest, '/', &name) && slice_is(name, ".."))
		up++;
	*ret_from_root = near->fd < 0 || 2 * up > path_depth(near->path);
	if (*ret_from_root) {
		str_truncate(ret, 0);
		str_add_slice(ret, to);
	}
	return !slice_is(str_slice(ret), ".");
}

/* Go to the directory of an item. Returns its descriptor, or -1 with errno; *ret_name is the last
 * component of the item's path. */
static int near_go(struct near *near, const struct item *item, const char **ret_name)
{
	struct slice name = path_name(item->path);
	size_t len = (size_t)(name.data - item->path.data);
	struct slice to = slice_of(item->path.data, len ? len - 1 : 0);
	autostr struct str way = STR_INIT;
	bool is_from_root;
	int fd;

	*ret_name = name.data;
	if (to.len && find_way(near, to, &way, &is_from_root)) {
		fd = TEMP_FAILURE_RETRY(openat(is_from_root ? near->root : near->fd, way.data,
		    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
		if (fd < 0)
			return -1;
		cleanup_close(&near->fd);
		near->fd = fd;
		near->path = to;
	}
	return to.len ? near->fd : near->root;
}

static int check_interrupted(bool (*interrupted)(void), struct error **err)
{
	return interrupted && interrupted() ? fail(err, ERROR_SYSTEM, "interrupted") : 0;
}

int bundle_make_directories(
    int root, const struct plan *plan, bool (*interrupted)(void), struct error **err)
{
	CLEANUP(near_release) struct near near = {root, -1, {"", 0}};

	for (size_t i = 0; i < plan->count; i++) {
		const struct item *item = plan->items[i];
		const char *name;
		int fd;

		if (item->kind != ITEM_DIRECTORY)
			continue;
		if (check_interrupted(interrupted, err) < 0)
			return -1;
		fd = near_go(&near, item, &name);
		/* The last call restores bits that the umask removed. */
		if (fd < 0 || mkdirat(fd, name, 0755) < 0 || fchmodat(fd, name, 0755, 0) < 0)
			return fail_errno(
			    err, errno, "cannot create '%s' in the image", item->path.data);
	}
	return 0;
}

/* A file of an image while it is written. */
struct new_file {
	int root;
	const char *path;
	int fd; /* -1: there is no file to remove */
};

static void new_file_discard(struct new_file *file)
{
	if (file->fd < 0)
		return;
	(void)close(steal_fd(&file->fd)); /* the file is discarded */
	(void)unlinkat(file->root, file->path, 0);
}

static int new_file_open(struct new_file *file, struct error **err)
{
	file->fd = TEMP_FAILURE_RETRY(openat(
	    file->root, file->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
	if (file->fd < 0)
		return fail_errno(err, errno, "cannot create '%s' in the image", file->path);
	return 0;
}

static int new_file_finish(struct new_file *file, bool executable, int64_t time, struct error **err)
{
	struct timespec times[2];
	int number;

	fill_times(times, time);
	if (fchmod(file->fd, executable ? 0755 : 0644) < 0 || futimens(file->fd, times) < 0)
		return fail_errno(err, errno, "cannot finish '%s' in the image", file->path);
	/* Linux has closed it even when it reports EINTR. */
	if (close(steal_fd(&file->fd)) == 0 || errno == EINTR)
		return 0;
	number = errno;
	(void)unlinkat(file->root, file->path, 0); /* the failure itself is reported */
	return fail_errno(err, number, "cannot finish '%s' in the image", file->path);
}

int bundle_put(int root, const char *path, struct slice data, bool executable, int64_t time,
    struct error **err)
{
	CLEANUP(new_file_discard) struct new_file file = {root, path, -1};

	if (new_file_open(&file, err) < 0 || file_write_fd(file.fd, path, data, err) < 0)
		return -1;
	return new_file_finish(&file, executable, time, err);
}

int bundle_copy(int root, const char *path, struct place origin, bool executable, int64_t time,
    struct error **err)
{
	CLEANUP(new_file_discard) struct new_file file = {root, path, -1};
	struct stat stat;
	autoclose int fd = content_open_known(origin, &stat, err);

	if (fd < 0 || new_file_open(&file, err) < 0 ||
	    content_copy(fd, &stat, origin.shown, file.fd, path, NULL, err) < 0)
		return -1;
	return new_file_finish(&file, executable, time, err);
}

int bundle_copy_rest(int root, const char *path, struct slice head, struct place origin,
    uint64_t start, const struct stat *before, bool executable, int64_t time, struct error **err)
{
	CLEANUP(new_file_discard) struct new_file file = {root, path, -1};
	struct stat stat;
	autoclose int fd = content_open(origin, &stat, err);

	if (fd < 0 || new_file_open(&file, err) < 0 ||
	    file_write_fd(file.fd, path, head, err) < 0 ||
	    content_copy_rest(fd, start, before, origin.shown, file.fd, path, NULL, err) < 0)
		return -1;
	return new_file_finish(&file, executable, time, err);
}

/* Set the time of an entry; messages name it by its path in the image. */
static int set_time(
    int directory, const char *name, int64_t time, const char *path, struct error **err)
{
	struct timespec times[2];

	fill_times(times, time);
	if (utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, errno, "cannot set the time of '%s' in the image", path);
	return 0;
}

int bundle_set_time(int root, const char *path, int64_t time, struct error **err)
{
	return set_time(root, path, time, path, err);
}

int bundle_link(int root, const char *path, const char *target, int64_t time, struct error **err)
{
	if (symlinkat(target, root, path) < 0)
		return fail_errno(err, errno, "cannot create the link '%s' in the image", path);
	return bundle_set_time(root, path, time, err);
}

int bundle_put_item(int root, const struct item *item, int64_t time, struct error **err)
{
	if (item->target)
		return bundle_link(root, item->path.data, item->target, time, err);
	return bundle_copy(
	    root, item->path.data, place_at(item->origin), item->executable, time, err);
}

int bundle_remove(int root, const char *path, int flags, struct error **err)
{
	if (unlinkat(root, path, flags) == 0)
		return 0;
	switch (errno) {
	case ENOENT:
	case ENAMETOOLONG: /* so it was never made */
	case ENOTEMPTY:	   /* the directory holds something else */
	case EEXIST:
		return 0;
	default:
		return fail_errno(err, errno, "cannot remove '%s' from the image", path);
	}
}

int bundle_set_times(
    int root, const struct plan *plan, int64_t time, bool (*interrupted)(void), struct error **err)
{
	CLEANUP(near_release) struct near near = {root, -1, {"", 0}};

	for (size_t i = plan->count; i > 0; i--) {
		const struct item *item = plan->items[i - 1];
		const char *name;
		int fd;

		if (item->kind != ITEM_DIRECTORY)
			continue;
		if (check_interrupted(interrupted, err) < 0)
			return -1;
		fd = near_go(&near, item, &name);
		if (fd < 0)
			return fail_errno(err, errno, "cannot set the time of '%s' in the image",
			    item->path.data);
		if (set_time(fd, name, time, item->path.data, err) < 0)
			return -1;
	}
	return bundle_set_time(root, ".", time, err);
}

int bundle_finish(
    int root, const struct plan *plan, int64_t time, bool (*interrupted)(void), struct error **err)
{
	const char *name = NULL;

	for (size_t i = 0; !name && i < MARKER_NAMES; i++)
		name = map_get(&plan->by_path, slice_c(marker_names[i])) ? NULL : marker_names[i];
	if (!name)
		return fail(err, ERROR_INPUT,
		    "sources have both '%s' and '%s', but kiln needs one of these names to mark "
		    "the image: exclude one",
		    marker_names[0], marker_names[1]);
	if (bundle_put(root, name, SLICE_LITERAL(MARKER_TEXT), false, time, err) < 0)
		return -1;
	return bundle_set_times(root, plan, time, interrupted, err);
}

/* What a killed process left of a file that it wrote is nothing. */
static bool is_content(const char *name)
{
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && !temporary_is(slice_c(name));
}

/* Whether a directory is empty or has a marker. */
static int has_nothing_to_lose(DIR *dir, bool *ret, struct error **err)
{
	struct dirent *entry;

	if (marker_is_in(dirfd(dir), ".", ret, err) < 0)
		return fail_as(err, ERROR_SYSTEM); /* the error concerns the result's place */
	if (*ret)
		return 0;
	do {
		errno = 0;
		entry = readdir(dir);
	} while (entry && !is_content(entry->d_name));
	*ret = !entry;
	return !entry && errno ? fail_errno(err, errno, "cannot read the directory") : 0;
}

int bundle_may_replace(const char *path, bool *ret, struct error **err)
{
	struct slice name = slice_c(path);
	autofree char *own = NULL;
	autoclosedir DIR *dir = NULL;
	struct stat stat;

	/* A trailing slash would make the system follow a link. */
	while (name.len > 1 && name.data[name.len - 1] == '/')
		name.len--;
	own = xmemdup0(name.data, name.len);
	if (lstat(own, &stat) < 0) {
		*ret = errno == ENOENT;
		return *ret ? 0 : fail_errno(err, errno, "cannot examine '%s'", path);
	}
	*ret = false;
	if (!S_ISDIR(stat.st_mode))
		return 0;
	dir = opendir(own);
	if (!dir)
		return fail_errno(err, errno, "cannot read the directory '%s'", path);
	return has_nothing_to_lose(dir, ret, err) < 0 ? fail_prefix(err, "'%s'", path) : 0;
}
