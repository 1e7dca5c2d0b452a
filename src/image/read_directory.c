#include <errno.h>
#include <limits.h>

#include "base/content.h"
#include "base/marker.h"
#include "base/tree.h"
#include "image/directory.h"
#include "image/reading.h"

/* Read a file of the tree. What cannot be read is a fault, unless the system is to blame. */
static int read_content(
    struct reading *reading, struct image_entry *entry, int fd, struct error **err)
{
	ssize_t count;

	do {
		count = content_read(fd, reading->block, READING_BLOCK);
		if (count < 0)
			return fail_input(err, errno, entry->path.data, "cannot read");
		if (reading_count(reading, (uint64_t)count, err) < 0 ||
		    reading_data(reading, entry, slice_of(reading->block, (size_t)count), err) < 0)
			return -1;
	} while (count > 0);
	return reading_end(reading, entry, err);
}

static int enter_file(struct reading *reading, const struct walk_entry *found, struct error **err)
{
	autofree char *name = xmemdup0(found->name.data, found->name.len);
	autoerror struct error *problem = NULL;
	struct image_entry *entry;
	struct stat stat;
	autoclose int fd = content_open(place_below(found->directory, name, name), &stat, &problem);
	int result;

	if (fd < 0 && problem->kind != ERROR_INPUT)
		return fail_with(err, steal(&problem));
	if (fd < 0) {
		reading_fault(reading, found->path, "%s", problem->message);
		return 0;
	}
	if (reading_enter(reading, IMAGE_FILE, found->path, stat.st_mode & 07777, &entry, err) < 0)
		return -1;
	if (!entry)
		return 0;
	entry->size = (uint64_t)stat.st_size;
	entry->time = stat.st_mtim.tv_sec;
	result = reading_begin(reading, entry, err);
	return result > 0 ? read_content(reading, entry, fd, err) : result;
}

static int enter(struct reading *reading, const struct walk_entry *found, struct error **err)
{
	struct image_entry *entry;
	unsigned mode = found->stat.st_mode & 07777;
	bool is_marker = false;

	if (S_ISREG(found->stat.st_mode)) {
		if (found->depth == 0 &&
		    marker_is(found->directory, found->path.data, &is_marker, err) < 0)
			return -1;
		return is_marker ? 0 : enter_file(reading, found, err);
	}
	if (S_ISDIR(found->stat.st_mode))
		return reading_enter(reading, IMAGE_DIRECTORY, found->path, mode, &entry, err);
	if (!S_ISLNK(found->stat.st_mode)) {
		reading_fault(reading, found->path, "is neither a file nor a directory nor a link");
		return 0;
	}
	if (reading_enter(reading, IMAGE_LINK, found->path, 0777, &entry, err) < 0)
		return -1;
	if (entry)
		entry->target = arena_strdup(&reading->contents->arena, found->target);
	return 0;
}

static enum walk_answer visit(void *context, const struct walk_entry *found, struct error **err)
{
	return enter(context, found, err) < 0 ? WALK_STOP : WALK_GO;
}

static enum walk_answer trouble(
    void *context, struct slice path, struct error *problem, struct error **err)
{
	autoerror struct error *taken = problem;

	if (taken->kind != ERROR_INPUT) {
		(void)fail_with(err, steal(&taken)); /* always -1 */
		return WALK_STOP;
	}
	reading_fault(context, path, "%s", taken->message);
	return WALK_GO;
}

int reading_directory(struct reading *reading, const char *path, struct error **err)
{
	const struct walk_visitor visitor = {visit, trouble, reading};

	return tree_walk(place_at(path), &visitor, err);
}
