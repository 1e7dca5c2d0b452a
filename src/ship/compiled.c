#include "ship/compiled.h"

#include "base/file.h"
#include "base/packing.h"

/* The version of keys and entries. */
#define KEY_VERSION "kiln image 2"

/* The bytes that a packed error, and a packed file of bytecode, take at least. */
#define LEAST_ERROR 7
#define LEAST_BYTECODE 1

/* All that decides what the bytes are. The origin is not among it: it may be anywhere. */
static int compute_key(struct compiled *compiled, struct error **err)
{
	const struct compile_options *options = compiled->options;
	autostr struct str text = STR_INIT;

	str_add_part(&text, SLICE_LITERAL(KEY_VERSION));
	str_add_part(&text, compiled->identity);
	str_add_part(&text, slice_c(compiled->recorded));
	/* The path in the image is that of the factor. */
	str_add_part(&text, options->constants ? compiled->item->path : SLICE_LITERAL(""));
	for (int level = 0; level < COMPILE_LEVELS; level++)
		str_addc(&text, options->levels[level] ? '1' : '0');
	str_addf(&text, "%d%d%d%u;", options->constants, options->cpython, options->check,
	    options->instrumentation);
	if (options->check == CHECK_TIME)
		str_addf(&text, "%jd;", (intmax_t)options->time);
	str_add_part(&text, compiled->bytes);
	return hash_compute(HASH_BLAKE2B, str_slice(&text), &compiled->key, err);
}

static void add_path(const struct compiled *compiled, int level, struct str *ret)
{
	compile_add_path(
	    ret, compiled->options->layout, compiled->item->path, compiled->tag, level);
}

/* Read the warnings of an entry. They are about the source where it is now. */
static void unpack_notes(const struct compiled *compiled, struct unpacker *entry, struct notes *ret)
{
	size_t count = unpack_count(entry, LEAST_ERROR);

	for (size_t i = 0; i < count && !entry->is_bad; i++) {
		struct error *note = unpack_error(entry);

		if (!note)
			return;
		free(note->path);
		note->path = xstrdup(item_shown(compiled->item));
		notes_add(ret, note);
	}
}

static void move_notes(struct notes *notes, struct notes *more)
{
	for (size_t i = 0; i < more->count; i++)
		notes_add(notes, steal(&more->items[i]));
}

/* Put what an entry has into the bundle; *ret_found stays false if it cannot be read. */
static int unpack_entry(struct compiled *compiled, struct slice bytes, struct notes *notes,
    bool *ret_found, struct error **err)
{
	struct unpacker entry = unpacker_of(bytes);
	autonotes struct notes more = {NULL, 0};
	struct slice files[COMPILE_LEVELS];

	unpack_notes(compiled, &entry, &more);
	for (int level = 0; level < COMPILE_LEVELS; level++) {
		if (compiled->options->levels[level])
			files[level] = unpack_string(&entry);
	}
	if (entry.is_bad || entry.at != entry.end)
		return 0;
	for (int level = 0; level < COMPILE_LEVELS; level++) {
		if (compiled->options->levels[level] &&
		    compile_put(compiled->root, compiled->item, compiled->options, compiled->tag,
			level, files[level], err) < 0)
			return -1;
	}
	move_notes(notes, &more);
	*ret_found = true;
	return 0;
}

int compiled_get(
    struct compiled *compiled, struct notes *notes, bool *ret_found, struct error **err)
{
	struct cache *cache = compiled->options->cache;
	autostr struct str entry = STR_INIT;

	*ret_found = false;
	if (!cache || !compiled->identity.len)
		return 0;
	if (compute_key(compiled, err) < 0 ||
	    cache_get_bytes(cache, &compiled->key, &entry, ret_found, NULL, NULL, err) < 0)
		return -1;
	if (!*ret_found)
		return 0;
	*ret_found = false;
	return unpack_entry(compiled, str_slice(&entry), notes, ret_found, err);
}

int compiled_put(struct compiled *compiled, const struct notes *notes, struct error **err)
{
	struct cache *cache = compiled->options->cache;
	autostr struct str entry = STR_INIT;
	autostr struct str path = STR_INIT;
	autostr struct str file = STR_INIT;
	struct hash content;

	if (!cache || !compiled->identity.len || cache->is_full)
		return 0;
	pack_number(&entry, notes->count);
	for (size_t i = 0; i < notes->count; i++)
		pack_error(&entry, notes->items[i]);
	for (int level = 0; level < COMPILE_LEVELS; level++) {
		if (!compiled->options->levels[level])
			continue;
		str_truncate(&path, 0);
		str_truncate(&file, 0);
		add_path(compiled, level, &path);
		/* What cannot be read is not stored; the build goes on. */
		if (file_read_place(place_below(compiled->root, str_c(&path), str_c(&path)),
			FILE_READ_LIMIT, &file, NULL, NULL) < 0)
			return 0;
		pack_string(&entry, str_slice(&file));
	}
	/* An entry that could not be unpacked is replaced. */
	return cache_put_bytes(
	    cache, &compiled->key, str_slice(&entry), false, true, &content, err);
}
