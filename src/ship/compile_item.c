#include "ship/compile_item.h"

#include "base/file.h"
#include "base/path.h"
#include "delineation/describe.h"
#include "image/directory.h"
#include "python/interpreter.h"
#include "ship/compiled.h"
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

static int describe(const struct item *item, const char *recorded,
    const struct descriptions *descriptions, struct notes *notes, struct error **err)
{
	autodescribed struct described described = {.tree = NULL};

	if (interpreter_need(err) < 0 ||
	    described_read(item->origin,
		&(struct delineate_options){.recorded = item->origin, .regions = true}, notes,
		&described, err) < 0)
		return -1;
	return descriptions_put(
	    descriptions, item->path.data, item->origin, recorded, &described.delineation, err);
}

int compile_describe(const struct item *item, const struct compile_options *options,
    struct str *report, struct error **err)
{
	autostr struct str recorded = STR_INIT;
	autonotes struct notes notes = {NULL, 0};
	int result;

	compile_add_recorded(&recorded, options, item);
	result = describe(item, str_c(&recorded), options->descriptions, &notes, err);
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

/* Describe an item whose bytecode is there already. */
static int describe_cached(const struct compiled *compiled, struct notes *notes, struct error **err)
{
	if (!compiled->options->descriptions)
		return 0;
	return describe(
	    compiled->item, compiled->recorded, compiled->options->descriptions, notes, err);
}

/* Make the bytecode of a version: of this program's with `other` NULL. */
static int make_version(struct compiled *compiled, struct compile_other *other, struct notes *notes,
    bool *ret_cached, struct error **err)
{
	const struct compile_options *options = compiled->options;
	const char *version = other ? other->worker.version : interpreter_short_version();
	autonotes struct notes more = {NULL, 0};
	int result;

	compiled->tag = other ? other->tag : interpreter_cache_tag();
	compiled->identity = other ? str_slice(&other->identity) : options->identity;
	if (compiled_get(compiled, &more, ret_cached, err) < 0)
		return -1;
	if (*ret_cached)
		result = other ? 0 : describe_cached(compiled, &more, err);
	else if (other)
		result = foreign_compile(&other->worker, compiled->root, compiled->item,
		    compiled->recorded, compiled->bytes, options, &more, err);
	else
		result = compile_bytecode(compiled->root, compiled->item, compiled->recorded,
		    compiled->bytes, options, &more, err);
	if (result == 0 && !*ret_cached)
		result = compiled_put(compiled, &more, err);
	add_new_notes(notes, &more);
	if (result < 0)
		name_version(options, version, err);
	return result;
}

/* Make the bytecode of all versions, up to the first one for which that fails. */
static int make_versions(
    struct compiled *compiled, struct notes *notes, bool *ret_cached, struct error **err)
{
	const struct compile_options *options = compiled->options;

	*ret_cached = false;
	if (make_version(compiled, NULL, notes, ret_cached, err) < 0)
		return -1;
	for (size_t i = 0; i < options->other_count; i++) {
		bool is_cached;

		if (make_version(compiled, &options->others[i], notes, &is_cached, err) < 0)
			return -1;
		*ret_cached = *ret_cached && is_cached;
	}
	return 0;
}

int compile_item(int root, const struct item *item, const struct compile_options *options,
    struct str *report, bool *ret_cached, struct error **err)
{
	autostr struct str bytes = STR_INIT;
	autostr struct str recorded = STR_INIT;
	autonotes struct notes notes = {NULL, 0};
	struct compiled compiled = {.root = root, .item = item, .options = options};
	int result;

	if (file_read(item->origin, FILE_READ_LIMIT, &bytes, NULL, err) < 0)
		return -1;
	compile_add_recorded(&recorded, options, item);
	if (put_source(root, item, str_slice(&bytes), options, err) < 0)
		return -1;
	compiled.recorded = str_c(&recorded);
	compiled.bytes = str_slice(&bytes);
	result = make_versions(&compiled, &notes, ret_cached, err);
	reporter_render_notes(options->reporter, &notes, report);
	return result;
}
