#include "image/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/content.h"
#include "base/file.h"
#include "base/path.h"
#include "base/tree.h"
#include "image/link.h"

/* A copy of a tree. All entries are listed before anything is written, so that a target inside the
 * origin is not copied into itself. */
struct copy {
	struct plan *plan;
	const char *origin;
	int64_t time;
};

static int check_link(
    const struct copy *copy, const struct walk_entry *entry, const char *origin, struct error **err)
{
	autostr struct str path = STR_INIT;
	struct stat stat;
	enum link_end end = link_resolve(
	    copy->origin, entry->path, slice_c(entry->target), &path, &stat);

	if (end == LINK_UNSEEN)
		return fail_input(err, errno, origin, "cannot examine the target of the link");
	if (end == LINK_OUTSIDE)
		return fail_at(err, origin, 0, 0, NULL, "link leads out of '%s': '%s'",
		    copy->origin, entry->target);
	return 0;
}

static enum walk_answer visit(void *context, const struct walk_entry *entry, struct error **err)
{
	struct copy *copy = context;
	autostr struct str origin = STR_INIT;
	mode_t mode = entry->stat.st_mode;
	struct item *item;

	path_join(&origin, slice_c(copy->origin), entry->path);
	if (S_ISLNK(mode) && check_link(copy, entry, str_c(&origin), err) < 0)
		return WALK_STOP;
	if (!S_ISLNK(mode) && !S_ISREG(mode) && !S_ISDIR(mode)) {
		fail_at(
		    err, str_c(&origin), 0, 0, NULL, "cannot copy: not a file, directory or link");
		return WALK_STOP;
	}
	item = plan_add(copy->plan, S_ISDIR(mode) ? ITEM_DIRECTORY : ITEM_FILE, entry->path);
	item->origin = arena_copy(&copy->plan->arena, str_slice(&origin));
	item->executable = mode & S_IXUSR;
	if (S_ISLNK(mode)) {
		item->kind = ITEM_LINK;
		item->target = arena_strdup(&copy->plan->arena, entry->target);
	}
	return WALK_GO;
}

static int copy_items(const struct copy *copy, int origin, int root, struct error **err)
{
	if (bundle_make_directories(root, copy->plan, NULL, err) < 0)
		return -1;
	for (size_t i = 0; i < copy->plan->count; i++) {
		const struct item *item = copy->plan->items[i];
		const char *path = item->path.data;
		int failed = 0;

		if (item->kind == ITEM_LINK)
			failed = bundle_link(root, path, item->target, copy->time, err);
		else if (item->kind == ITEM_FILE)
			failed = bundle_copy(root, path, place_below(origin, path, item->origin),
			    item->executable, copy->time, err);
		if (failed)
			return -1;
	}
	return bundle_set_times(root, copy->plan, copy->time, NULL, err);
}

static int replicate_tree(
    struct place target, struct place origin, int64_t time, struct error **err)
{
	autoplan struct plan plan = {0};
	struct copy copy = {&plan, origin.shown, time};
	const struct walk_visitor visitor = {visit, walk_fail, &copy};
	autostage struct tree_stage stage = TREE_STAGE_INIT;
	autoclose int fd = place_open(origin, O_PATH | O_DIRECTORY, 0);

	if (fd < 0)
		return fail_input(err, errno, origin.shown, "cannot copy");
	if (tree_walk(place_below(fd, "", origin.shown), &visitor, err) < 0)
		return -1;
	plan_finish(&plan);
	if (tree_stage_open(&stage, target, err) < 0 || copy_items(&copy, fd, stage.fd, err) < 0)
		return -1;
	return tree_stage_commit(&stage, 0755, err);
}

static int replicate_file(
    struct place target, struct place origin, int64_t time, struct error **err)
{
	CLEANUP(file_writer_discard) struct file_writer writer = FILE_WRITER_INIT;
	const struct timespec times[2] = {{.tv_sec = (time_t)time}, {.tv_sec = (time_t)time}};
	struct stat stat;
	autoclose int fd = content_open(origin, &stat, err);

	if (fd < 0 || tree_make_parents(target, err) < 0 ||
	    file_writer_open(&writer, target, stat.st_mode & S_IXUSR ? 0755 : 0644, err) < 0 ||
	    content_copy(fd, &stat, origin.shown, writer.fd, target.shown, NULL, err) < 0)
		return -1;
	if (futimens(writer.fd, times) < 0)
		return fail_errno(err, errno, "cannot set the time of '%s'", target.shown);
	return file_writer_commit(&writer, 0, err);
}

int replicate(struct place target, struct place origin, struct error **err)
{
	struct stat stat_of_origin;
	int64_t time;

	if (bundle_time(&time, err) < 0)
		return -1;
	if (place_look(origin, &stat_of_origin) < 0)
		return fail_input(err, errno, origin.shown, "cannot copy");
	if (S_ISDIR(stat_of_origin.st_mode))
		return replicate_tree(target, origin, time, err);
	return replicate_file(target, origin, time, err);
}
