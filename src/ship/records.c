#include "ship/records.h"

#include "base/content.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/path.h"
#include "base/presence.h"
#include "distribution/name.h"
#include "distribution/record.h"
#include "image/directory.h"
#include "jobs/signals.h"

/* Files of a source or distribution, as a list of indices. */
struct links {
	size_t first; /* plus 1; 0 is the end */
	size_t last;
};

struct rewriting {
	const struct records *records;
	struct arena arena;
	struct map made; /* path of a source or dist-info -> struct links: what was made of it */
	/* Of each file of bytecode, then of each script, then of each item: the next index plus 1.
	 */
	size_t *next;
	struct slice own;     /* path of the RECORD, which has no digest of its own */
	struct slice base;    /* the directory that the rows are relative to; "" is the root */
	struct map has;	      /* paths in the image that have a row */
	struct record record; /* as written */
	bool is_changed;
};

static void rewriting_release(struct rewriting *rewriting)
{
	map_release(&rewriting->made);
	map_release(&rewriting->has);
	arena_release(&rewriting->arena);
	free(rewriting->next);
}

static void link_file(struct rewriting *rewriting, struct slice key, size_t index)
{
	void **place = map_at(&rewriting->made, key);
	struct links *links = *place;

	if (!links) {
		links = *place = arena_zalloc(&rewriting->arena, 1, sizeof(*links));
		links->first = index + 1;
	} else {
		rewriting->next[links->last] = index + 1;
	}
	links->last = index;
}

static void link_files(struct rewriting *rewriting)
{
	const struct records *records = rewriting->records;
	size_t bytecode = records->bytecode_count, scripts = records->scripts->count;

	rewriting->next = xcalloc(
	    bytecode + scripts + records->bundle->count + 1, sizeof(*rewriting->next));
	for (size_t i = 0; i < bytecode; i++) {
		const struct item *source = records->bytecode[i].source;

		link_file(rewriting, source->owner ? slice_c(source->owner) : source->path, i);
	}
	for (size_t i = 0; i < scripts; i++)
		if (records->scripts->list[i].owner.len > 0)
			link_file(rewriting, records->scripts->list[i].owner, bytecode + i);
	for (size_t i = 0; i < records->bundle->count; i++) {
		const struct item *item = records->bundle->items[i];

		if (item->owner && item->kind != ITEM_DIRECTORY)
			link_file(rewriting, slice_c(item->owner), bytecode + scripts + i);
	}
}

static struct slice path_of_file(const struct rewriting *rewriting, size_t index)
{
	const struct records *records = rewriting->records;

	if (index < records->bytecode_count)
		return records->bytecode[index].path;
	index -= records->bytecode_count;
	if (index < records->scripts->count)
		return records->scripts->list[index].item->path;
	return records->bundle->items[index - records->scripts->count]->path;
}

/* Open what the bundle will have at a path: a file of the stage, or else its origin. */
static int open_file(const struct rewriting *rewriting, const struct item *item, struct stat *ret,
    struct error **err)
{
	int stage = rewriting->records->stage;
	int is_staged = 1;

	if (item->content_of)
		item = item->content_of;
	if (item->origin)
		is_staged = presence_at(
		    stage, item->path.data, AT_SYMLINK_NOFOLLOW, NULL, NULL, err);
	if (is_staged < 0)
		return -1;
	return content_open(is_staged ? place_below(stage, item->path.data, item->path.data)
				      : place_at(item->origin),
	    ret, err);
}

/* The digest of a file that the bundle will have. */
static int digest_file(const struct rewriting *rewriting, const struct item *item, struct hash *ret,
    uint64_t *ret_size, struct error **err)
{
	autohasher struct hasher hasher = {0};
	struct stat stat;
	autoclose int fd = open_file(rewriting, item, &stat, err);

	if (fd < 0)
		return -1;
	*ret_size = (uint64_t)stat.st_size;
	if (hasher_begin(&hasher, HASH_SHA256, err) < 0 ||
	    content_hash(fd, &stat, item->path.data, &hasher, interrupted, err) < 0)
		return -1;
	return hasher_end(&hasher, ret, err);
}

/* Append the row's path in the image. False if it is outside. */
static bool add_image_path(const struct rewriting *rewriting, struct slice row, struct str *ret)
{
	autostr struct str joined = STR_INIT;

	if (row.data[0] == '/')
		return false;
	path_join(&joined, rewriting->base, row);
	path_normalize(ret, str_slice(&joined));
	return path_is_confined(str_slice(ret));
}

/* Let a row have the digest and size of a file. */
static int fill_row(struct rewriting *rewriting, const struct item *item, struct record_row *row,
    struct error **err)
{
	char digest[RECORD_DIGEST_SIZE + 1];
	struct hash hash;

	if (digest_file(rewriting, item, &hash, &row->size, err) < 0)
		return -1;
	record_digest(&hash, digest);
	row->algorithm = SLICE_LITERAL("sha256");
	row->digest = slice_c(arena_strdup(&rewriting->arena, digest));
	row->has_size = true;
	return 0;
}

/* Add a row for a file, unless there is one. `path` lives as long as the bundle. */
static int add_made(struct rewriting *rewriting, struct slice path, struct error **err)
{
	autostr struct str relative = STR_INIT;
	const struct item *item = map_get(&rewriting->records->bundle->by_path, path);
	struct record_row row = {.algorithm = {"", 0}, .digest = {"", 0}};
	void **place = item ? map_at(&rewriting->has, path) : NULL;

	if (!place || *place) /* it was left out, or has a row */
		return 0;
	*place = rewriting;
	if (!item->target && !slice_equal(path, rewriting->own) &&
	    fill_row(rewriting, item, &row, err) < 0)
		return -1;
	if (rewriting->base.len > 0)
		path_relative(&relative, rewriting->base, path);
	else
		str_add_slice(&relative, path);
	row.path = arena_slice(&rewriting->arena, str_slice(&relative));
	record_add(&rewriting->record, &rewriting->arena, &row);
	return 0;
}

/* Add rows for what was made of a source or for a distribution. */
static int add_all_made(struct rewriting *rewriting, struct slice key, struct error **err)
{
	const struct links *links = map_get(&rewriting->made, key);

	for (size_t index = links ? links->first : 0; index; index = rewriting->next[index - 1]) {
		rewriting->is_changed = true;
		if (add_made(rewriting, path_of_file(rewriting, index - 1), err) < 0)
			return -1;
	}
	return 0;
}

/* Whether a row is as true as fill_row() makes it. */
static bool agrees(const struct record_row *row, const struct record_row *truth)
{
	return (!row->has_size || row->size == truth->size) &&
	       (!row->algorithm.len || (slice_equal(row->algorithm, truth->algorithm) &&
					   slice_equal(row->digest, truth->digest)));
}

/* Take over a row of a file of the sources, with the file's digest and size if it has others: files
 * may have been changed after they were installed. */
static int take_true_row(struct rewriting *rewriting, const struct item *item,
    const struct record_row *row, struct error **err)
{
	struct record_row truth = *row;
	autoerror struct error *problem = NULL;

	if (item->target || slice_equal(item->path, rewriting->own) ||
	    (!row->algorithm.len && !row->has_size)) {
		record_add(&rewriting->record, &rewriting->arena, row);
		return 0;
	}
	if (fill_row(rewriting, item, &truth, &problem) < 0) {
		if (!error_is_local(problem))
			return fail_with(err, steal(&problem));
		truth = *row; /* what copies the file reports the problem */
	}
	rewriting->is_changed = rewriting->is_changed || !agrees(row, &truth);
	record_add(&rewriting->record, &rewriting->arena, agrees(row, &truth) ? row : &truth);
	return 0;
}

/* The file of the sources that a script in the bundle was; NULL if it was made. */
static const char *find_original(const struct rewriting *rewriting, const struct item *script)
{
	const struct scripts *scripts = rewriting->records->scripts;

	if (script->origin)
		return script->origin;
	for (size_t i = 0; i < scripts->count; i++)
		if (slice_equal(scripts->list[i].item->path, script->path))
			return scripts->list[i].rest;
	return NULL;
}

bool records_script_path(struct slice row, struct slice *ret)
{
	*ret = row;
	while (slice_starts(*ret, SLICE_LITERAL("../")))
		*ret = slice_from(*ret, 3);
	return ret->len < row.len && slice_is(path_parent(*ret), "bin");
}

int records_is_file(const struct record_row *row, const char *path, struct error **err)
{
	autohasher struct hasher hasher = {0};
	char digest[RECORD_DIGEST_SIZE + 1];
	struct hash hash;
	struct stat stat;
	autoclose int fd = content_open(place_at(path), &stat, err);

	if (fd < 0 || hasher_begin(&hasher, HASH_SHA256, err) < 0 ||
	    content_hash(fd, &stat, path, &hasher, interrupted, err) < 0 ||
	    hasher_end(&hasher, &hash, err) < 0)
		return -1;
	record_digest(&hash, digest);
	return slice_is(row->algorithm, "sha256") && slice_is(row->digest, digest);
}

/* The script that a row means which leads out: `pip install --target` puts bin/ beside the packages
 * and leaves "../../bin/NAME". Then *row has the path that is true. *ret is NULL if there is none.
 */
static int find_script(struct rewriting *rewriting, struct record_row *row, const struct item **ret,
    struct error **err)
{
	const struct map *items = &rewriting->records->bundle->by_path;
	struct slice rest;
	autostr struct str path = STR_INIT;
	const char *original;
	int is_found;

	*ret = NULL;
	if (!records_script_path(row->path, &rest))
		return 0;
	path_join(&path, rewriting->base, rest);
	*ret = map_get(items, str_slice(&path));
	original = *ret && (*ret)->kind != ITEM_DIRECTORY ? find_original(rewriting, *ret) : NULL;
	is_found = original ? records_is_file(row, original, err) : 0;
	if (is_found <= 0)
		*ret = NULL;
	row->path = rest;
	return is_found < 0 ? -1 : 0;
}

/* Take over a row, if the file is there. */
static int take_row(struct rewriting *rewriting, const struct record_row *given, struct error **err)
{
	struct record_row row = *given;
	const struct item *item = NULL;
	autostr struct str path = STR_INIT;

	if (add_image_path(rewriting, row.path, &path)) {
		if (add_all_made(rewriting, str_slice(&path), err) < 0)
			return -1;
		item = map_get(&rewriting->records->bundle->by_path, str_slice(&path));
	}
	if (!item) {
		rewriting->is_changed = true;
		if (find_script(rewriting, &row, &item, err) < 0)
			return -1;
	}
	if (!item || item->kind == ITEM_DIRECTORY) {
		rewriting->is_changed = true;
		return 0;
	}
	if (!item->origin && item->kind == ITEM_FILE) {
		rewriting->is_changed = true;
		return add_made(rewriting, item->path, err);
	}
	if (map_get(&rewriting->has, item->path))
		return 0;
	*map_at(&rewriting->has, item->path) = rewriting;
	return take_true_row(rewriting, item, &row, err);
}

/* Put the RECORD in the place of the one that was copied. */
static int replace(const struct rewriting *rewriting, struct item *item, struct error **err)
{
	const struct records *records = rewriting->records;
	autostr struct str text = STR_INIT;

	for (size_t i = 0; i < rewriting->record.count; i++)
		record_write_row(&text, &rewriting->record.rows[i]);
	if (bundle_remove(records->stage, item->path.data, 0, err) < 0)
		return -1;
	item->origin = NULL;
	item->size = text.len;
	return bundle_put(
	    records->stage, item->path.data, str_slice(&text), false, records->time, err);
}

/* Read the rows, and write them anew if they change. */
static int rewrite(struct rewriting *rewriting, struct item *item, struct error **err)
{
	struct slice owner = path_parent(item->path);
	autostr struct str text = STR_INIT;
	struct record old;

	rewriting->own = item->path;
	rewriting->base = path_above(owner);
	if (file_read(item->origin, RECORD_LIMIT, &text, NULL, err) < 0 ||
	    record_parse(str_slice(&text), item->origin, &rewriting->arena, &old, err) < 0)
		return -1;
	for (size_t i = 0; i < old.count; i++)
		if (take_row(rewriting, &old.rows[i], err) < 0)
			return -1;
	if (add_all_made(rewriting, owner, err) < 0)
		return -1;
	record_sort(&rewriting->record);
	return rewriting->is_changed ? replace(rewriting, item, err) : 0;
}

static bool is_record(const struct item *item)
{
	return item->kind == ITEM_FILE && item->origin &&
	       distribution_is_file(item->path, "RECORD");
}

/* Rewrite one RECORD; what is kept of the work on another one is what was made. */
static int rewrite_one(struct rewriting *rewriting, struct item *item, struct error **err)
{
	rewriting->record = (struct record){0};
	rewriting->is_changed = false;
	map_release(&rewriting->has);
	rewriting->has = (struct map){0};
	return rewrite(rewriting, item, err);
}

int records_write(
    const struct records *records, const struct plan_listener *listener, struct error **err)
{
	CLEANUP(rewriting_release) struct rewriting rewriting = {.records = records};

	link_files(&rewriting);
	for (size_t i = 0; i < records->bundle->count; i++) {
		struct item *item = records->bundle->items[i];
		struct error *problem = NULL;

		if (!is_record(item) || rewrite_one(&rewriting, item, &problem) == 0)
			continue;
		if (!error_is_local(problem))
			return fail_with(err, problem);
		item_show(item, problem);
		listener->problem(listener->context, problem);
	}
	return 0;
}
