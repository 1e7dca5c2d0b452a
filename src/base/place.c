#include "base/place.h"

#include <errno.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include "base/path.h"

/* How often to make a directory that other processes keep removing. */
#define TRIES 100

static bool is_link(int directory, const char *name)
{
	struct stat found;

	return fstatat(directory, name, &found, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(found.st_mode);
}

/* Open `name` in a directory, without following a link. A link fails with ELOOP, even where a
 * directory is asked for. */
static int open_name(int directory, const char *name, int flags, mode_t mode)
{
	int fd = TEMP_FAILURE_RETRY(openat(directory, name, flags | O_NOFOLLOW | O_CLOEXEC, mode));

	if (fd < 0 && errno == ENOTDIR)
		errno = is_link(directory, name) ? ELOOP : ENOTDIR;
	return fd;
}

static int open_directory(int directory, const char *name)
{
	return open_name(directory, name, O_PATH | O_DIRECTORY, 0);
}

/* Replace the descriptor of a directory with the descriptor of a subdirectory, which is made if it
 * is missing. */
static int enter(int *directory, struct slice name, bool makes)
{
	autofree char *copy = xmemdup0(name.data, name.len);
	int next = open_directory(*directory, copy);

	/* Another process may make or remove the subdirectory at the same time. */
	for (int tries = 0; next < 0 && errno == ENOENT && makes && tries < TRIES; tries++) {
		if (mkdirat(*directory, copy, 0777) < 0 && errno != EEXIST)
			return -1;
		next = open_directory(*directory, copy);
	}
	if (next < 0)
		return -1;
	(void)close(*directory); /* nothing was written through this descriptor */
	*directory = next;
	return 0;
}

/* Open a directory, component by component. */
static int walk_to(int root, struct slice path, bool makes)
{
	autoclose int directory = open_directory(root, ".");
	struct slice part;

	if (directory < 0)
		return -1;
	while (path.data && path.len && slice_next(&path, '/', &part)) {
		if (enter(&directory, part, makes) < 0)
			return -1;
	}
	return steal_fd(&directory);
}

static int open_in_steps(int root, const char *path, int flags, mode_t mode)
{
	const char *slash = strrchr(path, '/');
	autoclose int parent = -1;

	if (!slash)
		return open_name(root, path, flags, mode);
	parent = walk_to(root, slice_of(path, (size_t)(slash - path)), false);
	return parent < 0 ? -1 : open_name(parent, slash + 1, flags, mode);
}

static int open_at_once(int root, const char *path, int flags, mode_t mode)
{
	const struct open_how how = {
	    .flags = (unsigned)(flags | O_NOFOLLOW | O_CLOEXEC),
	    .mode = mode,
	    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};

	return (int)TEMP_FAILURE_RETRY(syscall(SYS_openat2, root, path, &how, sizeof(how)));
}

/* Whether a path stays below a directory, by its text. */
static bool check(const char *path)
{
	if (!*path || path_is_confined(slice_c(path)))
		return true;
	errno = EXDEV;
	return false;
}

int place_open(struct place place, int flags, mode_t mode)
{
	struct stat found;
	int fd;

	if (place.root == AT_FDCWD)
		return TEMP_FAILURE_RETRY(openat(AT_FDCWD, place.path, flags | O_CLOEXEC, mode));
	if (!check(place.path))
		return -1;
	if (!*place.path || !strchr(place.path, '/'))
		return open_name(place.root, *place.path ? place.path : ".", flags, mode);
	fd = open_at_once(place.root, place.path, flags, mode);
	/* Containers' system call filters answer an unknown call with EPERM. */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return open_in_steps(place.root, place.path, flags, mode);
	/* With O_DIRECTORY the kernel may report ENOTDIR for a link instead of ELOOP. */
	if (fd < 0 && errno == ENOTDIR && flags & O_DIRECTORY)
		errno = place_stat(place, &found) == 0 && S_ISLNK(found.st_mode) ? ELOOP : ENOTDIR;
	return fd;
}

int place_open_parent(struct place place, const char **ret_name)
{
	const char *slash = strrchr(place.path, '/');
	autofree char *parent = NULL;

	*ret_name = slash ? slash + 1 : place.path;
	/* The parent of "/name" is "/". */
	parent = slash ? xmemdup0(place.path, (size_t)(slash - place.path) + (slash == place.path))
		       : xstrdup(place.root == AT_FDCWD ? "." : "");
	return place_open(place_below(place.root, parent, parent), O_PATH | O_DIRECTORY, 0);
}

int place_stat(struct place place, struct stat *ret)
{
	autoclose int fd = -1;

	if (place.root == AT_FDCWD || (*place.path && !strchr(place.path, '/')))
		return fstatat(place.root, place.path, ret, AT_SYMLINK_NOFOLLOW);
	fd = place_open(place, O_PATH, 0);
	return fd < 0 ? -1 : fstat(fd, ret);
}

int place_look(struct place place, struct stat *ret)
{
	return place.root == AT_FDCWD ? stat(place.path, ret) : place_stat(place, ret);
}

int place_make(struct place place)
{
	struct slice rest = slice_c(place.path);
	autofree char *there = xstrdup(place.path);
	autoclose int directory = -1;

	if (!check(place.path))
		return -1;
	/* Mostly the whole path exists, or all but its last component: one call finds out. */
	while ((directory = place_open(
		    place_below(place.root, there, there), O_PATH | O_DIRECTORY, 0)) < 0) {
		char *slash = strrchr(there, '/');

		if (errno != ENOENT || !*there)
			return -1;
		*(slash ? slash : there) = '\0';
	}
	rest.data += strlen(there);
	rest.len -= strlen(there);
	while (rest.len && *rest.data == '/')
		rest = slice_from(rest, 1);
	return rest.len ? walk_to(directory, rest, true) : steal_fd(&directory);
}

/* Whether an error number is a fault of the place itself, rather than of the system. As for
 * reading, except that when writing, a missing place and a size limit are faults of the system. */
static bool is_of_place(int number)
{
	return number != ENOENT && number != EFBIG && errno_kind(number) == ERROR_INPUT;
}

int place_fail(struct place place, int number, const char *action, struct error **err)
{
	if (place.root == AT_FDCWD || !is_of_place(number))
		return fail_errno(err, number, "cannot %s '%s'", action, place.shown);
	if (number != ELOOP)
		return fail_input(err, number, NULL, "cannot %s '%s'", action, place.shown);
	(void)fail(err, ERROR_INPUT, "cannot %s '%s': its path leads through a symbolic link",
	    action, place.shown);
	if (err)
		(*err)->number = number;
	return -1;
}
