#include "image/plan_order.h"

#include <limits.h>
#include <wchar.h>
#include <wctype.h>

#include "base/locale.h"
#include "base/path.h"

/* What is put in order. */
struct ordering {
	struct plan *plan;
	struct item **items; /* the new order */
	size_t count;
	struct map placed; /* path -> the item, if it has its place */
};

static void place(struct ordering *ordering, struct item *item)
{
	if (map_get(&ordering->placed, item->path))
		return;
	*map_at(&ordering->placed, item->path) = item;
	ordering->items[ordering->count++] = item;
}

/* Place the directories above a path, and its item. */
static void place_path(struct ordering *ordering, struct slice path)
{
	for (size_t len = 1; len <= path.len; len++) {
		if (len == path.len || path.data[len] == '/')
			place(
			    ordering, map_get(&ordering->plan->by_path, slice_of(path.data, len)));
	}
}

/* What is found of a module: the bytecode of a source. */
struct made {
	const struct item *item;
	const struct made *next; /* of the same source */
};

/* Find the bytecode of each source. */
static void find_made(struct arena *arena, const struct plan *plan, struct map *ret)
{
	for (size_t i = plan->count; i > 0; i--) {
		autostr struct str source = STR_INIT;
		struct made *made;
		void **place;

		if (!path_add_source(&source, plan->items[i - 1]->path, NULL))
			continue;
		made = arena_alloc(arena, sizeof(*made));
		place = map_at(ret, arena_slice(arena, str_slice(&source)));
		*made = (struct made){plan->items[i - 1], *place};
		*place = made;
	}
}

/* Place what a line names. An image of another form has the same module under another name: a start
 * reads its bytecode, or else its source. False if there is nothing. */
static bool place_line(struct ordering *ordering, const struct map *made, struct slice line)
{
	bool is_there = map_get(&ordering->plan->by_path, line);
	autostr struct str source = STR_INIT;
	bool is_bytecode = path_add_source(&source, line, NULL);
	const struct made *of_source;

	if (is_there)
		place_path(ordering, line);
	if (is_there && is_bytecode)
		return true;
	of_source = map_get(made, is_bytecode ? str_slice(&source) : line);
	for (const struct made *each = of_source; each; each = each->next)
		place_path(ordering, each->item->path);
	if (is_there || of_source)
		return true;
	is_there = is_bytecode && map_get(&ordering->plan->by_path, str_slice(&source));
	if (is_there)
		place_path(ordering, str_slice(&source));
	return is_there;
}

void plan_put_first(struct plan *plan, struct slice list, size_t *ret_found)
{
	struct ordering ordering = {plan, xcalloc(plan->count + 1, sizeof(*plan->items)), 0, {0}};
	autoarena struct arena arena = {NULL};
	automap struct map made = {0};
	struct slice line;

	*ret_found = 0;
	find_made(&arena, plan, &made);
	while (slice_next(&list, '\n', &line)) {
		if (line.len && line.data[0] != '#')
			*ret_found += place_line(&ordering, &made, line);
	}
	for (size_t i = 0; i < plan->count; i++)
		place(&ordering, plan->items[i]);
	free(plan->items);
	plan->items = ordering.items;
	plan->capacity = plan->count + 1;
	map_release(&ordering.placed);
}

/* Append a path in lower case. Bytes that are no characters stay. */
static void add_folded(struct str *ret, struct slice path)
{
	while (path.len > 0) {
		size_t len = slice_character(path);
		char bytes[MB_LEN_MAX];
		int size = -1;
		wchar_t c;

		if (len > 0 && mbtowc(&c, path.data, len) > 0)
			size = wctomb(bytes, (wchar_t)towlower((wint_t)c));
		if (size > 0)
			str_add(ret, bytes, (size_t)size);
		else
			str_addc(ret, path.data[0]);
		len = size > 0 ? len : 1;
		path = slice_from(path, len);
	}
}

int plan_find_collisions(const struct plan *plan,
    void (*meet)(void *context, const struct item *item, const struct item *earlier), void *context,
    struct error **err)
{
	autolocale struct locale_scope locale = LOCALE_SCOPE_INIT;
	autoarena struct arena arena = {NULL};
	struct map folded = {0};

	if (locale_enter(&locale, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->count; i++) {
		autostr struct str path = STR_INIT;
		struct item *earlier;

		add_folded(&path, plan->items[i]->path);
		earlier = map_get(&folded, str_slice(&path));
		if (earlier)
			meet(context, plan->items[i], earlier);
		else
			*map_at(&folded, arena_slice(&arena, str_slice(&path))) = plan->items[i];
	}
	map_release(&folded);
	return 0;
}
