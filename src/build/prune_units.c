#include "build/prune_units.h"

#include <errno.h>

#include "base/path.h"
#include "base/tree.h"

/* A search for units whose sources are gone. */
struct leftovers {
	struct map kept; /* paths below the directory: units, and their directories with NULL */
	struct fields found;
};

static enum walk_answer find_leftover(
    void *context, const struct walk_entry *entry, struct error **err)
{
	struct leftovers *leftovers = context;
	const struct map_entry *kept = map_find(&leftovers->kept, entry->path);

	(void)err; /* cannot fail */
	if (!kept)
		fields_add(&leftovers->found, entry->path);
	if (!S_ISDIR(entry->stat.st_mode))
		return WALK_GO;
	return kept && !kept->value ? WALK_GO : WALK_SKIP;
}

/* Keep a unit and its directories. */
static void keep(struct leftovers *leftovers, struct slice unit)
{
	*map_at(&leftovers->kept, unit) = leftovers;
	for (size_t i = unit.len; i-- > 0;) {
		if (unit.data[i] == '/')
			(void)map_at(&leftovers->kept, slice_of(unit.data, i));
	}
}

static int remove_found(const struct leftovers *leftovers, const struct workspace *workspace,
    struct slice directory, struct error **err)
{
	autostr struct str path = STR_INIT;

	for (size_t i = 0; i < leftovers->found.count; i++) {
		str_truncate(&path, 0);
		path_join(&path, directory, fields_at(&leftovers->found, i));
		if (tree_remove(workspace_place(workspace, str_c(&path)), err) < 0)
			return -1;
	}
	return 0;
}

static void leftovers_release(struct leftovers *leftovers)
{
	map_release(&leftovers->kept);
	fields_release(&leftovers->found);
}

int prune_units(const struct node *node, const struct record *record, struct error **err)
{
	CLEANUP(leftovers_release) struct leftovers leftovers = {{0}, FIELDS_INIT};
	const struct walk_visitor visitor = {find_leftover, walk_fail, &leftovers};
	autoarena struct arena arena = {0};
	autostr struct str directory = STR_INIT;
	autostr struct str name = STR_INIT;
	struct stat found;

	node_work(node, &directory);
	str_adds(&directory, "/units");
	if (place_stat(workspace_place(node->workspace, str_c(&directory)), &found) < 0 &&
	    errno == ENOENT)
		return 0;
	for (size_t i = 0; i < node->own_count; i++) {
		if (!record->inputs[i].has_unit)
			continue;
		str_truncate(&name, 0);
		node_unit_name(node, i, &name);
		keep(&leftovers, arena_slice(&arena, str_slice(&name)));
	}
	if (tree_walk(workspace_place(node->workspace, str_c(&directory)), &visitor, err) < 0)
		return -1;
	return remove_found(&leftovers, node->workspace, str_slice(&directory), err);
}
