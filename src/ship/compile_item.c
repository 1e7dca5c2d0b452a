#include "ship/compile_item.h"

#include "base/file.h"
#include "base/path.h"
#include "delineation/describe.h"
#include "image/directory.h"
#include "python/interpreter.h"
#include "ship/foreign_compile.h"

static bool map_path(struct str *ret, const struct prefix_map *map, const struct item *item)
{
	struct slice rest = item->path;

	if (map->from.len && !path_below(slice_c(item->origin), map->from, &rest))
		return false;
	if (rest.len)
		path_join(ret, map->to, rest);
	else
		str_add_slice(ret, map->to);
	return true;
}

void compile_add_recorded(
    struct str *ret, const struct compile_options *options, const struct item *item)
{
	for (size_t i = options->map_count; i > 0; i--) {
		if (map_path(ret, &options->maps[i - 1], item))
			return;
	}
	str_add_slice(ret, item->path);
}

static int put_source(int root, const struct item *item, struct slice bytes,
    const struct compile_options *options, struct error **err)
{
	struct error *error = NULL;
	int result;

	if (options->layout == LAYOUT_BYTECODE)
		return 0;
	if (item->target)
		result = bundle_link(root, item->path.data, item->target, options->time, &error);
	else
		result = bundle_put(
		    root, item->path.data, bytes, item->executable, options->time, &error);
	return result < 0 ? compile_fail_put(item, error, err) : 0;
}

int compile_describe(const struct item *item, const struct compile_options *options,
    struct str *report, struct error **err)
{
	autostr struct str recorded = STR_INIT;
	autonotes struct notes notes = {NULL, 0};
	autodescribed struct described described = {.tree = NULL};
	int result;

	compile_add_recorded(&recorded, options, item);
	result = described_read(item->origin, &(struct delineate_options){NULL, item->origin, NULL},
	    &notes, &described, err);
	if (result == 0)
		result = descriptions_put(options->descriptions, item->path.data, item->origin,
		    str_c(&recorded), &described.delineation, err);
	reporter_render_notes(options->reporter, &notes, report);
	return result;
}

/* Name the version in an error, where there are several. */
static void name_version(
    const struct compile_options *options, const char *version, struct error **err)
{
	if (options->other_count && err && *err)
		(void)fail_prefix(err, "CPython %s", version); /* always -1 */
}

/* Add notes that other versions did not have before. */
static void add_new_notes(struct notes *notes, struct notes *more)
{
	for (size_t i = 0; i < more->count; i++) {
		const struct error *note = more->items[i];
		bool is_known = false;

		for (size_t k = 0; k < notes->count && !is_known; k++)
			is_known = notes->items[k]->line == note->line &&
				   strcmp(notes->items[k]->message, note->message) == 0;
		if (!is_known)
			notes_add(notes, steal(&more->items[i]));
	}
}

/* Make the bytecode of another version. */
static int make_other(int root, const struct item *item, const char *recorded, struct slice bytes,
    const struct compile_options *options, struct compile_other *other, struct notes *notes,
    struct error **err)
{
	autonotes struct notes more = {NULL, 0};
	int result = foreign_compile(
	    &other->worker, root, item, recorded, bytes, options, &more, err);

	add_new_notes(notes, &more);
	if (result < 0)
		name_version(options, other->worker.version, err);
	return result;
}

/* Make the bytecode of all versions, up to the first one for which that fails. */
static int make_versions(int root, const struct item *item, const char *recorded,
    struct slice bytes, const struct compile_options *options, struct notes *notes,
    struct error **err)
{
	if (compile_bytecode(root, item, recorded, bytes, options, notes, err) < 0) {
		name_version(options, interpreter_short_version(), err);
		return -1;
	}
	for (size_t i = 0; i < options->other_count; i++) {
		if (make_other(
			root, item, recorded, bytes, options, &options->others[i], notes, err) < 0)
			return -1;
	}
	return 0;
}

int compile_item(int root, const struct item *item, const struct compile_options *options,
    struct str *report, struct error **err)
{
	autostr struct str bytes = STR_INIT;
	autostr struct str recorded = STR_INIT;
	autonotes struct notes notes = {NULL, 0};
	int result;

	if (file_read(item->origin, FILE_READ_LIMIT, &bytes, NULL, err) < 0)
		return -1;
	compile_add_recorded(&recorded, options, item);
	if (put_source(root, item, str_slice(&bytes), options, err) < 0)
		return -1;
	result = make_versions(
	    root, item, str_c(&recorded), str_slice(&bytes), options, &notes, err);
	reporter_render_notes(options->reporter, &notes, report);
	return result;
}
