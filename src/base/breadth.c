#include "base/breadth.h"

#include <errno.h>
#include <fcntl.h>

#include "base/array.h"
#include "base/path.h"
#include "base/walk.h"

#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_names(struct breadth *breadth)
{
	const char *name = breadth->names.data; /* NULL: the directory has no subdirectories */

	breadth->count = 0;
	for (size_t at = 0; at < breadth->names.len; at += 1 + strlen(name + at + 1) + 1) {
		if (breadth->count == breadth->capacity) {
			breadth->capacity = breadth->capacity ? 2 * breadth->capacity : 64;
			breadth->order = xreallocarray(
			    breadth->order, breadth->capacity, sizeof(*breadth->order));
		}
		breadth->order[breadth->count++] = name + at + 1; /* after its type */
	}
	array_sort(breadth->order, breadth->count, sizeof(*breadth->order), compare_names);
}

static void close_current(struct breadth *breadth)
{
	if (breadth->fd >= 0)
		(void)close(steal_fd(&breadth->fd)); /* the directory was only read */
	breadth->count = 0;
}

static void append(struct breadth *breadth, struct breadth_directory *directory)
{
	*breadth->last = directory;
	breadth->last = &directory->next;
}

int breadth_begin(struct breadth *breadth, const char *path, struct error **err)
{
	struct breadth_directory *first;

	breadth->root = path;
	breadth->fd = -1;
	breadth->root_fd = TEMP_FAILURE_RETRY(open(path, OPEN_DIRECTORY));
	if (breadth->root_fd < 0)
		return fail_errno(err, errno, "cannot read directory '%s'", path);
	first = arena_zalloc(&breadth->arena, 1, sizeof(*first));
	first->path = slice_of("", 0);
	breadth->last = &breadth->waiting;
	append(breadth, first);
	return 0;
}

/* The path of a directory for a message. */
static const char *place_of(
    const struct breadth *breadth, const struct breadth_directory *directory, struct str *ret)
{
	path_join(ret, slice_c(breadth->root), directory->path);
	return str_c(ret);
}

/* Only a link can lead back to a directory above. */
static int check_cycle(const struct breadth *breadth, const struct breadth_directory *directory,
    const char *place, struct error **err)
{
	const struct breadth_directory *above = directory->by_link ? directory->above : NULL;
	autostr struct str other = STR_INIT;

	while (above && (above->inode != directory->inode || above->device != directory->device))
		above = above->above;
	if (!above)
		return 0;
	return fail_at(err, place, 0, 0, NULL,
	    "link cycle: this is the same directory as '%s' above it",
	    place_of(breadth, above, &other));
}

static int open_current(struct breadth *breadth, struct error **err)
{
	struct breadth_directory *directory = breadth->directory;
	const char *path = directory->path.len ? directory->path.data : ".";
	autostr struct str place = STR_INIT;
	struct stat stat;

	(void)place_of(breadth, directory, &place);
	breadth->fd = TEMP_FAILURE_RETRY(openat(breadth->root_fd, path, OPEN_DIRECTORY));
	str_truncate(&breadth->names, 0);
	/* An entry that was removed after it was listed counts as never seen. */
	if (breadth->fd < 0 && errno == ENOENT && directory->above)
		return 0;
	if (breadth->fd < 0 || fstat(breadth->fd, &stat) < 0 ||
	    directory_names(breadth->fd, &breadth->names) < 0)
		return fail_input(err, errno, str_c(&place), "cannot read the directory");
	directory->device = stat.st_dev;
	directory->inode = stat.st_ino;
	sort_names(breadth);
	if (check_cycle(breadth, directory, str_c(&place), err) < 0)
		return -1;
	breadth->linked_count += directory->by_link ? breadth->count : 0;
	if (breadth->linked_count > BREADTH_LINK_LIMIT)
		return fail_at(err, str_c(&place), 0, 0, NULL,
		    "more than %d directory entries are reached through links", BREADTH_LINK_LIMIT);
	return 0;
}

int breadth_next(struct breadth *breadth, struct error **err)
{
	close_current(breadth);
	if (!breadth->waiting)
		return 0;
	breadth->directory = breadth->waiting;
	breadth->waiting = breadth->directory->next;
	if (!breadth->waiting)
		breadth->last = &breadth->waiting;
	if (open_current(breadth, err) < 0) {
		close_current(breadth);
		/* Links lead to too many directories; the links that are left would lead to more.
		 */
		if (breadth->linked_count > BREADTH_LINK_LIMIT) {
			breadth->waiting = NULL;
			breadth->last = &breadth->waiting;
			breadth->is_cut = true;
		}
		return -1;
	}
	return 1;
}

static enum breadth_kind kind_of(mode_t mode)
{
	if (S_ISREG(mode))
		return BREADTH_FILE;
	return S_ISDIR(mode) ? BREADTH_DIRECTORY : BREADTH_OTHER;
}

enum breadth_kind breadth_stat(const struct breadth *breadth, size_t index, struct stat *ret)
{
	if (fstatat(breadth->fd, breadth->order[index], ret, 0) < 0)
		return errno_is_absence(errno) ? BREADTH_GONE : BREADTH_UNSEEN;
	return kind_of(ret->st_mode);
}

static unsigned char type_of(const struct breadth *breadth, size_t index)
{
	return (unsigned char)breadth->order[index][-1];
}

enum breadth_kind breadth_kind(const struct breadth *breadth, size_t index)
{
	struct stat stat;

	switch (type_of(breadth, index)) {
	case DT_REG:
		return BREADTH_FILE;
	case DT_DIR:
		return BREADTH_DIRECTORY;
	case DT_LNK:
	case DT_UNKNOWN:
		return breadth_stat(breadth, index, &stat);
	default:
		return BREADTH_OTHER;
	}
}

void breadth_path(const struct breadth *breadth, size_t index, struct str *ret)
{
	path_join(ret, breadth->directory->path, slice_c(breadth->order[index]));
}

int breadth_fail(const struct breadth *breadth, size_t index, int number, struct error **err)
{
	autostr struct str path = STR_INIT;
	autostr struct str place = STR_INIT;

	breadth_path(breadth, index, &path);
	path_join(&place, slice_c(breadth->root), str_slice(&path));
	return fail_input(err, number, str_c(&place), "cannot examine");
}

void breadth_enter(struct breadth *breadth, size_t index, void *mark)
{
	struct breadth_directory *directory = arena_zalloc(&breadth->arena, 1, sizeof(*directory));
	autostr struct str path = STR_INIT;

	breadth_path(breadth, index, &path);
	directory->above = breadth->directory;
	directory->path = arena_slice(&breadth->arena, str_slice(&path));
	directory->mark = mark;
	directory->by_link = breadth->directory->by_link || type_of(breadth, index) != DT_DIR;
	append(breadth, directory);
}

void breadth_release(struct breadth *breadth)
{
	if (breadth->root) {
		close_current(breadth);
		if (breadth->root_fd >= 0)
			(void)close(breadth->root_fd);
	}
	str_release(&breadth->names);
	free(breadth->order);
	arena_release(&breadth->arena);
	*breadth = (struct breadth){0};
}
