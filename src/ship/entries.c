#include "ship/entries.h"

#include "base/file.h"
#include "base/path.h"
#include "distribution/name.h"
#include "python/interpreter.h"
#include "python/source.h"

bool entries_are_in(const struct item *item)
{
	return item->kind == ITEM_FILE && item->origin &&
	       slice_is(path_name(item->path), "entry_points.txt") &&
	       distribution_is_described_by(path_parent(item->path));
}

static int read_file(
    const struct item *item, struct arena *arena, struct entry_points *ret, struct error **err)
{
	autostr struct str text = STR_INIT;
	struct entry_points points;
	struct slice copy;

	if (file_read(item->origin, ENTRY_POINTS_LIMIT, &text, NULL, err) < 0)
		return -1;
	copy = arena_slice(arena, str_slice(&text));
	if (entry_points_parse(copy, item->origin, arena, &points, NULL, err) < 0)
		return -1;
	for (size_t i = 0; i < points.count; i++)
		if (entry_point_is_script(&points.items[i]))
			entry_points_add(ret, arena, &points.items[i]);
	return 0;
}

int entries_read(
    const struct plan *plan, struct arena *arena, struct entry_points *ret, struct error **err)
{
	*ret = (struct entry_points){0};
	for (size_t i = 0; i < plan->count; i++)
		if (entries_are_in(plan->items[i]) &&
		    read_file(plan->items[i], arena, ret, err) < 0)
			return -1;
	return 0;
}

const struct entry_point *entries_find(const struct entry_points *entries, struct slice name)
{
	for (size_t i = 0; i < entries->count; i++)
		if (slice_equal(entries->items[i].name, name))
			return &entries->items[i];
	return NULL;
}

/* Whether each part of a dotted name can stand in a source. All versions since 3.7 have the same
 * keywords. */
static bool can_be_written(struct slice name)
{
	static const char *const keywords[] = {"False", "None", "True", "and", "as", "assert",
	    "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except",
	    "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
	    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield"};
	struct slice part;

	while (slice_next(&name, '.', &part)) {
		if (!source_is_identifier(part))
			return false;
		for (size_t i = 0; i < sizeof(keywords) / sizeof(*keywords); i++)
			if (slice_is(part, keywords[i]))
				return false;
	}
	return true;
}

static bool is_ascii(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] >= 0x80)
			return false;
	return true;
}

int entries_check(const struct entry_point *entry, bool *ret, struct error **err)
{
	if ((!is_ascii(entry->module) || !is_ascii(entry->attr)) && interpreter_need(err) < 0)
		return -1;
	*ret = can_be_written(entry->module) && (!entry->attr.len || can_be_written(entry->attr));
	return 0;
}

/* Whether the plan has a module at a path without its suffix: a directory, a source, bytecode, or
 * an extension module. */
static bool has_module(const struct plan *plan, struct slice path)
{
	if (map_get(&plan->by_path, path))
		return true;
	for (size_t i = 0; i < plan->count; i++) {
		struct slice found = plan->items[i]->path;

		if (slice_starts(found, path) && found.len > path.len &&
		    found.data[path.len] == '.' &&
		    (slice_is(slice_from(found, path.len), ".py") ||
			slice_ends(found, SLICE_LITERAL(".pyc")) ||
			item_is_shared_object(plan->items[i])))
			return true;
	}
	return false;
}

void entries_warn_of_module(const struct plan *plan, struct slice base,
    const struct entry_point *entry, const char *place, const struct plan_listener *listener)
{
	autostr struct str path = STR_INIT;
	struct error *note = NULL;

	path_join(&path, base, entry->module);
	for (size_t i = path.len - entry->module.len; i < path.len; i++)
		if (path.data[i] == '.')
			path.data[i] = '/';
	if (has_module(plan, str_slice(&path)))
		return;
	(void)fail_at(&note, place, 0, 0, NULL,
	    "the module '%.*s' is not in the image: Python has to find it elsewhere",
	    (int)entry->module.len, entry->module.data); /* always -1 */
	listener->warning(listener->context, note);
}

const struct entry_point *entries_only(const struct entry_points *entries)
{
	const struct entry_point *only = NULL;

	for (size_t i = 0; i < entries->count; i++) {
		const struct entry_point *entry = &entries->items[i];

		if (!slice_is(entry->group, "console_scripts"))
			continue;
		if (only && !(slice_equal(only->module, entry->module) &&
				slice_equal(only->attr, entry->attr)))
			return NULL;
		only = entry;
	}
	return only;
}
