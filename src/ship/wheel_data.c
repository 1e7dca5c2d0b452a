#include "ship/wheel_data.h"

#include "base/file.h"
#include "base/path.h"
#include "distribution/name.h"
#include "ship/entries.h"
#include "ship/records.h"

struct placing {
	struct plan *plan;
	struct slice info, name;
	const struct plan_listener *listener;
	struct arena arena;
	struct map recorded; /* paths that RECORD has */
	struct map moved;    /* paths that are to be removed */
	struct entry_points entries;
};

static void placing_release(struct placing *placing)
{
	map_release(&placing->recorded);
	map_release(&placing->moved);
	arena_release(&placing->arena);
}

/* Note that a row's file is the distribution's. */
static int see_row(struct placing *placing, const struct record_row *row, struct error **err)
{
	struct slice path = row->path;
	const struct item *item;
	int is_found = 1;

	if (records_script_path(row->path, &path)) {
		item = map_get(&placing->plan->by_path, path);
		is_found = item && item->kind != ITEM_DIRECTORY
			       ? records_is_file(row, item->origin, err)
			       : 0;
	}
	if (is_found > 0)
		*map_at(&placing->recorded, path) = placing;
	return is_found < 0 ? -1 : 0;
}

static int read_record(struct placing *placing, struct error **err)
{
	autofree char *path = xasprintf("%.*s/RECORD", (int)placing->info.len, placing->info.data);
	const struct item *item = map_get(&placing->plan->by_path, slice_c(path));
	autostr struct str text = STR_INIT;
	struct record record;

	if (!item || !item->origin)
		return 0;
	if (file_read(item->origin, RECORD_LIMIT, &text, NULL, err) < 0 ||
	    record_parse(arena_slice(&placing->arena, str_slice(&text)), item_shown(item),
		&placing->arena, &record, err) < 0)
		return -1;
	for (size_t i = 0; i < record.count; i++)
		if (see_row(placing, &record.rows[i], err) < 0)
			return -1;
	return 0;
}

/* Whether RECORD or the item itself says that it is of the distribution. */
static bool is_of_distribution(const struct placing *placing, const struct item *item)
{
	return (item->owner && slice_equal(slice_c(item->owner), placing->info)) ||
	       map_get(&placing->recorded, item->path);
}

/* The path of a file below NAME-VERSION.data; NULL if it stays. */
static const char *find_place(
    const struct placing *placing, struct arena *arena, const struct item *item)
{
	int stem = (int)(placing->info.len - strlen(".dist-info"));
	struct slice rest = item->path, top, package;
	autostr struct str own = STR_INIT, name = STR_INIT;

	(void)slice_next(&rest, '/', &top); /* a path is not empty */
	if (slice_is(top, "bin") && rest.data && !memchr(rest.data, '/', rest.len))
		return arena_printf(arena, "%.*s.data/scripts/%.*s", stem, placing->info.data,
		    (int)rest.len, rest.data);
	if (!slice_is(top, "include") || !rest.data)
		return NULL;
	(void)slice_next(&rest, '/', &package); /* a path has no empty part */
	distribution_add_normalized(&own, placing->name);
	distribution_add_normalized(&name, package);
	if (!rest.data || !slice_equal(str_slice(&own), str_slice(&name)))
		return NULL;
	return arena_printf(
	    arena, "%.*s.data/headers/%.*s", stem, placing->info.data, (int)rest.len, rest.data);
}

static bool is_script(const struct item *item)
{
	return slice_is(path_parent(item->path), "bin");
}

/* Move a file, or leave it out. */
static int move(struct placing *placing, struct item *item, struct error **err)
{
	const struct plan_listener *listener = placing->listener;
	const char *path = find_place(placing, &placing->arena, item);
	struct item *moved;

	if (!path || item->kind == ITEM_DIRECTORY || !is_of_distribution(placing, item))
		return 0;
	*map_at(&placing->moved, item->path) = item;
	if (is_script(item) && entries_find(&placing->entries, path_name(item->path))) {
		if (listener->left_out)
			listener->left_out(listener->context, item_shown(item),
			    "installers make the script of an entry point");
		return 0;
	}
	moved = plan_add(placing->plan, item->target ? ITEM_LINK : ITEM_FILE, slice_c(path));
	if (!moved)
		return fail(err, ERROR_USAGE, "the directory '%s' is in the way of a file", path);
	moved->origin = item->origin;
	moved->shown = item->shown;
	moved->owner = item->owner;
	moved->target = item->target;
	moved->executable = item->executable || is_script(item);
	moved->is_empty = item->is_empty;
	moved->size = item->size;
	return 0;
}

static bool was_moved(void *context, const struct item *item)
{
	const struct placing *placing = context;

	return map_get(&placing->moved, item->path);
}

int wheel_place_data(struct plan *plan, struct slice info, struct scripts *scripts,
    const struct plan_listener *listener, struct error **err)
{
	CLEANUP(placing_release)
	struct placing placing = {.plan = plan, .info = info, .listener = listener};
	autofree char *directory = NULL;
	size_t count = plan->count; /* without those that are added */

	(void)distribution_is_dist_info(info, &placing.name, NULL); /* the caller saw it */
	if (map_get(&plan->by_path, SLICE_LITERAL("bin/__init__.py")) ||
	    map_get(&plan->by_path, SLICE_LITERAL("include/__init__.py")))
		return 0; /* a package of that name */
	if (read_record(&placing, err) < 0 ||
	    entries_read(plan, &placing.arena, &placing.entries, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (move(&placing, plan->items[i], err) < 0)
			return -1;
	if (placing.moved.count == 0)
		return 0;
	plan_remove(plan, was_moved, &placing);
	directory = xasprintf(
	    "%.*s.data/scripts", (int)(info.len - strlen(".dist-info")), info.data);
	return scripts_replace_lines(plan, directory, "#!python", listener, scripts, err);
}
