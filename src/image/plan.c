#include "image/plan.h"

#include <assert.h>

#include "base/path.h"

static struct item *new_item(struct plan *plan, struct slice path)
{
	struct item *item = arena_zalloc(&plan->arena, 1, sizeof(*item));

	item->path = slice_of(arena_copy(&plan->arena, path), path.len);
	if (plan->count == plan->capacity) {
		plan->capacity = plan->capacity ? 2 * plan->capacity : 64;
		plan->items = xreallocarray(plan->items, plan->capacity, sizeof(*plan->items));
	}
	plan->items[plan->count++] = item;
	*map_at(&plan->by_path, item->path) = item;
	return item;
}

/* Make an item of every directory above `path`. False if one of these paths is an item that is no
 * directory. */
static bool add_parents(struct plan *plan, struct slice path)
{
	for (size_t len = 0; len < path.len; len++) {
		struct slice parent = slice_of(path.data, len);
		const struct item *item;

		if (path.data[len] != '/')
			continue;
		item = map_get(&plan->by_path, parent);
		if (!item)
			new_item(plan, parent)->kind = ITEM_DIRECTORY;
		else if (item->kind != ITEM_DIRECTORY)
			return false;
	}
	return true;
}

static int compare_items(const void *a, const void *b)
{
	const struct item *const *first = a, *const *second = b;

	return slice_compare((*first)->path, (*second)->path);
}

struct item *plan_add(struct plan *plan, enum item_kind kind, struct slice path)
{
	struct item *item = map_get(&plan->by_path, path);

	assert(path_is_confined(path));
	if (item && item->kind == ITEM_DIRECTORY)
		return kind == ITEM_DIRECTORY ? item : NULL;
	if (!item && !add_parents(plan, path))
		return NULL;
	if (!item)
		item = new_item(plan, path);
	*item = (struct item){.kind = kind, .path = item->path};
	return item;
}

void plan_finish(struct plan *plan)
{
	if (plan->count > 0)
		qsort(plan->items, plan->count, sizeof(*plan->items), compare_items);
}

void plan_release(struct plan *plan)
{
	free(plan->items);
	map_release(&plan->by_path);
	arena_release(&plan->arena);
	*plan = (struct plan){0};
}
