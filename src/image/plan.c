#include "image/plan.h"

#include <assert.h>

#include "base/array.h"
#include "base/path.h"
#include "image/link.h"

bool item_is_shared_object(const struct item *item)
{
	struct slice name = path_name(item->path);

	return item->kind == ITEM_FILE &&
	       (slice_ends(name, SLICE_LITERAL(".so")) || memmem(name.data, name.len, ".so.", 4));
}

static struct item *new_item(struct plan *plan, struct slice path)
{
	struct item *item = arena_zalloc(&plan->arena, 1, sizeof(*item));

	item->path = arena_slice(&plan->arena, path);
	if (plan->count == plan->capacity) {
		plan->capacity = plan->capacity ? 2 * plan->capacity : 64;
		plan->items = xreallocarray(plan->items, plan->capacity, sizeof(*plan->items));
	}
	plan->items[plan->count++] = item;
	*map_at(&plan->by_path, item->path) = item;
	return item;
}

/* Make an item of every directory above `path`, from the nearest that is there: what is above that
 * was made with it. False if it is no directory. */
static bool add_parents(struct plan *plan, struct slice path)
{
	const struct item *item = NULL;
	size_t at = path.len;

	while (!item && at > 0) {
		if (path.data[--at] == '/')
			item = map_get(&plan->by_path, slice_of(path.data, at));
	}
	if (item && item->kind != ITEM_DIRECTORY)
		return false;
	for (size_t len = item ? at + 1 : 0; len < path.len; len++)
		if (path.data[len] == '/')
			new_item(plan, slice_of(path.data, len))->kind = ITEM_DIRECTORY;
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

void item_show(const struct item *item, struct error *error)
{
	if (!item->shown || !error->path || strcmp(error->path, item->origin) != 0)
		return;
	free(error->path);
	error->path = xstrdup(item->shown);
}

/* Replace what is left of a path, `rest`, by a link's text and what followed the link. */
static void enter_link(struct str *rest, const char *target)
{
	autostr struct str left = STR_INIT;

	path_join(&left, slice_c(target), str_slice(rest));
	str_truncate(rest, 0);
	str_add_slice(rest, str_slice(&left));
}

/* Cut off and return the first component of a path. */
static struct slice cut_component(struct str *rest, struct str *name)
{
	struct slice left = str_slice(rest), component;
	autostr struct str after = STR_INIT;

	(void)slice_next(&left, '/', &component); /* there is one: the path is not empty */
	str_truncate(name, 0);
	str_add_slice(name, component);
	if (left.data)
		str_add_slice(&after, left);
	str_truncate(rest, 0);
	str_add_slice(rest, str_slice(&after));
	return str_slice(name);
}

/* Go from the directory `at` by one component. False if that leads out of the plan. */
static bool step(struct str *at, struct slice name)
{
	if (name.len == 0 || slice_is(name, "."))
		return true;
	if (!slice_is(name, "..")) {
		autostr struct str next = STR_INIT;

		path_join(&next, str_slice(at), name);
		str_truncate(at, 0);
		str_add_slice(at, str_slice(&next));
		return true;
	}
	if (!at->len)
		return false;
	str_truncate(
	    at, slice_is(path_parent(str_slice(at)), ".") ? 0 : path_parent(str_slice(at)).len);
	return true;
}

static void leave_name(struct str *at)
{
	(void)step(at, SLICE_LITERAL("..")); /* there is a name */
}

/* The file that a link leads to within the plan, or NULL. */
static const struct item *follow(const struct plan *plan, const struct item *link)
{
	autostr struct str at = STR_INIT, rest = STR_INIT, name = STR_INIT;
	const struct item *item = link;

	str_add_slice(&at, link->path);
	for (unsigned links = 0; links <= LINK_LIMIT;) {
		if (item && item->target) {
			links++;
			if (*item->target == '/')
				return NULL;
			leave_name(&at);
			enter_link(&rest, item->target);
		} else if (!rest.len) {
			return item && item->kind != ITEM_DIRECTORY ? item : NULL;
		} else if (at.len && (!item || item->kind != ITEM_DIRECTORY)) {
			return NULL;
		}
		if (!rest.len || !step(&at, cut_component(&rest, &name)))
			return NULL;
		item = at.len ? map_get(&plan->by_path, str_slice(&at)) : NULL;
	}
	return NULL;
}

/* The context is the plan, in which links that became files have no target any more. */
static bool is_lost_link(void *context, const struct item *item)
{
	const struct plan *plan = context;
	autostr struct str source = STR_INIT;

	if (!item->target && path_add_source(&source, item->path, NULL))
		item = map_get(&plan->by_path, str_slice(&source));
	return item && item->target;
}

void plan_copy_links(struct plan *plan, const struct plan_listener *listener)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct item *item = plan->items[i];

		if (!item->target)
			continue;
		item->content_of = follow(plan, item);
		if (!item->content_of) {
			struct error *problem = NULL;

			(void)fail_at(&problem, item->origin ? item->origin : item->path.data, 0, 0,
			    NULL, "a link to '%s', which is not a file in the image",
			    item->target); /* always -1 */
			listener->problem(listener->context, problem);
		}
	}
	for (size_t i = 0; i < plan->count; i++) {
		struct item *item = plan->items[i];

		if (!item->content_of)
			continue;
		item->kind = ITEM_FILE;
		item->target = NULL;
		item->executable = item->content_of->executable;
		item->size = item->content_of->size;
	}
	plan_remove(plan, is_lost_link, plan);
}

void plan_remove(
    struct plan *plan, bool (*is_removed)(void *context, const struct item *item), void *context)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++)
		if (!is_removed(context, plan->items[i]))
			plan->items[count++] = plan->items[i];
	plan->count = count;
	map_release(&plan->by_path);
	for (size_t i = 0; i < count; i++)
		*map_at(&plan->by_path, plan->items[i]->path) = plan->items[i];
}

void plan_finish(struct plan *plan)
{
	array_sort(plan->items, plan->count, sizeof(*plan->items), compare_items);
}

void plan_release(struct plan *plan)
{
	free(plan->items);
	map_release(&plan->by_path);
	arena_release(&plan->arena);
	*plan = (struct plan){0};
}
