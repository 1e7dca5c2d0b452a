#include "build/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/path.h"
#include "base/tree.h"
#include "base/walk.h"

static const char text[] = "Images made by kiln build; kiln clean removes them.\n";

/* The name in the build directory of a directory that gets its mark, or loses it. */
#define STAGE "marked"

static int open_directory(int parent, const char *name)
{
	return TEMP_FAILURE_RETRY(
	    openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

int mark_is_in(int directory, const char *path, bool *ret, struct error **err)
{
	autofree char *mark = xasprintf("%s/" MARK_NAME, path);

	if (file_is(directory, mark, slice_c(text), ret, err) == 0)
		return 0;
	/* The error is about the directory, not about the mark. */
	if (err && (*err)->path) {
		free((*err)->path);
		(*err)->path = xstrdup(path);
	}
	return -1;
}

/* 1 if a directory has the mark and nothing else, 0 if not, -1 with errno on an error. */
static int has_only_mark(int directory)
{
	autostr struct str names = STR_INIT;
	autoerror struct error *error = NULL;
	bool is_marked = false;

	if (directory_names(directory, &names) < 0)
		return -1;
	/* One entry: its type, the name, a NUL. */
	if (names.len != 1 + sizeof(MARK_NAME))
		return 0;
	if (file_is(directory, MARK_NAME, slice_c(text), &is_marked, &error) == 0)
		return is_marked;
	errno = error->number;
	return -1;
}

/* Open the build directory, which has the stage. */
static int open_build(int product)
{
	return place_open(
	    place_below(product, BUILD_DIRECTORY, BUILD_DIRECTORY), O_PATH | O_DIRECTORY, 0);
}

static void remove_stage(int build)
{
	/* If something is left, the next call fails and says so. */
	(void)tree_remove(place_below(build, STAGE, STAGE), NULL);
}

/* Remove a directory that holds nothing or only its mark. -1 with errno as of rmdir(2). */
static int remove_marked(int product, const char *path)
{
	const char *name;
	autoclose int parent = place_open_parent(place_below(product, path, path), &name);
	autoclose int directory = -1, build = -1;
	int only;

	if (parent < 0)
		return -1;
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return -1;
	directory = open_directory(parent, name);
	if (directory < 0)
		return -1;
	only = has_only_mark(directory);
	if (only <= 0) {
		if (!only)
			errno = ENOTEMPTY;
		return -1;
	}
	build = open_build(product);
	if (build >= 0) {
		remove_stage(build);
		if (renameat(parent, name, build, STAGE) == 0) {
			remove_stage(build);
			return 0;
		}
	}
	return unlinkat(directory, MARK_NAME, 0) < 0 ? -1 : unlinkat(parent, name, AT_REMOVEDIR);
}

int mark_remove_directory(int product, const char *path, struct error **err)
{
	/* What is not there may have been removed by a build that did not come to what is above. */
	if (remove_marked(product, path) == 0 || errno == ENOENT)
		return 1;
	/* A link, or what is behind one, is not ours. */
	if (errno == ENOTEMPTY || errno == EEXIST || errno == ELOOP || errno == ENOTDIR)
		return 0;
	return place_fail(place_below(product, path, path), errno, "remove", err);
}

static int put_mark(int directory)
{
	autoclose int fd = TEMP_FAILURE_RETRY(openat(
	    directory, MARK_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));

	return fd < 0 || file_write_fd(fd, MARK_NAME, slice_c(text), NULL) < 0 ? -1 : 0;
}

/* Make a directory with its mark in the stage and rename it. -1 with errno; EEXIST if somebody else
 * made the directory meanwhile. */
static int make_marked(int product, int parent, const char *name)
{
	autoclose int build = open_build(product);
	autoclose int stage = -1;
	int number;

	if (build < 0)
		return -1;
	remove_stage(build);
	if (mkdirat(build, STAGE, 0777) < 0)
		return -1;
	stage = open_directory(build, STAGE);
	if (stage < 0 || put_mark(stage) < 0) {
		number = errno;
		remove_stage(build);
		errno = number;
		return -1;
	}
	if (renameat2(build, STAGE, parent, name, RENAME_NOREPLACE) == 0)
		return 0;
	number = errno;
	remove_stage(build);
	errno = number;
	if (errno != EINVAL && errno != ENOSYS && errno != EXDEV)
		return -1;
	/* The file system cannot rename without replacing: make the directory, then the mark. */
	if (mkdirat(parent, name, 0777) < 0)
		return -1;
	cleanup_close(&stage);
	stage = open_directory(parent, name);
	return stage < 0 ? -1 : put_mark(stage);
}

/* Walk the path to an image until a directory is marked or missing, and make a missing one. `seen`
 * has the directories that were examined, with a value for marked ones. */
static int mark_path(
    const struct workspace *workspace, struct slice image, struct map *seen, struct error **err)
{
	struct slice rest = path_parent(image), part;
	autoclose int directory = open_directory(workspace->fd, ".");

	while (directory >= 0 && slice_next(&rest, '/', &part)) {
		struct slice path = slice_of(
		    image.data, (size_t)(part.data + part.len - image.data));
		const struct map_entry *known = map_find(seen, path);
		autofree char *name = xmemdup0(part.data, part.len);
		bool is_marked = known && known->value;
		int next;

		if (is_marked)
			return 0;
		next = open_directory(directory, name);
		if (next < 0 && errno == ENOENT) {
			if (make_marked(workspace->fd, directory, name) < 0 && errno != EEXIST)
				return fail_errno(err, errno, "cannot create '%s/%.*s'",
				    workspace->product->path.data, (int)path.len, path.data);
			*map_at(seen, path) = seen;
			return 0;
		}
		cleanup_close(&directory);
		directory = next;
		if (next >= 0 && !known) {
			if (file_is(next, MARK_NAME, slice_c(text), &is_marked, err) < 0)
				return -1;
			*map_at(seen, path) = is_marked ? seen : NULL;
			if (is_marked)
				return 0;
		}
	}
	/* Other errors are left to the command that makes the image, which reports them. */
	return 0;
}

int mark_directories(
    const struct graph *graph, const struct workspace *workspace, struct error **err)
{
	automap struct map seen = {0};

	/* In the other layout images stand beside sources, in directories whose names are kiln's
	 * own. */
	for (size_t i = 0; graph->layout == LAYOUT_PRODUCT && i < graph->node_count; i++) {
		const struct node *node = graph->nodes[i];

		if (node->workspace == workspace &&
		    mark_path(workspace, node->image, &seen, err) < 0)
			return -1;
	}
	return 0;
}
