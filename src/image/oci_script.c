#include "image/oci_script.h"

#include "base/file.h"
#include "base/path.h"
#include "distribution/entry_points.h"
#include "distribution/name.h"
#include "image/item_content.h"

struct search {
	const struct plan *plan;
	const char *found;
	size_t count;
};

/* Look for the scripts that a text names. */
static void take_scripts(struct search *search, const struct entry_points *points)
{
	for (size_t i = 0; i < points->count; i++) {
		const struct entry_point *point = &points->items[i];
		autofree char *path = xasprintf("bin/%.*s", (int)point->name.len, point->name.data);
		const struct item *item = map_get(&search->plan->by_path, slice_c(path));

		if (!slice_is(point->group, "console_scripts") || !item ||
		    item->kind == ITEM_DIRECTORY || item->path.data == search->found)
			continue;
		search->found = item->path.data;
		search->count++;
	}
}

/* What cannot be read names no scripts. */
static int read_points(struct search *search, const struct item_reader *reader,
    const struct item *item, struct error **err)
{
	autoarena struct arena arena = {0};
	autostr struct str text = STR_INIT;
	struct entry_points points = {0};
	struct error *error = NULL;
	struct place place;
	struct stat stat;
	int there = item_reader_look(reader, item, &place, &stat, err);

	if (there <= 0)
		return there;
	if (file_read_place(place, ENTRY_POINTS_LIMIT, &text, NULL, &error) < 0 ||
	    entry_points_parse(str_slice(&text), place.shown, &arena, &points, NULL, &error) < 0) {
		if (error->kind != ERROR_INPUT)
			return fail_with(err, error);
		error_free(error);
		return 0;
	}
	take_scripts(search, &points);
	return 0;
}

int oci_script_find(const struct plan *plan, int stage, const char **ret, struct error **err)
{
	const struct item_reader reader = {.stage = stage};
	struct search search = {.plan = plan};

	for (size_t i = 0; i < plan->count; i++) {
		const struct item *item = plan->items[i];

		if (item->kind == ITEM_FILE &&
		    distribution_is_file(item->path, "entry_points.txt") &&
		    read_points(&search, &reader, item, err) < 0)
			return -1;
	}
	*ret = search.count == 1 ? search.found : NULL;
	return 0;
}
