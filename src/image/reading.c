#include "image/reading.h"

#include <limits.h>

#include "base/array.h"
#include "base/path.h"

/* What is known of a path. Layers count from 1, 0 is none. */
struct path_state {
	struct image_entry *entry; /* of the last layer that has one */
	size_t removed;		   /* the last layer that removes the path */
	size_t emptied;		   /* the last layer that removes what lower layers have below it */
	bool is_dropped;	   /* the entry was reported, and is not in the contents */
};

void reading_release(struct reading *reading)
{
	for (size_t i = 0; i < reading->states.count; i++)
		free(reading->states.entries[i].value);
	map_release(&reading->states);
	hasher_release(&reading->hasher);
	hasher_release(&reading->sha1);
	free(reading->block);
}

void reading_fault(struct reading *reading, struct slice path, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	image_fault(reading->contents, reading->visitor, path, format, arguments);
	va_end(arguments);
}

void reading_problem(struct reading *reading, struct error *problem)
{
	reading->contents->faults++;
	reading->visitor->fault(reading->visitor->context, problem);
}

int reading_count(struct reading *reading, uint64_t size, struct error **err)
{
	const struct image_reading_options *options = &reading->options;

	if (options->interrupted && options->interrupted())
		return fail(err, ERROR_SYSTEM, "interrupted");
	reading->total += size;
	if (reading->total <= options->total_limit)
		return 0;
	return fail_at(err, reading->contents->path, 0, 0, NULL,
	    "unpacks to more than %llu bytes: if that is intended, raise --limit",
	    (unsigned long long)options->total_limit);
}

static struct path_state *state_of(struct reading *reading, struct slice path)
{
	struct path_state *state = map_get(&reading->states, path);
	const char *copy;

	if (state)
		return state;
	copy = arena_copy(&reading->contents->arena, path);
	state = xcalloc(1, sizeof(*state));
	*map_at(&reading->states, slice_of(copy, path.len)) = state;
	return state;
}

/* Without "./" at the beginning and slashes at the end, which archives of other programs have. */
static struct slice strip(struct slice path)
{
	while (path.len > 1 && path.data[0] == '.' && path.data[1] == '/') {
		path = slice_from(path, 2);
		while (path.len && path.data[0] == '/')
			path = slice_from(path, 1);
	}
	while (path.len > 1 && path.data[path.len - 1] == '/')
		path.len--;
	return slice_is(path, ".") ? slice_of("", 0) : path;
}

const struct image_entry *reading_find(struct reading *reading, struct slice path)
{
	const struct path_state *state = map_get(&reading->states, strip(path));

	return state && !state->is_dropped ? state->entry : NULL;
}

/* Note the removal that a whiteout of a layer asks for. False if the path is no whiteout. */
static bool take_whiteout(struct reading *reading, struct slice path)
{
	struct slice name = path_name(path), rest = path_parent(path);
	autostr struct str removed = STR_INIT;

	if (!reading->layer || !slice_starts(name, SLICE_LITERAL(".wh.")))
		return false;
	if (slice_is(rest, "."))
		rest.len = 0;
	if (slice_is(name, ".wh..wh..opq")) {
		state_of(reading, rest)->emptied = reading->layer;
		return true;
	}
	path_join(&removed, rest, slice_from(name, 4));
	state_of(reading, str_slice(&removed))->removed = reading->layer;
	return true;
}

/* Why a path cannot be that of an entry; NULL if it can. */
static const char *path_trouble(struct slice path)
{
	struct slice rest = path, name;

	if (memchr(path.data, '\0', path.len))
		return "has a NUL byte in its name";
	if (path.data[0] == '/')
		return "would be outside of the image: its name is absolute";
	while (slice_next(&rest, '/', &name)) {
		if (!name.len)
			return "has two slashes in a row in its name";
		if (slice_is(name, ".."))
			return "would be outside of the image: its name has '..'";
		if (slice_is(name, "."))
			return "has '.' as a part of its name";
	}
	return path_depth(path) > PATH_DEPTH_LIMIT ? "is in more directories than kiln reads"
						   : NULL;
}

static int check_path(struct reading *reading, struct slice path)
{
	const struct slice image = {"", 0};
	autostr struct str shown = STR_INIT;
	const char *trouble;

	if (!path.len) {
		reading_fault(reading, image, "an entry has no name");
		return -1;
	}
	if (path.len >= PATH_MAX) {
		reading_fault(reading, image,
		    "an entry's path has %zu bytes: no file system takes it", path.len);
		return -1;
	}
	trouble = path_trouble(path);
	if (!trouble)
		return 0;
	str_add_printable(&shown, path);
	reading_fault(reading, image, "the entry '%s' %s", str_c(&shown), trouble);
	return -1;
}

/* Count an entry, and the bytes of its path. */
static int count_entry(struct reading *reading, size_t size, struct error **err)
{
	if (++reading->entered > IMAGE_ENTRIES_LIMIT)
		return fail_at(err, reading->contents->path, 0, 0, NULL,
		    "has more than %zu entries", IMAGE_ENTRIES_LIMIT);
	reading->path_bytes += size;
	if (reading->path_bytes > IMAGE_PATHS_LIMIT)
		return fail_at(err, reading->contents->path, 0, 0, NULL,
		    "the names of its entries take more than %zu MiB", IMAGE_PATHS_LIMIT >> 20);
	return reading_count(reading, 0, err);
}

int reading_enter(struct reading *reading, enum image_kind kind, struct slice path, unsigned mode,
    struct image_entry **ret, struct error **err)
{
	struct image_contents *contents = reading->contents;
	struct image_entry *entry, *before;
	struct path_state *state;

	*ret = NULL;
	path = strip(path);
	if (count_entry(reading, path.len, err) < 0)
		return -1;
	if ((!path.len && kind == IMAGE_DIRECTORY) || check_path(reading, path) < 0 ||
	    take_whiteout(reading, path))
		return 0;
	state = state_of(reading, path);
	before = state->entry && state->entry->layer == reading->layer ? state->entry : NULL;
	if (before && (before->kind != IMAGE_DIRECTORY || kind != IMAGE_DIRECTORY))
		reading_fault(reading, path,
		    "occurs more than once: programs differ in which one "
		    "they take");
	if (kind != IMAGE_DIRECTORY)
		state->emptied = reading->layer;
	entry = arena_zalloc(&contents->arena, 1, sizeof(*entry));
	*entry = (struct image_entry){
	    .kind = kind,
	    .path = arena_slice(&contents->arena, path),
	    .mode = mode,
	    .layer = reading->layer,
	};
	state->entry = entry;
	state->is_dropped = false;
	*ret = entry;
	return 0;
}

void reading_drop(struct reading *reading, struct image_entry *entry)
{
	struct path_state *state = map_get(&reading->states, entry->path);

	state->is_dropped = state->is_dropped || state->entry == entry;
}

int reading_begin(struct reading *reading, struct image_entry *entry, struct error **err)
{
	const struct image_visitor *visitor = reading->visitor;

	if (entry->size > reading->options.entry_limit) {
		reading_fault(reading, entry->path,
		    "has %llu bytes, more than the limit of %llu for one entry",
		    (unsigned long long)entry->size,
		    (unsigned long long)reading->options.entry_limit);
		reading_drop(reading, entry);
		return 0;
	}
	reading->done = 0;
	if (hasher_begin(&reading->hasher, HASH_SHA256, err) < 0 ||
	    (reading->options.has_sha1 && hasher_begin(&reading->sha1, HASH_SHA1, err) < 0))
		return -1;
	if (visitor->begin && visitor->begin(visitor->context, entry, err) < 0)
		return -1;
	return 1;
}

int reading_data(
    struct reading *reading, struct image_entry *entry, struct slice data, struct error **err)
{
	const struct image_visitor *visitor = reading->visitor;
	uint64_t left = entry->size - reading->done;

	reading->done += data.len;
	if (data.len > left) { /* reading_end() reports it */
		reading->done = UINT64_MAX - data.len;
		return 0;
	}
	if (hasher_add(&reading->hasher, data, err) < 0 ||
	    (reading->options.has_sha1 && hasher_add(&reading->sha1, data, err) < 0))
		return -1;
	return visitor->data ? visitor->data(visitor->context, entry, data, err) : 0;
}

int reading_end(struct reading *reading, struct image_entry *entry, struct error **err)
{
	const struct image_visitor *visitor = reading->visitor;

	if (hasher_end(&reading->hasher, &entry->sha256, err) < 0 ||
	    (reading->options.has_sha1 && hasher_end(&reading->sha1, &entry->sha1, err) < 0))
		return -1;
	if (reading->done != entry->size) {
		reading_fault(reading, entry->path, "is %s than its header says",
		    reading->done < entry->size ? "shorter" : "longer");
		reading_drop(reading, entry);
		return 0;
	}
	return visitor->end ? visitor->end(visitor->context, entry, err) : 0;
}

/* Whether an entry of a layer is gone by a later one, by what happened to the paths above. */
static bool is_gone(const struct reading *reading, const struct path_state *state)
{
	const struct image_entry *entry = state->entry;
	const struct path_state *above;

	if (!entry || state->is_dropped || state->removed > entry->layer)
		return true;
	above = map_get(&reading->states, slice_of("", 0));
	if (above && above->emptied > entry->layer)
		return true;
	for (size_t len = 0; len < entry->path.len; len++) {
		if (entry->path.data[len] != '/')
			continue;
		above = map_get(&reading->states, slice_of(entry->path.data, len));
		if (above && (above->removed > entry->layer || above->emptied > entry->layer))
			return true;
	}
	return false;
}

static void add(struct image_contents *contents, struct image_entry *entry, size_t *capacity)
{
	if (contents->count == *capacity) {
		*capacity = *capacity ? 2 * *capacity : 256;
		contents->entries = xreallocarray(
		    contents->entries, *capacity, sizeof(*contents->entries));
	}
	contents->entries[contents->count++] = entry;
	*map_at(&contents->by_path, entry->path) = entry;
}

/* Add the directories above an entry that the image has no entries for. *ret_is_below is false if
 * one of them is no directory. */
static int add_parents(struct reading *reading, const struct image_entry *entry, size_t *capacity,
    bool *ret_is_below, struct error **err)
{
	struct image_contents *contents = reading->contents;

	*ret_is_below = true;
	for (size_t len = 0; len < entry->path.len; len++) {
		struct slice path = slice_of(entry->path.data, len);
		struct image_entry *parent;

		if (entry->path.data[len] != '/')
			continue;
		parent = map_get(&contents->by_path, path);
		if (parent && parent->kind != IMAGE_DIRECTORY) {
			*ret_is_below = false;
			return 0;
		}
		if (parent)
			continue;
		if (count_entry(reading, len, err) < 0)
			return -1;
		parent = arena_zalloc(&contents->arena, 1, sizeof(*parent));
		*parent = (struct image_entry){.kind = IMAGE_DIRECTORY,
		    .path = slice_of(arena_copy(&contents->arena, path), len),
		    .mode = 0755,
		    .layer = entry->layer};
		add(contents, parent, capacity);
	}
	return 0;
}

static int compare_entries(const void *a, const void *b)
{
	const struct image_entry *const *first = a, *const *second = b;

	return slice_compare((*first)->path, (*second)->path);
}

static void sort_entries(struct image_contents *contents)
{
	array_sort(contents->entries, contents->count, sizeof(*contents->entries), compare_entries);
}

/* Find the directories without entries. */
static void mark_empty(struct image_contents *contents)
{
	for (size_t i = 0; i < contents->count; i++)
		contents->entries[i]->is_empty = contents->entries[i]->kind == IMAGE_DIRECTORY;
	for (size_t i = 0; i < contents->count; i++) {
		struct image_entry *parent = map_get(
		    &contents->by_path, path_parent(contents->entries[i]->path));

		if (parent)
			parent->is_empty = false;
	}
}

int reading_finish(struct reading *reading, struct error **err)
{
	struct image_contents *contents = reading->contents;
	size_t capacity = 0, count;

	for (size_t i = 0; i < reading->states.count; i++) {
		const struct path_state *state = reading->states.entries[i].value;

		if (!is_gone(reading, state))
			add(contents, state->entry, &capacity);
	}
	sort_entries(contents);
	count = contents->count;
	for (size_t i = 0; i < count; i++) {
		const struct image_entry *entry = contents->entries[i];
		bool is_below;

		if (add_parents(reading, entry, &capacity, &is_below, err) < 0)
			return -1;
		if (!is_below)
			reading_fault(
			    reading, entry->path, "is below an entry that is not a directory");
	}
	sort_entries(contents);
	mark_empty(contents);
	return 0;
}
