#include "record/cached.h"

#include "base/packing.h"

/* The version of keys and entries. */
#define KEY_VERSION "kiln record 1"

/* The bytes that a packed note takes at least. */
#define LEAST_NOTE 8

int cached_key(const struct record_source *source, const struct record_settings *settings,
    const char *digest, struct hash *ret, struct error **err)
{
	autostr struct str text = STR_INIT;

	str_add_part(&text, SLICE_LITERAL(KEY_VERSION));
	str_add_part(&text, slice_c(digest));
	str_add_part(&text, source->project->path);
	str_add_part(&text, source->factor);
	str_addf(&text, "%d;", (int)settings->style);
	return hash_compute(HASH_BLAKE2B, str_slice(&text), ret, err);
}

/* Notes are about the files where they are now. */
static void pack_notes(
    const struct record_source *source, const struct notes *notes, struct str *ret)
{
	pack_number(ret, notes->count);
	for (size_t i = 0; i < notes->count; i++) {
		const char *path = notes->items[i]->path;

		pack_number(ret, path && source->interface && strcmp(path, source->interface) == 0);
		pack_error(ret, notes->items[i]);
	}
}

static void unpack_notes(
    const struct record_source *source, struct unpacker *unpacker, struct notes *ret)
{
	size_t count = unpack_count(unpacker, LEAST_NOTE);

	for (size_t i = 0; i < count && !unpacker->is_bad; i++) {
		bool is_interface = unpack_number(unpacker) != 0;
		struct error *note = unpack_error(unpacker);

		if (!note)
			return;
		free(note->path);
		note->path = xstrdup(
		    is_interface && source->interface ? source->interface : source->origin);
		notes_add(ret, note);
	}
}

static void unpack_files(struct unpacker *unpacker, struct description_files *ret)
{
	for (size_t i = 0; i < DESCRIPTION_FILES; i++)
		str_add_slice(&ret->texts[i], unpack_string(unpacker));
}

/* False, with nothing changed, if the bytes are no entry. */
static bool unpack(const struct record_source *source, struct slice bytes, struct loaded *loaded,
    struct str *ret_summary, struct notes *notes)
{
	struct unpacker unpacker = unpacker_of(bytes);
	autodescription_files struct description_files files = {.texts = {STR_INIT}};
	autodescription_files struct description_files interface = {.texts = {STR_INIT}};
	autonotes struct notes found = {NULL, 0};
	struct slice summary;

	unpack_notes(source, &unpacker, &found);
	summary = unpack_string(&unpacker);
	unpack_files(&unpacker, &files);
	unpack_files(&unpacker, &interface);
	if (unpacker.is_bad || unpacker.at != unpacker.end)
		return false;
	for (size_t i = 0; i < found.count; i++)
		notes_add(notes, steal(&found.items[i]));
	str_add_slice(ret_summary, summary);
	loaded->files = files;
	loaded->interface_files = interface;
	files = interface = (struct description_files){.texts = {STR_INIT}};
	return true;
}

int cached_get(struct cache *cache, const struct hash *key, const struct record_source *source,
    struct loaded *loaded, struct str *ret_summary, struct notes *notes, bool *ret_found,
    struct error **err)
{
	autostr struct str entry = STR_INIT;

	if (cache_get_bytes(cache, key, &entry, ret_found, NULL, NULL, err) < 0)
		return -1;
	*ret_found = *ret_found && unpack(source, str_slice(&entry), loaded, ret_summary, notes);
	return 0;
}

int cached_put(struct cache *cache, const struct hash *key, const struct record_source *source,
    const struct loaded *loaded, struct slice summary, const struct notes *notes,
    struct error **err)
{
	const struct description_files *const files[] = {&loaded->files, &loaded->interface_files};
	autostr struct str entry = STR_INIT;
	struct hash content;

	if (!cache->is_open || cache->is_full)
		return 0;
	pack_notes(source, notes, &entry);
	pack_string(&entry, summary);
	for (size_t i = 0; i < 2 * DESCRIPTION_FILES; i++)
		pack_string(
		    &entry, str_slice(&files[i / DESCRIPTION_FILES]->texts[i % DESCRIPTION_FILES]));
	/* An entry that could not be read is replaced. */
	return cache_put_bytes(cache, key, str_slice(&entry), false, true, &content, err);
}
