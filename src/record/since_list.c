#include "record/since_list.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/packing.h"

static void pack_maybe(struct str *ret, struct slice text)
{
	pack_number(ret, text.data != NULL);
	pack_string(ret, text.data ? text : slice_of("", 0));
}

void since_pack(const struct since_change *change, struct str *ret)
{
	pack_number(ret, change->kind);
	pack_number(ret, change->type);
	pack_string(ret, change->path);
	pack_string(ret, change->parameter);
	pack_maybe(ret, change->before);
	pack_maybe(ret, change->after);
	pack_number(ret, (uint64_t)change->area.first.line);
	pack_number(ret, (uint64_t)change->area.first.column);
}

static struct slice take_string(struct arena *arena, struct unpacker *unpacker)
{
	return arena_slice(arena, unpack_string(unpacker));
}

static struct slice take_maybe(struct arena *arena, struct unpacker *unpacker)
{
	bool is_there = unpack_number(unpacker);
	struct slice text = take_string(arena, unpacker);

	return is_there ? text : slice_of(NULL, 0);
}

static struct since_change take_change(struct arena *arena, struct unpacker *unpacker)
{
	struct since_change change = {.kind = SINCE_ADDED};

	change.kind = (enum since_kind)unpack_number(unpacker);
	change.type = (enum element_type)unpack_number(unpacker);
	change.path = take_string(arena, unpacker);
	change.parameter = take_string(arena, unpacker);
	change.before = take_maybe(arena, unpacker);
	change.after = take_maybe(arena, unpacker);
	change.area.first.line = (int)unpack_number(unpacker);
	change.area.first.column = (int)unpack_number(unpacker);
	unpacker->is_bad = unpacker->is_bad || change.kind >= SINCE_KINDS;
	return change;
}

static void add_item(struct since_list *list, struct since_item item, struct slice module)
{
	if (list->count == list->capacity) {
		list->capacity = 2 * list->capacity + 64;
		list->items = xreallocarray(list->items, list->capacity, sizeof(*list->items));
	}
	item.name = module;
	if (item.change.path.len)
		item.name = slice_c(arena_printf(&list->arena, "%.*s.%.*s", (int)module.len,
		    module.data, (int)item.change.path.len, item.change.path.data));
	item.number = list->count;
	list->items[list->count++] = item;
}

static bool is_public(const struct site_factor *factor, const struct since_change *change)
{
	const struct site_element *element = site_element_find(factor, change->path);

	return factor->is_public || (element && element->public.len);
}

void since_list_take(struct since_list *list, const struct record_source *source,
    const struct site_factor *factor, struct slice packed)
{
	struct unpacker unpacker = unpacker_of(packed);

	while (unpacker.at < unpacker.end && !unpacker.is_bad) {
		struct since_change change = take_change(&list->arena, &unpacker);

		if (!unpacker.is_bad && is_public(factor, &change))
			add_item(list,
			    (struct since_item){
				.change = change,
				.source = source,
				.factor = factor,
				.path = source->origin,
			    },
			    factor->name);
	}
}

/* What is removed from a module that is gone, as an item. */
struct gone {
	struct since_list *list;
	const struct since_module *module;
	struct slice name;
};

static void add_gone(void *context, const struct since_change *change)
{
	const struct gone *gone = context;

	add_item(gone->list,
	    (struct since_item){
		.change = {.kind = change->kind, .type = change->type},
		.path = gone->module->path,
	    },
	    gone->name);
}

static bool is_private_name(struct slice name)
{
	struct slice part;

	while (slice_next(&name, '.', &part)) {
		if (record_is_private(part))
			return true;
	}
	return false;
}

/* Whether a key begins with one of some texts. */
static bool is_in(const struct map *scopes, struct slice key)
{
	for (size_t i = 0; i < scopes->count; i++) {
		if (slice_starts(key, scopes->entries[i].key))
			return true;
	}
	return false;
}

static int add_removed_modules(struct since_list *list, const struct since_tree *tree,
    const struct record_sources *sources, struct error **err)
{
	automap struct map still = {NULL}, scopes = {NULL};

	for (size_t i = 0; i < sources->count; i++) {
		struct slice scope;
		const struct since_module *module = since_tree_find(
		    tree, &sources->items[i], &scope);

		if (!module)
			continue;
		*map_at(&still, module->key) = list;
		*map_at(&scopes, scope) = list;
	}
	for (size_t i = 0; i < tree->count; i++) {
		autosince_record struct since_record old = {.record = {.elements = 0}};
		struct gone gone = {list, tree->modules[i], tree->modules[i]->name};

		if (map_get(&still, tree->modules[i]->key) ||
		    !is_in(&scopes, tree->modules[i]->key) ||
		    is_private_name(tree->modules[i]->name))
			continue;
		if (since_record_read(tree->modules[i], &old, err) < 0)
			return -1;
		if (tree->modules[i]->is_recorded)
			gone.name = arena_slice(&list->arena, old.record.name);
		since_compare(&old.record, NULL, add_gone, &gone);
	}
	return 0;
}

/* The last component of a name. */
static struct slice last_of(struct slice name)
{
	size_t at = name.len;

	while (at && name.data[at - 1] != '.')
		at--;
	return slice_from(name, at);
}

/* Whether an item is about a module, or an element that is in no other. */
static bool is_at_top(const struct since_item *item)
{
	return !memchr(
	    item->change.path.data ? item->change.path.data : "", '.', item->change.path.len);
}

/* Where what was removed was added; NULL if nowhere, or at several places. */
static const struct since_item *new_place(const struct map *added, const struct since_item *removed)
{
	const struct since_item *found = map_get(added, last_of(removed->name));

	return found && found->change.kind == SINCE_ADDED &&
		       found->change.type == removed->change.type
		   ? found
		   : NULL;
}

static void find_moved(struct since_list *list)
{
	struct since_item several = {.change = {.kind = SINCE_REMOVED}};
	automap struct map added = {NULL};

	for (size_t i = 0; i < list->count; i++) {
		struct since_item *item = &list->items[i];
		void **at;

		if (item->change.kind != SINCE_ADDED || !is_at_top(item))
			continue;
		at = map_at(&added, last_of(item->name));
		*at = *at ? &several : item;
	}
	for (size_t i = 0; i < list->count; i++) {
		struct since_item *item = &list->items[i];
		const struct since_item *new;

		if (item->change.kind != SINCE_REMOVED || !is_at_top(item))
			continue;
		new = new_place(&added, item);
		if (new) {
			item->change.kind = SINCE_MOVED;
			item->change.after = new->name;
		}
	}
}

static int compare_items(const void *a, const void *b)
{
	const struct since_item *first = a, *second = b;

	if (first->source != second->source && first->source && second->source)
		return first->source < second->source ? -1 : 1;
	/* What is gone comes last. */
	if (!first->source != !second->source)
		return first->source ? -1 : 1;
	return first->number < second->number ? -1 : first->number > second->number;
}

int since_list_finish(struct since_list *list, const struct since_tree *tree,
    const struct record_sources *sources, struct error **err)
{
	if (add_removed_modules(list, tree, sources, err) < 0)
		return -1;
	array_sort(list->items, list->count, sizeof(*list->items), compare_items);
	find_moved(list);
	return 0;
}

void since_list_release(struct since_list *list)
{
	free(list->items);
	arena_release(&list->arena);
	*list = (struct since_list){.count = 0};
}
