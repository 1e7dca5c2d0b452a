#include "process/units.h"

#include <unistd.h>

#include "base/path.h"
#include "base/tree.h"

/* Units of sources that are gone, which a command that takes the whole directory would take too. */
struct leftovers {
	const struct fields *units; /* what is to stay, below the directory */
	struct fields found;
};

static enum walk_answer find_leftover(
    void *context, const struct walk_entry *entry, struct error **err)
{
	struct leftovers *leftovers = context;

	(void)err; /* nothing can be wrong */
	for (size_t i = 0; i < leftovers->units->count; i++) {
		struct slice unit = fields_at(leftovers->units, i);

		if (slice_equal(unit, entry->path))
			return S_ISDIR(entry->stat.st_mode) ? WALK_SKIP : WALK_GO;
		if (path_below(unit, entry->path, NULL))
			return WALK_GO;
	}
	fields_add(&leftovers->found, entry->path);
	return S_ISDIR(entry->stat.st_mode) ? WALK_SKIP : WALK_GO;
}

static enum walk_answer fail_walk(
    void *context, struct slice path, struct error *problem, struct error **err)
{
	(void)context;
	(void)path;
	(void)fail_with(err, problem); /* always -1 */
	return WALK_STOP;
}

int units_tidy(const struct node *node, const struct record *record, struct error **err)
{
	autofields struct fields units = FIELDS_INIT;
	autostr struct str directory = STR_INIT;
	autostr struct str name = STR_INIT;
	struct leftovers leftovers = {&units, FIELDS_INIT};
	const struct walk_visitor visitor = {find_leftover, fail_walk, &leftovers};
	int result;

	node_work(node, &directory);
	str_adds(&directory, "/units");
	for (size_t i = 0; i < node->own_count; i++) {
		if (!record->inputs[i].has_unit)
			continue;
		str_truncate(&name, 0);
		node_unit_name(node, i, &name);
		fields_add(&units, str_slice(&name));
	}
	if (access(str_c(&directory), F_OK) < 0)
		return 0;
	result = tree_walk(str_c(&directory), &visitor, err);
	for (size_t i = 0; result == 0 && i < leftovers.found.count; i++) {
		str_truncate(&name, 0);
		path_join(&name, str_slice(&directory), fields_at(&leftovers.found, i));
		result = tree_remove(str_c(&name), err);
	}
	fields_release(&leftovers.found);
	return result;
}
