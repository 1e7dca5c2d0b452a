#include "base/trust.h"

#include <errno.h>
#include <fcntl.h>

#include "base/path.h"
#include "base/tree.h"

#define OTHER_USER "belongs to another user"
#define OPEN_TO_OTHERS "is writable by its group or others"

static bool is_open_to_others(const struct stat *stat)
{
	return !S_ISLNK(stat->st_mode) && stat->st_mode & (S_IWGRP | S_IWOTH);
}

static bool is_trusted_user(uid_t user)
{
	return user == 0 || user == geteuid();
}

const char *trust_program_fault(const struct stat *stat, uid_t owner)
{
	if (!is_trusted_user(stat->st_uid) && stat->st_uid != owner)
		return OTHER_USER;
	return is_open_to_others(stat) ? OPEN_TO_OTHERS : NULL;
}

const char *trust_fault(const struct stat *stat)
{
	return trust_program_fault(stat, geteuid());
}

/* As trust_fault(), but a sticky directory may be writable by others: they cannot rename or remove
 * what belongs to someone else. */
static const char *fault_above(const struct stat *stat, uid_t also)
{
	if (!is_trusted_user(stat->st_uid) && stat->st_uid != also)
		return OTHER_USER;
	return is_open_to_others(stat) && !(stat->st_mode & S_ISVTX) ? OPEN_TO_OTHERS : NULL;
}

static int refuse(const char *path, const char *fault, struct error **err)
{
	return fail(err, ERROR_USAGE, "'%s' %s", path, fault);
}

/* Open a directory, component by component from the root. Refuses a path of which another user
 * could replace a component. */
static int open_way(const char *path, uid_t also, struct stat *ret_last, struct error **err)
{
	const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	autoclose int fd = TEMP_FAILURE_RETRY(open("/", flags));
	autostr struct str way = STR_INIT;
	struct slice rest = slice_c(path), name;

	str_addc(&way, '/');
	while (fd >= 0 && fstat(fd, ret_last) == 0) {
		const char *fault = fault_above(ret_last, also);
		autofree char *copy = NULL;
		int next;

		if (fault)
			return refuse(str_c(&way), fault, err);
		do
			if (!slice_next(&rest, '/', &name))
				return steal_fd(&fd);
		while (!name.len);
		if (way.len > 1)
			str_addc(&way, '/');
		str_add_slice(&way, name);
		copy = xmemdup0(name.data, name.len);
		next = TEMP_FAILURE_RETRY(openat(fd, copy, flags));
		if (next < 0)
			break;
		(void)close(fd); /* the directory was only examined */
		fd = next;
	}
	return fail_errno(err, errno, "cannot examine '%s'", str_c(&way));
}

static enum walk_answer check_entry(
    void *context, const struct walk_entry *entry, struct error **err)
{
	const char *fault = entry->target ? "is a link" : trust_fault(&entry->stat);
	autostr struct str path = STR_INIT;

	if (!fault)
		return WALK_GO;
	path_join(&path, slice_c(context), entry->path);
	(void)refuse(str_c(&path), fault, err); /* always -1 */
	return WALK_STOP;
}

/* A file that cannot be examined counts as untrusted. */
static enum walk_answer stop(
    void *context, struct slice path, struct error *problem, struct error **err)
{
	problem->kind = ERROR_SYSTEM;
	return walk_fail(context, path, problem, err);
}

int trust_open_programs(const char *path, uid_t owner, struct error **err)
{
	struct stat stat;
	autoclose int fd = open_way(path, owner, &stat, err);
	const char *fault;

	if (fd < 0)
		return -1;
	fault = trust_program_fault(&stat, owner);
	return fault ? refuse(path, fault, err) : steal_fd(&fd);
}

int trust_check_tree(const char *path, struct error **err)
{
	const struct walk_visitor visitor = {check_entry, stop, (void *)path};
	struct slice whole = slice_c(path), parent = path_parent(whole);
	autofree char *above = xmemdup0(parent.data, parent.len);
	struct stat stat;
	autoclose int fd = open_way(above, geteuid(), &stat, err);

	if (fd < 0)
		return -1;
	if (is_open_to_others(&stat))
		return refuse(above, OPEN_TO_OTHERS, err);
	if (fstatat(fd, path_name(whole).data, &stat, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, errno, "cannot examine '%s'", path);
	if (!S_ISDIR(stat.st_mode))
		return refuse(
		    path, S_ISLNK(stat.st_mode) ? "is a link" : "is not a directory", err);
	if (trust_fault(&stat))
		return refuse(path, trust_fault(&stat), err);
	/* From here on no other user can change what the path leads to. */
	return tree_walk(place_at(path), &visitor, err);
}

/* Whether a user is the one who called sudo. Someone who may become root is trusted with files of
 * their own. */
static bool is_caller_of_sudo(uid_t user)
{
	const char *text = getenv("SUDO_UID");
	unsigned long number;
	char *end;

	if (geteuid() != 0 || !text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoul(text, &end, 10);
	return !errno && !*end && number == user;
}

static bool is_known(const struct fields *known, const struct stat *directory)
{
	struct stat stat_of;

	for (size_t i = 0; known && i < known->count; i++) {
		if (stat(fields_at(known, i).data, &stat_of) == 0 &&
		    stat_of.st_dev == directory->st_dev && stat_of.st_ino == directory->st_ino)
			return true;
	}
	return false;
}

/* A declaration that was found, and the reason not to trust it. */
struct finding {
	struct str path;
	const char *fault; /* NULL: the declaration is trusted */
	const char *of;	   /* the path at fault: the declaration or its directory */
	uid_t owner;
	bool is_of_one; /* only its owner can have written it */
};

static void finding_release(struct finding *finding)
{
	str_release(&finding->path);
}

static void judge(
    struct finding *finding, const struct stat *stat, const char *of, bool may_be_sticky)
{
	bool is_open = is_open_to_others(stat) && !(may_be_sticky && stat->st_mode & S_ISVTX);
	bool is_ours = is_trusted_user(stat->st_uid) || is_caller_of_sudo(stat->st_uid);

	finding->is_of_one = finding->is_of_one && !is_open && stat->st_uid == finding->owner;
	if (finding->fault || (is_ours && !is_open))
		return;
	finding->fault = is_ours ? OPEN_TO_OTHERS : OTHER_USER;
	finding->of = of;
}

/* Examine the entry `name` of a directory. */
static int look_at(const char *directory, const char *name, const struct fields *known,
    struct finding *ret, struct error **err)
{
	autoclose int fd = TEMP_FAILURE_RETRY(open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC));
	struct stat above, named, found; /* `found` differs from `named` if `name` is a link */

	path_join(&ret->path, slice_c(directory), slice_c(name));
	if (fd < 0 || fstat(fd, &above) < 0 || fstatat(fd, name, &named, AT_SYMLINK_NOFOLLOW) < 0 ||
	    fstatat(fd, name, &found, 0) < 0)
		return fail_errno(err, errno, "cannot examine '%s'", str_c(&ret->path));
	if (is_known(known, &above))
		return 0;
	ret->owner = found.st_uid;
	ret->is_of_one = true;
	judge(ret, &above, directory, true);
	judge(ret, &named, str_c(&ret->path), false);
	judge(ret, &found, str_c(&ret->path), false);
	return 0;
}

int trust_check_above(
    const char *directory, const char *name, const struct fields *known, struct error **err)
{
	CLEANUP(finding_release) struct finding finding = {STR_INIT};

	if (look_at(directory, name, known, &finding, err) < 0)
		return -1;
	if (!finding.fault)
		return 0;
	return fail(err, ERROR_USAGE,
	    "'%s' is not trusted: '%s' %s; give --trust '%s' to use it anyway",
	    str_c(&finding.path), finding.of, finding.fault, directory);
}

int trust_check_leading(const char *directory, const char *name, const char *to,
    const struct fields *known, struct error **err)
{
	CLEANUP(finding_release) struct finding finding = {STR_INIT};
	struct stat other;

	if (path_below(slice_c(to), slice_c(directory), NULL))
		return 0;
	if (look_at(directory, name, known, &finding, err) < 0)
		return -1;
	if (!finding.fault)
		return 0;
	/* The owner of the declaration owns the place that it leads to, so the declaration gives
	 * them no new power. */
	if (finding.is_of_one && stat(to, &other) == 0 && other.st_uid == finding.owner)
		return 0;
	return fail(err, ERROR_USAGE,
	    "'%s' leads to '%s' and is not trusted: '%s' %s; give --trust '%s' to follow it anyway",
	    str_c(&finding.path), to, finding.of, finding.fault, directory);
}
