#include "inspect/manifest.h"

#include "base/file.h"

/* "directory", "file", "link" */
static const char *kind_name(enum image_kind kind)
{
	static const char *const kinds[] = {"directory", "file", "link"};

	return kinds[kind];
}

void manifest_write_entry(struct json_writer *json, const struct image_entry *entry)
{
	char hex[2 * HASH_SIZE + 1];
	char mode[8];

	(void)snprintf(mode, sizeof(mode), "%04o", entry->mode & 07777); /* always fits */
	json_member_slice(json, "path", entry->path);
	json_member(json, "kind", kind_name(entry->kind));
	json_member_slice(json, "mode", slice_c(mode));
	if (entry->kind == IMAGE_FILE) {
		json_member_integer(json, "size", (int64_t)entry->size);
		hash_hex(&entry->sha256, hex);
		json_member(json, "sha256", hex);
	}
	if (entry->target)
		json_member(json, "target", entry->target);
}

/* The entries of the image, written and read again, so that names are in the form that those of the
 * manifest have. */
static struct json *parse_entries(const struct inspection *inspection, struct error **err)
{
	const struct image_contents *contents = &inspection->contents;
	autostr struct str text = STR_INIT;
	struct json_writer json;

	json_begin(&json, &text);
	json_array(&json);
	for (size_t i = 0; i < contents->count; i++) {
		json_object(&json);
		manifest_write_entry(&json, contents->entries[i]);
		json_object_end(&json);
	}
	json_array_end(&json);
	return json_parse(str_slice(&text), contents->path, SIZE_MAX, err);
}

/* Whether two members are equal: strings, numbers, or both absent. */
static bool is_equal(const struct json *a, const struct json *b, const char *key)
{
	const struct json *one = json_get(a, key), *other = json_get(b, key);

	if (!one || !other || one->kind != other->kind)
		return !one && !other;
	if (one->kind == JSON_STRING)
		return strcmp(one->string, other->string) == 0;
	return one->kind == JSON_NUMBER && one->number == other->number;
}

/* The first member in which the entries differ; NULL if there is none. */
static const char *find_difference(const struct json *listed, const struct json *found)
{
	static const char *const keys[] = {"kind", "target", "size", "sha256", "mode"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (!is_equal(listed, found, keys[i]))
			return keys[i];
	}
	return NULL;
}

/* A manifest and an image that are compared. */
struct comparison {
	struct inspection *inspection;
	const char *manifest;
	struct map listed; /* path -> entry of the manifest */
};

static int list_entries(
    struct comparison *comparison, const struct json *manifest, struct error **err)
{
	const struct json *entries = json_get(manifest, "entries");
	const struct json *version = json_get(manifest, "manifest");

	if (!json_is(version, JSON_NUMBER) || version->number != MANIFEST_VERSION ||
	    !json_is(entries, JSON_ARRAY))
		return fail_at(err, comparison->manifest, 0, 0, NULL,
		    "is not a manifest of version %d", MANIFEST_VERSION);
	for (const struct json *entry = json_first(entries); entry; entry = entry->next) {
		const struct json *path = json_get(entry, "path");

		if (!json_is(path, JSON_STRING))
			return fail_at(err, comparison->manifest, 0, 0, NULL,
			    "is damaged: an entry has no path");
		*map_at(&comparison->listed, slice_c(path->string)) = (void *)(uintptr_t)entry;
	}
	return 0;
}

/* Compare an entry of the image, which `found` describes, and take it from the list. */
static void compare_entry(
    struct comparison *comparison, const struct image_entry *entry, const struct json *found)
{
	void **place = map_at(&comparison->listed, slice_c(json_get(found, "path")->string));
	const char *key;

	if (!*place) {
		inspect_fault(comparison->inspection, entry->path, "is not in the manifest");
		return;
	}
	key = find_difference(*place, found);
	if (key)
		inspect_fault(comparison->inspection, entry->path,
		    "is not as the manifest says: its %s is another", key);
	*place = NULL;
}

static void tell_missing(struct comparison *comparison, const struct json *manifest)
{
	const struct json *entries = json_get(manifest, "entries");

	for (const struct json *entry = json_first(entries); entry; entry = entry->next) {
		struct slice path = slice_c(json_get(entry, "path")->string);

		if (map_get(&comparison->listed, path) == entry)
			inspect_fault(comparison->inspection, path,
			    "is in the manifest, but not in the image");
	}
}

int manifest_compare(struct inspection *inspection, const char *path, struct error **err)
{
	struct comparison comparison = {.inspection = inspection, .manifest = path};
	const struct image_contents *contents = &inspection->contents;
	autojson struct json *manifest = NULL, *entries = NULL;
	autostr struct str text = STR_INIT;
	const struct json *found;
	int result;

	if (file_read(path, FILE_READ_LIMIT, &text, NULL, err) < 0)
		return -1;
	manifest = json_parse(str_slice(&text), path, FILE_READ_LIMIT, err);
	entries = manifest ? parse_entries(inspection, err) : NULL;
	if (!entries)
		return -1;
	result = list_entries(&comparison, manifest, err);
	found = json_first(entries);
	for (size_t i = 0; i < contents->count && result == 0; i++, found = found->next)
		compare_entry(&comparison, contents->entries[i], found);
	if (result == 0)
		tell_missing(&comparison, manifest);
	map_release(&comparison.listed);
	return result;
}
