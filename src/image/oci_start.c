#include "image/oci_start.h"

#include "base/array.h"
#include "base/file.h"
#include "base/path.h"
#include "distribution/entry_points.h"
#include "distribution/name.h"
#include "image/item_content.h"

struct search {
	const struct plan *plan;
	struct oci_start *start;
	size_t capacity, script_capacity;
	struct map seen; /* directories of distributions, and scripts */
};

static void search_release(struct search *search)
{
	map_release(&search->seen);
}

static void take_script(struct search *search, struct slice path)
{
	struct oci_start *start = search->start;
	void **seen = map_at(&search->seen, path);

	if (*seen)
		return;
	*seen = search;
	if (start->script_count == search->script_capacity) {
		search->script_capacity = search->script_capacity ? 2 * search->script_capacity : 8;
		start->scripts = xreallocarray(
		    start->scripts, search->script_capacity, sizeof(*start->scripts));
	}
	start->scripts[start->script_count++] = path;
}

/* Look for the scripts that a text names, in the directory of its distribution. */
static void take_scripts(
    struct search *search, const struct entry_points *points, struct slice site)
{
	for (size_t i = 0; i < points->count; i++) {
		const struct entry_point *point = &points->items[i];
		autofree char *name = xasprintf("bin/%.*s", (int)point->name.len, point->name.data);
		autostr struct str path = STR_INIT;
		const struct item *item;

		path_join(&path, site, slice_c(name));
		item = map_get(&search->plan->by_path, str_slice(&path));
		if (!slice_is(point->group, "console_scripts") || !item ||
		    item->kind == ITEM_DIRECTORY)
			continue;
		take_script(search, item->path);
	}
}

/* The directory of the distribution that a file describes; "" is the root. */
static struct slice site_of(const struct item *item)
{
	struct slice site = path_parent(path_parent(item->path));

	return slice_is(site, ".") ? slice_of("", 0) : site;
}

/* Whether a directory is part of a package: what is there is the package's matter. */
static bool is_in_package(const struct plan *plan, struct slice path)
{
	static const char *const names[] = {"__init__.py", "__init__.pyc"};

	for (size_t len = 1; len <= path.len; len++) {
		if (len < path.len && path.data[len] != '/')
			continue;
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
			autostr struct str init = STR_INIT;

			path_join(&init, slice_of(path.data, len), slice_c(names[i]));
			if (map_get(&plan->by_path, str_slice(&init)))
				return true;
		}
	}
	return false;
}

/* Take the directory of a distribution. PYTHONPATH cannot have names with a ":". */
static void take_site(struct search *search, struct slice site)
{
	struct oci_start *start = search->start;
	void **seen = map_at(&search->seen, site);

	if (*seen || !site.len || memchr(site.data, ':', site.len) || !slice_is_utf8(site) ||
	    is_in_package(search->plan, site))
		return;
	*seen = search;
	if (start->site_count == search->capacity) {
		search->capacity = search->capacity ? 2 * search->capacity : 8;
		start->sites = xreallocarray(start->sites, search->capacity, sizeof(*start->sites));
	}
	start->sites[start->site_count++] = site;
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
	take_scripts(search, &points, site_of(item));
	return 0;
}

static int compare_sites(const void *a, const void *b)
{
	return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

int oci_start_find(struct oci_start *start, const struct plan *plan, int stage, struct error **err)
{
	const struct item_reader reader = {.stage = stage};
	CLEANUP(search_release) struct search search = {.plan = plan, .start = start};

	for (size_t i = 0; i < plan->count; i++) {
		const struct item *item = plan->items[i];
		struct slice name = path_name(item->path);

		if (item->kind != ITEM_FILE ||
		    !distribution_is_described_by(path_parent(item->path)))
			continue;
		if (slice_is(name, "METADATA") || slice_is(name, "PKG-INFO"))
			take_site(&search, site_of(item));
		if (slice_is(name, "entry_points.txt") &&
		    read_points(&search, &reader, item, err) < 0)
			return -1;
	}
	array_sort(start->sites, start->site_count, sizeof(*start->sites), compare_sites);
	return 0;
}

void oci_start_release(struct oci_start *start)
{
	free(start->scripts);
	free(start->sites);
	*start = (struct oci_start){0};
}
