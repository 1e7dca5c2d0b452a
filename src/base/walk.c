#include "base/walk.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "base/path.h"
#include "base/tree.h"

/* How many directories are open at most, counted from the deepest one; fewer if descriptors run
 * out. At least two: then ".." is opened only in directories whose entries were entered, which can
 * therefore be searched. */
#define OPEN_LEVELS 8

int directory_names(int fd, struct str *ret)
{
	_Alignas(struct dirent64) char buffer[32768];
	ssize_t len;

	while ((len = getdents64(fd, buffer, sizeof(buffer))) > 0) {
		for (ssize_t i = 0; i < len;) {
			const struct dirent64 *entry = (const struct dirent64 *)(buffer + i);

			if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
				str_addc(ret, (char)entry->d_type);
				str_add(ret, entry->d_name, strlen(entry->d_name) + 1);
			}
			i += entry->d_reclen;
		}
	}
	return len < 0 ? -1 : 0;
}

static int compare_names(const void *a, const void *b, void *context)
{
	const struct descent *descent = context;

	return (descent->compare ? descent->compare : strcmp)(
	    *(const char *const *)a, *(const char *const *)b);
}

static void sort_names(struct descent *descent, struct descent_level *level)
{
	const char *name = level->names.data; /* NULL: the directory is empty */

	for (size_t at = 0; at < level->names.len; at += 1 + strlen(name + at + 1) + 1)
		level->count++;
	level->order = xreallocarray(NULL, level->count, sizeof(*level->order));
	for (size_t i = 0; i < level->count; i++) {
		level->order[i] = ++name; /* the name follows the type */
		name += strlen(name) + 1;
	}
	if (level->count)
		qsort_r(level->order, level->count, sizeof(*level->order), compare_names, descent);
}

static void level_release(struct descent_level *level)
{
	if (level->fd >= 0)
		(void)close(level->fd); /* the directory was only read */
	str_release(&level->names);
	free(level->order);
}

static struct descent_level *top(const struct descent *descent)
{
	assert(descent->depth > 0);
	return &descent->levels[descent->depth - 1];
}

/* Close the open directory farthest from the current one. Returns false if only the current one is
 * open. */
static bool close_farthest(struct descent *descent)
{
	size_t near = descent->depth > OPEN_LEVELS ? descent->depth - OPEN_LEVELS : 0;

	for (; near + 1 < descent->depth; near++) {
		if (descent->levels[near].fd < 0)
			continue;
		(void)close(steal_fd(&descent->levels[near].fd)); /* the directory was only read */
		return true;
	}
	return false;
}

/* Enter the directory open as `fd`. Takes over the descriptor. */
static int enter_fd(struct descent *descent, int fd)
{
	struct descent_level level = {.fd = fd, .path_len = descent->path.len};
	struct stat stat;

	if (fstat(fd, &stat) < 0 || directory_names(fd, &level.names) < 0) {
		int number = errno;

		level_release(&level);
		errno = number;
		return -1;
	}
	level.device = stat.st_dev;
	level.inode = stat.st_ino;
	sort_names(descent, &level);
	if (descent->depth >= OPEN_LEVELS) {
		struct descent_level *far = &descent->levels[descent->depth - OPEN_LEVELS];

		if (far->fd >= 0)
			(void)close(steal_fd(&far->fd)); /* the directory was only read */
	}
	if (descent->depth == descent->capacity) {
		descent->capacity = descent->capacity ? descent->capacity * 2 : OPEN_LEVELS;
		descent->levels = xreallocarray(
		    descent->levels, descent->capacity, sizeof(*descent->levels));
	}
	descent->levels[descent->depth++] = level;
	return 0;
}

int descent_begin(struct descent *descent, int fd)
{
	return fd < 0 ? -1 : enter_fd(descent, fd);
}

const char *descent_next(struct descent *descent)
{
	struct descent_level *level = top(descent);

	str_truncate(&descent->path, level->path_len);
	if (level->next == level->count)
		return NULL;
	if (level->path_len)
		str_addc(&descent->path, '/');
	str_adds(&descent->path, level->order[level->next++]);
	return descent_name(descent);
}

int descent_fd(const struct descent *descent)
{
	return top(descent)->fd;
}

const char *descent_name(const struct descent *descent)
{
	const struct descent_level *level = top(descent);

	assert(level->next > 0);
	return level->order[level->next - 1];
}

unsigned char descent_type(const struct descent *descent)
{
	return (unsigned char)descent_name(descent)[-1];
}

int descent_enter(struct descent *descent)
{
	int fd;

	do
		fd = TEMP_FAILURE_RETRY(
		    openat(descent_fd(descent), descent_name(descent), DESCENT_FLAGS | O_NOFOLLOW));
	while (fd < 0 && (errno == EMFILE || errno == ENFILE) && close_farthest(descent));
	return fd < 0 ? -1 : enter_fd(descent, fd);
}

/* Open the level above `below` again. */
static int reopen_above(const struct descent_level *below, struct descent_level *level)
{
	autoclose int fd = TEMP_FAILURE_RETRY(openat(below->fd, "..", DESCENT_FLAGS));
	struct stat stat;

	if (fd < 0 || fstat(fd, &stat) < 0)
		return -1;
	if (stat.st_dev != level->device || stat.st_ino != level->inode) {
		errno = ESTALE;
		return -1;
	}
	level->fd = steal_fd(&fd);
	return 0;
}

int descent_leave(struct descent *descent)
{
	struct descent_level *left = top(descent);

	if (descent->depth > 1 && left[-1].fd < 0 && reopen_above(left, left - 1) < 0)
		return -1;
	str_truncate(&descent->path, left->path_len);
	level_release(left);
	descent->depth--;
	return 0;
}

void descent_release(struct descent *descent)
{
	for (size_t i = 0; i < descent->depth; i++)
		level_release(&descent->levels[i]);
	free(descent->levels);
	str_release(&descent->path);
	*descent = (struct descent){0};
}

struct walk {
	struct descent descent;
	const char *root;
	const struct walk_visitor *visitor;
};

static void walk_release(struct walk *walk)
{
	descent_release(&walk->descent);
}

/* Report that the current entry cannot be read. */
static enum walk_answer report(
    struct walk *walk, int number, const char *message, struct error **err)
{
	struct slice path = str_slice(&walk->descent.path);
	autostr struct str place = STR_INIT;
	struct error *problem = NULL;

	path_join(&place, slice_c(walk->root), path);
	fail_input(&problem, number, str_c(&place), "%s", message);
	return walk->visitor->trouble(walk->visitor->context, path, problem, err);
}

/* Let the visitor see the current entry; *ret_enter tells whether to go on below it. */
static enum walk_answer visit(struct walk *walk, bool *ret_enter, struct error **err)
{
	int fd = descent_fd(&walk->descent);
	const char *name = descent_name(&walk->descent);
	struct walk_entry entry = {.depth = walk->descent.depth - 1, .directory = fd};
	char target[PATH_MAX];
	enum walk_answer answer;

	*ret_enter = false;
	/* An entry that was removed after the directory was read counts as never seen. */
	if (fstatat(fd, name, &entry.stat, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? WALK_GO : report(walk, errno, "cannot read", err);
	if (S_ISLNK(entry.stat.st_mode)) {
		ssize_t len = readlinkat(fd, name, target, sizeof(target) - 1);

		if (len < 0)
			return errno == ENOENT ? WALK_GO
					       : report(walk, errno, "cannot read the link", err);
		target[len] = '\0';
		entry.target = target;
	}
	entry.path = str_slice(&walk->descent.path);
	entry.name = path_name(entry.path);
	answer = walk->visitor->visit(walk->visitor->context, &entry, err);
	*ret_enter = answer == WALK_GO && S_ISDIR(entry.stat.st_mode);
	return answer;
}

static enum walk_answer enter(struct walk *walk, struct error **err)
{
	if (descent_enter(&walk->descent) == 0 || errno == ENOENT)
		return WALK_GO;
	return report(walk, errno, "cannot read the directory", err);
}

enum walk_answer walk_fail(
    void *context, struct slice path, struct error *problem, struct error **err)
{
	(void)context;
	(void)path;		       /* the problem names the path */
	(void)fail_with(err, problem); /* always -1 */
	return WALK_STOP;
}

enum walk_answer walk_pass_over(
    void *context, struct slice path, struct error *problem, struct error **err)
{
	(void)context;
	(void)path; /* the problem names the path */
	if (!error_is_local(problem)) {
		(void)fail_with(err, problem); /* always -1 */
		return WALK_STOP;
	}
	error_free(problem);
	return WALK_GO;
}

int tree_walk(struct place root, const struct walk_visitor *visitor, struct error **err)
{
	CLEANUP(walk_release) struct walk walk = {.root = root.shown, .visitor = visitor};

	if (descent_begin(&walk.descent, place_open(root, DESCENT_FLAGS, 0)) < 0)
		return fail_errno(err, errno, "cannot read directory '%s'", root.shown);
	while (walk.descent.depth > 0) {
		bool go_below;

		if (!descent_next(&walk.descent)) {
			if (descent_leave(&walk.descent) < 0)
				return fail_errno(err, errno, "cannot return from '%s/%s'",
				    root.shown, str_c(&walk.descent.path));
			continue;
		}
		if (visit(&walk, &go_below, err) == WALK_STOP)
			return -1;
		if (go_below && enter(&walk, err) == WALK_STOP)
			return -1;
	}
	return 0;
}
