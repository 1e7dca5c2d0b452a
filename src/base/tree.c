#include "base/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/syscall.h>

#include "base/path.h"
#include "base/temporary.h"
#include "base/walk.h"

/* fchmodat2(2), since Linux 6.6; its number is the same on all architectures. */
#define SYSTEM_FCHMODAT2 452

static int open_directory(int parent, const char *name)
{
	return TEMP_FAILURE_RETRY(openat(parent, name, DESCENT_FLAGS | O_NOFOLLOW));
}

static int make_one(const char *path)
{
	struct stat target;
	int number;

	if (mkdir(path, 0777) == 0)
		return 0;
	number = errno;
	if (stat(path, &target) == 0) {
		if (S_ISDIR(target.st_mode))
			return 0;
	} else if (number == EEXIST && errno != ENOENT) {
		number = errno; /* why an existing path cannot be examined */
	}
	errno = number;
	return -1;
}

static int make_named(const char *path, struct error **err)
{
	autofree char *parent = NULL;

	if (make_one(path) == 0)
		return 0;
	if (errno != ENOENT)
		return fail_errno(err, errno, "cannot create directory '%s'", path);
	parent = xstrdup(path);
	for (char *p = parent; *p; p++) {
		if (*p != '/' || p == parent)
			continue;
		*p = '\0';
		if (make_one(parent) < 0)
			return fail_errno(err, errno, "cannot create directory '%s'", parent);
		*p = '/';
	}
	if (make_one(path) < 0)
		return fail_errno(err, errno, "cannot create directory '%s'", path);
	return 0;
}

int tree_make(struct place place, struct error **err)
{
	autoclose int fd = -1;

	if (place.root == AT_FDCWD)
		return make_named(place.path, err);
	fd = place_make(place);
	return fd < 0 ? place_fail(place, errno, "create", err) : 0;
}

int tree_make_parents(struct place place, struct error **err)
{
	struct slice parent = path_parent(slice_c(place.path));
	struct slice shown = path_parent(slice_c(place.shown));
	bool is_root = slice_is(parent, ".") && place.root != AT_FDCWD;
	autofree char *directory = is_root ? xstrdup("") : xmemdup0(parent.data, parent.len);
	autofree char *name = xmemdup0(shown.data, shown.len);

	return tree_make((struct place){place.root, directory, name}, err);
}

/* Remove anything but a directory. Returns 1 for a directory, -1 with errno set for a failure. */
static int remove_name(int parent, const char *name)
{
	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT || errno == ENOTDIR)
		return 0;
	return errno == EISDIR ? 1 : -1;
}

/* fchmodat(2) without following links. Unlike glibc's, it needs no /proc; on a kernel without
 * fchmodat2(2), the directory must be readable instead. */
static int change_mode(int parent, const char *name, mode_t mode)
{
	autoclose int fd = TEMP_FAILURE_RETRY(
	    openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));

	if (fd >= 0)
		return fchmod(fd, mode);
	if (errno != EACCES)
		return -1;
	if (syscall(SYSTEM_FCHMODAT2, parent, name, mode, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return errno == ENOSYS ? fchmodat(parent, name, mode, AT_SYMLINK_NOFOLLOW) : -1;
}

/* Give the owner of a directory access to it, so that it can be emptied. */
static void make_accessible(int parent, const char *name)
{
	struct stat stat;

	if (fstatat(parent, name, &stat, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(stat.st_mode) ||
	    (stat.st_mode & S_IRWXU) == S_IRWXU)
		return;
	/* If this fails, emptying the directory fails too, and is reported. */
	(void)change_mode(parent, name, (stat.st_mode & 07777) | S_IRWXU);
}

static int remove_empty(int parent, const char *name)
{
	return unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -1 : 0;
}

/* Remove the current entry, or enter it if it is a directory. */
static int remove_entry(struct descent *descent)
{
	int parent = descent_fd(descent);
	const char *name = descent_name(descent);
	int left = remove_name(parent, name);

	if (left <= 0)
		return left;
	make_accessible(parent, name);
	return descent_enter(descent) < 0 && errno != ENOENT ? -1 : 0;
}

/* Leave the current directory, whose entries are all removed, and remove it. */
static int remove_left(struct descent *descent, int parent, const char *name)
{
	if (descent_leave(descent) < 0)
		return -1;
	if (descent->depth == 0)
		return remove_empty(parent, name);
	return remove_empty(descent_fd(descent), descent_name(descent));
}

/* Append the path without links. Returns 1; 0 if the path does not exist or cannot be followed
 * (links in a circle, a path that is too long), so that its text is all there is; -1 if the system
 * refuses. */
static int add_resolved(struct slice path, struct str *ret, struct error **err)
{
	autofree char *name = xmemdup0(path.data, path.len);
	autofree char *resolved = realpath(name, NULL);

	if (resolved) {
		str_adds(ret, resolved);
		return 1;
	}
	if (errno_is_absence(errno) || errno == ELOOP || errno == ENAMETOOLONG)
		return 0;
	return fail_input(err, errno, name, "cannot examine");
}

int tree_resolve(const char *path, struct str *ret, struct error **err)
{
	autostr struct str whole = STR_INIT;
	autostr struct str text = STR_INIT;
	autofree char *here = NULL;
	struct slice front, rest = {"", 0};
	int found;

	if (*path != '/') {
		here = getcwd(NULL, 0);
		if (!here)
			return fail_errno(err, errno, "cannot determine the working directory");
	}
	path_join(&whole, here ? slice_c(here) : SLICE_LITERAL("/"), slice_c(path));
	front = str_slice(&whole);
	while ((found = add_resolved(front, &text, err)) == 0) {
		struct slice parent = path_parent(front);

		if (parent.len >= front.len)
			break;
		front = parent;
		rest = slice_of(front.data + front.len, whole.len - front.len);
	}
	if (found < 0)
		return -1;
	str_add_slice(&text, rest);
	path_normalize(ret, str_slice(&text));
	return 0;
}

/* `path` without trailing slashes; NULL if its last component is not a name. */
static char *copy_named(const char *path)
{
	struct slice whole = slice_c(path);
	struct slice name = path_name(whole);

	if (name.len == 0 || slice_is(name, ".") || slice_is(name, ".."))
		return NULL;
	return xmemdup0(path, (size_t)(name.data - path) + name.len);
}

/* Remove a directory that is open as `fd`, which is taken over (-1 with errno: it could not be
 * opened). Messages name the directory by `place`. */
static int remove_opened(
    int parent, const char *name, int fd, struct place place, struct error **err)
{
	CLEANUP(descent_release) struct descent descent = {0};
	autostr struct str left = STR_INIT;
	int failed = descent_begin(&descent, fd) < 0 && errno != ENOENT ? -1 : 0, number;

	while (descent.depth > 0 && !failed)
		failed = descent_next(&descent) ? remove_entry(&descent)
						: remove_left(&descent, parent, name);
	if (!failed)
		return 0;
	number = errno;
	path_join(&left, slice_c(place.shown), str_slice(&descent.path));
	place.shown = str_c(&left);
	return place_fail(place, number, "remove", err);
}

static int remove_directory(int parent, const char *name, struct place place, struct error **err)
{
	make_accessible(parent, name);
	return remove_opened(parent, name, open_directory(parent, name), place, err);
}

/* Remove the entry `name` of a directory; `name` is a path if `parent` is AT_FDCWD. */
static int remove_named(int parent, const char *name, struct place place, struct error **err)
{
	int left = remove_name(parent, name);

	if (left < 0)
		return place_fail(place, errno, "remove", err);
	return left ? remove_directory(parent, name, place, err) : 0;
}

/* The end of a stage's name. An old result that is set aside has a "~" after it. */
#define STAGE_TAIL "-XXXXXX"

/* Rename a directory to a stage's name before it is removed, so that the original name never has
 * half of the content, wherever the removal is interrupted. *ret_name is for free(). It is NULL if
 * the directory keeps its name: some overlay file systems cannot rename a lower directory. */
static int set_aside(int parent, const char *name, char **ret_name)
{
	autostr struct str aside = STR_INIT;

	temporary_path(&aside, slice_c(name), STAGE_TAIL);
	if (temporary_random(aside.data) < 0)
		return -1;
	if (renameat(parent, name, parent, str_c(&aside)) == 0)
		*ret_name = str_take(&aside);
	else if (errno != EXDEV)
		return -1;
	return 0;
}

/* The path, for messages, of `name` in the directory of `final`. */
static char *shown_beside(const char *final, const char *name)
{
	struct slice last = path_name(slice_c(final));

	return xasprintf("%.*s%s", (int)(last.data - final), final, name);
}

/* remove_named(), but never leaves a part of a directory under the directory's name. */
static int remove_whole(int parent, const char *name, struct place place, struct error **err)
{
	autofree char *aside = NULL, *shown = NULL;
	int left = remove_name(parent, name);

	if (left > 0 && !temporary_is(path_name(slice_c(name))))
		left = set_aside(parent, name, &aside) < 0 ? (errno == ENOENT ? 0 : -1) : 1;
	if (left < 0)
		return place_fail(place, errno, "remove", err);
	if (!left || !aside)
		return left ? remove_directory(parent, name, place, err) : 0;
	shown = shown_beside(place.shown, path_name(slice_c(aside)).data);
	place.shown = shown;
	return remove_directory(parent, aside, place, err);
}

int tree_remove(struct place place, struct error **err)
{
	autofree char *path = copy_named(place.path);
	autoclose int parent = -1;
	const char *name;

	if (!path)
		return fail_errno(err, EINVAL, "cannot remove '%s'", place.shown);
	if (place.root == AT_FDCWD)
		return remove_whole(AT_FDCWD, path, place_at(path), err);
	parent = place_open_parent(place, &name);
	if (parent >= 0)
		return remove_whole(parent, name, place, err);
	/* A path that leads through a link has nothing to remove. */
	if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
		return 0;
	return place_fail(place, errno, "remove", err);
}

/* Check that `name` still names the open file `fd`. Otherwise returns -1 with errno set, ENOENT if
 * `name` names another file. */
static int check_same(int parent, const char *name, int fd)
{
	struct stat named, open;

	if (fstatat(parent, name, &named, AT_SYMLINK_NOFOLLOW) < 0 || fstat(fd, &open) < 0)
		return -1;
	if (named.st_dev == open.st_dev && named.st_ino == open.st_ino)
		return 0;
	errno = ENOENT;
	return -1;
}

static bool is_missing(int parent, const char *name)
{
	struct stat stat;

	return fstatat(parent, name, &stat, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT;
}

/* Clean up after a killed run: remove its stage, or, if the run had set an old result aside and
 * nothing has taken its place, put that result back. Failures are ignored: the stage may be another
 * user's, and nothing depends on its removal. */
static void clean_leftover(const struct tree_stage *stage, const char *name)
{
	int parent = stage->parent;
	autoclose int fd = open_directory(parent, name);
	struct stat stat;

	if (fstatat(parent, name, &stat, AT_SYMLINK_NOFOLLOW) < 0 || stat.st_uid != geteuid())
		return;
	if (fd < 0 && errno != ENOTDIR && errno != ELOOP)
		return;
	/* Another run holds the lock, or may hold it. */
	if (fd >= 0 && (flock(fd, LOCK_EX | LOCK_NB) < 0 || check_same(parent, name, fd) < 0))
		return;
	if (slice_ends(slice_c(name), SLICE_LITERAL("~")) &&
	    is_missing(parent, stage->final_name) &&
	    renameat(parent, name, parent, stage->final_name) == 0)
		return;
	(void)remove_named(parent, name, place_at(name), NULL);
}

/* Clean up all left-over stages of this result. If the parent cannot be read, stages stay, and the
 * build goes on. */
static void clean_leftovers(const struct tree_stage *stage)
{
	struct slice start = slice_of(stage->name, strlen(stage->name) - TEMPORARY_RANDOM);
	size_t len = start.len + TEMPORARY_RANDOM;
	autoclose int fd = open_directory(stage->parent, ".");
	autostr struct str names = STR_INIT;

	if (fd < 0 || directory_names(fd, &names) < 0)
		return;
	for (size_t i = 0; i < names.len; i += 1 + strlen(names.data + i + 1) + 1) {
		struct slice name = slice_c(names.data + i + 1); /* after its type */

		if (slice_starts(name, start) &&
		    (name.len == len || (name.len == len + 1 && name.data[len] == '~')))
			clean_leftover(stage, name.data);
	}
}

/* Lock a new stage. If another run took the stage for a leftover before, the lock fails with
 * EWOULDBLOCK or ENOENT. */
static int lock_stage(int parent, const char *name)
{
	autoclose int fd = -1;

	/* The mode does not depend on the umask. */
	if (change_mode(parent, name, S_IRWXU) < 0)
		return -1;
	fd = open_directory(parent, name);
	if (fd < 0)
		return -1;
	/* In a file system without locks stages are never taken for leftovers. */
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return -1;
	return check_same(parent, name, fd) < 0 ? -1 : steal_fd(&fd);
}

/* Create a stage; the stage's name is the template for mkdtemp(). */
static int make_stage(struct tree_stage *stage)
{
	for (;;) {
		int number;

		if (temporary_random(stage->name) < 0)
			return -1;
		if (mkdirat(stage->parent, stage->name, S_IRWXU) < 0) {
			if (errno == EEXIST)
				continue;
			return -1;
		}
		stage->fd = lock_stage(stage->parent, stage->name);
		if (stage->fd >= 0)
			return 0;
		number = errno;
		if (number == EWOULDBLOCK || number == ENOENT)
			continue;
		/* The first error is reported; a stage that stays is cleaned up later. */
		(void)unlinkat(stage->parent, stage->name, AT_REMOVEDIR);
		errno = number;
		return -1;
	}
}

/* Open the parent directory of the result, which is made if it is missing, and name the stage. */
static int open_parent(struct tree_stage *stage, struct place place, struct error **err)
{
	autofree char *named = copy_named(place.path);
	struct str name = STR_INIT;
	const char *final;

	if (!named)
		return fail(err, ERROR_USAGE, "cannot create '%s': the path does not end in a name",
		    place.shown);
	place.path = named;
	if (tree_make_parents(place, err) < 0)
		return -1;
	stage->parent = place_open_parent(place, &final);
	if (stage->parent < 0)
		return place_fail(place, errno, "create", err);
	stage->final_name = xstrdup(final);
	temporary_path(&name, slice_c(final), STAGE_TAIL "~");
	str_truncate(&name, name.len - 1); /* one less, so that the "~" fits */
	stage->name = str_take(&name);
	return 0;
}

int tree_stage_open(struct tree_stage *stage, struct place place, struct error **err)
{
	*stage = TREE_STAGE_INIT;
	if (open_parent(stage, place, err) < 0) {
		tree_stage_discard(stage);
		return -1;
	}
	clean_leftovers(stage);
	if (make_stage(stage) < 0) {
		int number = errno;

		free(steal(&stage->name)); /* there is no stage to remove */
		tree_stage_discard(stage);
		return place_fail(place, number, "create a directory beside", err);
	}
	stage->final = xstrdup(place.shown);
	stage->path = shown_beside(place.shown, stage->name);
	stage->is_named = place.root == AT_FDCWD;
	return 0;
}

/* A place beside the result, for messages and for the kind of an error. */
static struct place place_of(const struct tree_stage *stage, const char *shown)
{
	return place_below(stage->is_named ? AT_FDCWD : stage->parent, shown, shown);
}

static int fail_replacing(const struct tree_stage *stage, int number, struct error **err)
{
	return place_fail(place_of(stage, stage->final), number, "replace", err);
}

/* Put the stage in place by two renames. *ret_old is the new name of the old result; NULL if there
 * was no old result. */
static int replace_in_two(const struct tree_stage *stage, char **ret_old)
{
	autofree char *aside = xasprintf("%s~", stage->name);
	int parent = stage->parent, number;
	bool moved = renameat(parent, stage->final_name, parent, aside) == 0;

	if (!moved && errno != ENOENT)
		return -1;
	if (renameat(parent, stage->name, parent, stage->final_name) < 0) {
		number = errno;
		/* If this fails too, the next run puts the old result back. */
		if (moved)
			(void)renameat(parent, aside, parent, stage->final_name);
		errno = number;
		return -1;
	}
	if (moved)
		*ret_old = steal(&aside);
	return 0;
}

/* As replace_in_two(), but by one system call if the file system supports it. */
static int replace(const struct tree_stage *stage, char **ret_old)
{
	const char *name = stage->name, *final = stage->final_name;
	int parent = stage->parent;

	if (renameat2(parent, name, parent, final, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EEXIST && renameat2(parent, name, parent, final, RENAME_EXCHANGE) == 0) {
		*ret_old = xstrdup(name);
		return 0;
	}
	/* ENOENT: another process removed the old result between the two calls. */
	if (errno == EINVAL || errno == ENOSYS || errno == ENOENT)
		return replace_in_two(stage, ret_old);
	return -1;
}

int tree_stage_commit(struct tree_stage *stage, mode_t mode, struct error **err)
{
	autoclose int old_fd = open_directory(stage->parent, stage->final_name);
	autofree char *old = NULL;
	autofree char *shown = NULL;

	/* The lock keeps other runs from removing the old result as a leftover while it is removed
	 * here. Without the lock, another run may remove it instead. */
	if (old_fd >= 0)
		(void)flock(old_fd, LOCK_EX | LOCK_NB);
	if (fchmod(stage->fd, mode) < 0 || replace(stage, &old) < 0)
		return fail_replacing(stage, errno, err);
	free(steal(&stage->name)); /* the stage is now the result */
	if (old) {
		shown = shown_beside(stage->final, old);
		if (remove_named(stage->parent, old, place_of(stage, shown), err) < 0)
			return fail_prefix(
			    err, "'%s' is complete, but its old version remains", stage->final);
	}
	tree_stage_discard(stage);
	return 0;
}

/* If the file system cannot exchange two names, the old result is moved into the stage first. */
static int replace_from(const struct tree_stage *stage, const char *name)
{
	const char *final = stage->final_name;
	int parent = stage->parent, failure;
	autofree char *aside = NULL;

	if (renameat2(stage->fd, name, parent, final, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EEXIST && renameat2(stage->fd, name, parent, final, RENAME_EXCHANGE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS && errno != ENOENT)
		return -1;
	aside = xasprintf("%s~", stage->name + 1);
	if (renameat(parent, final, stage->fd, aside) < 0 && errno != ENOENT)
		return -1;
	if (renameat(stage->fd, name, parent, final) == 0)
		return 0;
	failure = errno;
	(void)renameat(stage->fd, aside, parent, final); /* fails if there was no old result */
	errno = failure;
	return -1;
}

int tree_stage_commit_entry(struct tree_stage *stage, const char *name, struct error **err)
{
	if (is_missing(stage->fd, name))
		return fail_replacing(stage, ENOENT, err);
	if (replace_from(stage, name) < 0)
		return fail_replacing(stage, errno, err);
	tree_stage_discard(stage);
	return 0;
}

void tree_stage_discard(struct tree_stage *stage)
{
	/* A stage that cannot be removed here is removed by the next run. The descriptor is at
	 * hand, so that this works when no other can be had. */
	if (stage->name && stage->fd >= 0 && lseek(stage->fd, 0, SEEK_SET) == 0) {
		make_accessible(stage->parent, stage->name);
		(void)remove_opened(
		    stage->parent, stage->name, steal_fd(&stage->fd), place_at(stage->name), NULL);
	} else if (stage->name) {
		(void)remove_named(stage->parent, stage->name, place_at(stage->name), NULL);
	}
	if (stage->fd >= 0)
		(void)close(steal_fd(&stage->fd)); /* the lock must outlast the removal */
	if (stage->parent >= 0)
		(void)close(steal_fd(&stage->parent)); /* it was never written to */
	free(steal(&stage->name));
	free(steal(&stage->path));
	free(steal(&stage->final_name));
	free(steal(&stage->final));
}
