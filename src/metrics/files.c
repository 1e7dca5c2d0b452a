#include "metrics/files.h"

#include <stdlib.h>

#include "base/path.h"
#include "base/tree.h"
#include "image/directory.h"

/* The most bytes of a name, with room for what is appended. */
#define NAME_ROOM 200

static bool fits(struct slice path)
{
	struct slice name;

	if (!path_is_confined(path) || path_depth(path) > PATH_DEPTH_LIMIT)
		return false;
	while (slice_next(&path, '/', &name)) {
		if (name.len > NAME_ROOM)
			return false;
	}
	return true;
}

/* Append a single name for a path. */
static void add_flat(struct slice path, struct str *ret)
{
	autostr struct str name = STR_INIT;

	str_add_slice(&name, path);
	for (size_t i = 0; i < name.len; i++) {
		if (name.data[i] == '/')
			name.data[i] = '.';
	}
	if (name.len && name.data[0] == '.')
		name.data[0] = '_';
	path_add_short(ret, name.len ? str_slice(&name) : SLICE_LITERAL("_"), NAME_ROOM);
}

struct slice report_files_name(
    struct report_files *files, struct slice name, const char *tail, bool flat)
{
	autostr struct str path = STR_INIT;
	size_t len;
	char *copy;

	while (name.len && name.data[0] == '/')
		name = slice_from(name, 1);
	if (!flat && fits(name))
		str_add_slice(&path, name);
	else
		add_flat(name, &path);
	len = path.len;
	str_adds(&path, tail);
	for (size_t number = 2; map_find(&files->taken, str_slice(&path)); number++) {
		str_truncate(&path, len);
		str_addf(&path, "~%zu%s", number, tail);
	}
	copy = arena_copy(&files->arena, str_slice(&path));
	*map_at(&files->taken, slice_of(copy, path.len)) = copy;
	return slice_of(copy, path.len);
}

void report_files_add(struct report_files *files, struct slice path, struct str *text)
{
	if (files->count == files->capacity) {
		files->capacity = files->capacity ? 2 * files->capacity : 64;
		files->items = xreallocarray(files->items, files->capacity, sizeof(*files->items));
	}
	files->items[files->count++] = (struct report_file){
	    .path = arena_slice(&files->arena, path), .len = text->len};
	files->items[files->count - 1].text = str_take(text);
}

static int check(const char *output, struct error **err)
{
	bool may_replace;

	if (bundle_may_replace(output, &may_replace, err) < 0)
		return -1;
	if (!may_replace)
		return fail(err, ERROR_USAGE,
		    "'%s' exists and was not made by kiln: remove it or write elsewhere", output);
	return 0;
}

static int write_all(
    const struct report_files *files, int root, const struct plan *plan, struct error **err)
{
	int64_t time;

	if (bundle_time(&time, err) < 0 || bundle_make_directories(root, plan, NULL, err) < 0)
		return -1;
	for (size_t i = 0; i < files->count; i++) {
		const struct report_file *file = &files->items[i];

		if (bundle_put(root, file->path.data, slice_of(file->text, file->len), false, time,
			err) < 0)
			return -1;
	}
	return bundle_finish(root, plan, time, NULL, err);
}

int report_files_write(const struct report_files *files, const char *output, struct error **err)
{
	autostage struct tree_stage stage = TREE_STAGE_INIT;
	autoplan struct plan plan = {.count = 0};

	if (check(output, err) < 0)
		return -1;
	for (size_t i = 0; i < files->count; i++) {
		struct slice parent = path_parent(files->items[i].path);

		if (!slice_is(parent, "."))
			(void)plan_add(&plan, ITEM_DIRECTORY, parent); /* with its parents */
	}
	plan_finish(&plan);
	if (tree_stage_open(&stage, place_at(output), err) < 0)
		return -1;
	if (write_all(files, stage.fd, &plan, err) < 0)
		return bundle_fail(output, err);
	return tree_stage_commit(&stage, 0755, err);
}

void report_files_release(struct report_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->items[i].text);
	free(files->items);
	map_release(&files->taken);
	arena_release(&files->arena);
}
