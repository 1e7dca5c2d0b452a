#include "base/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/syscall.h>

#include "base/path.h"
#include "base/temporary.h"
#include "base/walk.h"

/* Since Linux 6.6, of the same number everywhere. */
#define SYSTEM_FCHMODAT2 452

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
		number = errno; /* why what exists cannot be seen */
	}
	errno = number;
	return -1;
}

int tree_make(const char *path, struct error **err)
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

int tree_make_parents(const char *path, struct error **err)
{
	struct slice parent = path_parent(slice_c(path));
	autofree char *directory = xmemdup0(parent.data, parent.len);

	return tree_make(directory, err);
}

/* Remove what is no directory. Returns 1 for a directory, -1 with errno set if it failed. */
static int remove_name(int parent, const char *name)
{
	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT || errno == ENOTDIR)
		return 0;
	return errno == EISDIR ? 1 : -1;
}

/* fchmodat(2) that follows no link and needs no /proc, as glibc's does: where the kernel has no call for it, the directory must be one
 * that may be read. */
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

/* Allow the owner of a directory, who may have taken it away, to empty it. */
static void make_accessible(int parent, const char *name)
{
	struct stat stat;

	if (fstatat(parent, name, &stat, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(stat.st_mode) ||
	    (stat.st_mode & S_IRWXU) == S_IRWXU)
		return;
	/* If this fails, so does what needs it, which is reported. */
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

/* Leave the current directory, which is through, and remove it. */
static int remove_left(struct descent *descent, const char *path)
{
	if (descent_leave(descent) < 0)
		return -1;
	if (descent->depth == 0)
		return remove_empty(AT_FDCWD, path);
	return remove_empty(descent_fd(descent), descent_name(descent));
}

/* Append the path of what exists: 1, 0 if it does not or no look can tell more than its text (links that lead in
 * a circle, a path that is too long), -1 if that cannot be told. */
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
	return fail_input(err, errno, name, "cannot look at it");
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
			return fail_errno(err, errno, "cannot tell the working directory");
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

static int remove_directory(const char *path, struct error **err)
{
	CLEANUP(descent_release) struct descent descent = {0};
	int failed = 0;

	make_accessible(AT_FDCWD, path);
	if (descent_begin(&descent, path, O_NOFOLLOW) < 0)
		failed = errno == ENOENT ? 0 : -1;
	while (descent.depth > 0 && !failed)
		failed = descent_next(&descent) ? remove_entry(&descent)
						: remove_left(&descent, path);
	if (failed)
		return fail_errno(err, errno, "cannot remove '%s%s%s'", path,
		    descent.path.len ? "/" : "", str_c(&descent.path));
	return 0;
}

/* `path` without trailing slashes; NULL if what is left does not end in a name. */
static char *copy_named(const char *path)
{
	struct slice whole = slice_c(path);
	struct slice name = path_name(whole);

	if (name.len == 0 || slice_is(name, ".") || slice_is(name, ".."))
		return NULL;
	return xmemdup0(path, (size_t)(name.data - path) + name.len);
}

int tree_remove(const char *path, struct error **err)
{
	autofree char *name = copy_named(path);
	int left;

	if (!name)
		return fail_errno(err, EINVAL, "cannot remove '%s'", path);
	left = remove_name(AT_FDCWD, name);
	if (left < 0)
		return fail_errno(err, errno, "cannot remove '%s'", name);
	return left ? remove_directory(name, err) : 0;
}

/* What ends the name of a stage; that of an old result which is set aside has a "~" more. */
#define STAGE_TAIL "-XXXXXX"
#define STAGE_RANDOM 6

static int open_directory(const char *path, int flags)
{
	return TEMP_FAILURE_RETRY(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags));
}

/* See that `path` still names what is open as `fd`; else -1 with errno, ENOENT if it names something else. */
static int check_same(const char *path, int fd)
{
	struct stat named, open;

	if (lstat(path, &named) < 0 || fstat(fd, &open) < 0)
		return -1;
	if (named.st_dev == open.st_dev && named.st_ino == open.st_ino)
		return 0;
	errno = ENOENT;
	return -1;
}

static bool is_missing(const char *path)
{
	struct stat stat;

	return lstat(path, &stat) < 0 && errno == ENOENT;
}

/* Clean up after a killed run: remove a stage; put the result that it had set aside back if nothing
 * has taken its place. What cannot be removed may be another user's: nothing depends on it. */
static void clean_leftover(const char *path, const char *final)
{
	autoclose int fd = open_directory(path, O_NOFOLLOW);
	struct stat stat;

	if (lstat(path, &stat) < 0 || stat.st_uid != geteuid())
		return;
	if (fd < 0 && errno != ENOTDIR && errno != ELOOP)
		return;
	/* Somebody's, or one that cannot be known to be nobody's. */
	if (fd >= 0 && (flock(fd, LOCK_EX | LOCK_NB) < 0 || check_same(path, fd) < 0))
		return;
	if (slice_ends(slice_c(path), SLICE_LITERAL("~")) && is_missing(final) &&
	    rename(path, final) == 0)
		return;
	(void)tree_remove(path, NULL);
}

/* Clean up what is named like stages of this result. A parent that may not be read is no obstacle
 * to building in it. */
static void clean_leftovers(const struct tree_stage *stage)
{
	struct slice template = slice_c(stage->path);
	struct slice parent = path_parent(template);
	struct slice start = path_name(slice_of(template.data, template.len - STAGE_RANDOM));
	autofree char *directory = xmemdup0(parent.data, parent.len);
	autoclose int fd = open_directory(directory, 0);
	autostr struct str names = STR_INIT;
	autostr struct str path = STR_INIT;

	if (fd < 0 || directory_names(fd, &names) < 0)
		return;
	for (size_t i = 0; i < names.len; i += 1 + strlen(names.data + i + 1) + 1) {
		struct slice name = slice_c(names.data + i + 1); /* behind its type */
		size_t len = start.len + STAGE_RANDOM;

		if (!slice_starts(name, start) ||
		    !(name.len == len || (name.len == len + 1 && name.data[len] == '~')))
			continue;
		str_truncate(&path, 0);
		str_add(&path, template.data, (size_t)(start.data - template.data));
		str_add_slice(&path, name);
		clean_leftover(str_c(&path), stage->final);
	}
}

/* Lock a new stage. Another run may have taken it for a leftover before: then it fails with
 * EWOULDBLOCK or ENOENT. */
static int lock_stage(const char *path)
{
	autoclose int fd = -1;

	/* Whatever the umask. */
	if (change_mode(AT_FDCWD, path, S_IRWXU) < 0)
		return -1;
	fd = open_directory(path, O_NOFOLLOW);
	if (fd < 0)
		return -1;
	/* Without locks in this file system stages are never taken for leftovers. */
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return -1;
	return check_same(path, fd) < 0 ? -1 : steal_fd(&fd);
}

/* Make the directory that the stage's path is the template of. */
static int make_stage(struct tree_stage *stage)
{
	char *random = stage->path + strlen(stage->path) - STAGE_RANDOM;

	for (;;) {
		int number;

		memset(random, 'X', STAGE_RANDOM);
		if (!mkdtemp(stage->path))
			return -1;
		stage->fd = lock_stage(stage->path);
		if (stage->fd >= 0)
			return 0;
		number = errno;
		if (number == EWOULDBLOCK || number == ENOENT)
			continue;
		(void)rmdir(stage->path); /* the reason matters, not what is left */
		errno = number;
		return -1;
	}
}

int tree_stage_open(struct tree_stage *stage, const char *final, struct error **err)
{
	autofree char *named = copy_named(final);
	struct str path = STR_INIT;

	if (!named)
		return fail(err, ERROR_USAGE, "'%s' has no name that a directory could get", final);
	if (tree_make_parents(named, err) < 0)
		return -1;
	temporary_path(&path, slice_c(named), STAGE_TAIL "~");
	str_truncate(&path, path.len - 1); /* so that there is room for the "~" */
	*stage = (struct tree_stage){-1, str_take(&path), steal(&named)};
	clean_leftovers(stage);
	if (make_stage(stage) < 0) {
		int number = errno;

		free(steal(&stage->path)); /* nothing to be removed */
		tree_stage_discard(stage);
		return fail_errno(err, number, "cannot create a directory beside '%s'", final);
	}
	return 0;
}

/* Put the stage in place by two renames. *ret_old is where the old result is then, NULL if there
 * was none. */
static int replace_in_two(const struct tree_stage *stage, char **ret_old)
{
	autofree char *aside = xasprintf("%s~", stage->path);
	bool moved = rename(stage->final, aside) == 0;
	int number;

	if (!moved && errno != ENOENT)
		return -1;
	if (rename(stage->path, stage->final) < 0) {
		number = errno;
		/* If this fails too, the next stage puts it back. */
		if (moved)
			(void)rename(aside, stage->final);
		errno = number;
		return -1;
	}
	if (moved)
		*ret_old = steal(&aside);
	return 0;
}

/* The same, by one system call where the file system can. */
static int replace(const struct tree_stage *stage, char **ret_old)
{
	if (renameat2(AT_FDCWD, stage->path, AT_FDCWD, stage->final, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EEXIST &&
	    renameat2(AT_FDCWD, stage->path, AT_FDCWD, stage->final, RENAME_EXCHANGE) == 0) {
		*ret_old = xstrdup(stage->path);
		return 0;
	}
	/* ENOENT: what existed was removed between the two. */
	if (errno == EINVAL || errno == ENOSYS || errno == ENOENT)
		return replace_in_two(stage, ret_old);
	return -1;
}

int tree_stage_commit(struct tree_stage *stage, mode_t mode, struct error **err)
{
	autoclose int old_fd = open_directory(stage->final, O_NOFOLLOW);
	autofree char *old = NULL;

	/* A lock keeps others from taking the old one for a leftover while it is removed here. One
	 * that cannot be had changes nothing but who removes it. */
	if (old_fd >= 0)
		(void)flock(old_fd, LOCK_EX | LOCK_NB);
	if (fchmod(stage->fd, mode) < 0 || replace(stage, &old) < 0)
		return fail_errno(err, errno, "cannot replace '%s'", stage->final);
	free(steal(&stage->path)); /* there is no stage any longer */
	if (old && tree_remove(old, err) < 0)
		return fail_prefix(err, "'%s' is complete, but the old one is left", stage->final);
	tree_stage_discard(stage);
	return 0;
}

/* Where the file system cannot exchange two names, the old one is moved into the stage first. */
static int replace_from(const char *entry, const struct tree_stage *stage)
{
	autofree char *aside = NULL;
	int failure;

	if (renameat2(AT_FDCWD, entry, AT_FDCWD, stage->final, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EEXIST &&
	    renameat2(AT_FDCWD, entry, AT_FDCWD, stage->final, RENAME_EXCHANGE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS && errno != ENOENT)
		return -1;
	aside = xasprintf("%s~", entry);
	if (rename(stage->final, aside) < 0 && errno != ENOENT)
		return -1;
	if (rename(entry, stage->final) == 0)
		return 0;
	failure = errno;
	(void)rename(aside, stage->final); /* if there was one */
	errno = failure;
	return -1;
}

int tree_stage_commit_entry(struct tree_stage *stage, const char *name, struct error **err)
{
	autofree char *entry = xasprintf("%s/%s", stage->path, name);

	if (is_missing(entry))
		return fail_errno(err, ENOENT, "cannot replace '%s'", stage->final);
	if (replace_from(entry, stage) < 0)
		return fail_errno(err, errno, "cannot replace '%s'", stage->final);
	tree_stage_discard(stage);
	return 0;
}

void tree_stage_discard(struct tree_stage *stage)
{
	if (stage->path)
		(void)tree_remove(stage->path, NULL); /* else the next stage removes it */
	if (stage->fd >= 0)
		(void)close(steal_fd(&stage->fd)); /* the lock ends after the removal */
	free(steal(&stage->path));
	free(steal(&stage->final));
}
