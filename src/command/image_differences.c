#include "command/image.h"

static const char *change_of(const struct difference *difference)
{
	return !difference->before ? "added" : !difference->after ? "removed" : "changed";
}

static void add_hex(struct json_writer *json, const char *key, const struct image_entry *entry)
{
	char hex[2 * HASH_SIZE + 1];

	if (entry->kind != IMAGE_FILE)
		return;
	hash_hex(&entry->sha256, hex);
	json_member(json, key, hex);
}

/* A side of a difference: an object, or null. */
static void add_side(struct json_writer *json, const char *key, const struct image_entry *entry)
{
	static const char *const kinds[] = {"directory", "file", "link"};
	autofree char *mode = NULL;

	json_key(json, key);
	if (!entry) {
		json_null(json);
		return;
	}
	json_object(json);
	json_member(json, "kind", kinds[entry->kind]);
	mode = xasprintf("%04o", entry->mode); /* as --list has it */
	json_member(json, "mode", mode);
	json_member_integer(json, "size", (int64_t)entry->size);
	add_hex(json, "sha256", entry);
	if (entry->target)
		json_member(json, "target", entry->target);
	json_object_end(json);
}

static void add_as_json(struct json_writer *json, const struct difference *difference)
{
	const struct image_entry *entry = difference->after ? difference->after
							    : difference->before;

	json_object(json);
	json_member_slice(json, "path", entry->path);
	json_member(json, "change", change_of(difference));
	add_side(json, "before", difference->before);
	add_side(json, "after", difference->after);
	json_object_end(json);
}

static void add_as_text(struct str *text, const struct difference *difference)
{
	const struct image_entry *before = difference->before, *after = difference->after;

	str_addf(text, "  %-8s", change_of(difference));
	str_add_printable(text, (after ? after : before)->path);
	if (before && after && before->kind != after->kind)
		str_adds(text, " (of another kind)");
	else if (before && after && before->kind == IMAGE_LINK)
		str_adds(text, " (another target)");
	else if (before && after && before->size != after->size)
		str_addf(text, " (%llu -> %llu bytes)", (unsigned long long)before->size,
		    (unsigned long long)after->size);
	else if (before && after && memcmp(&before->sha256, &after->sha256, HASH_SIZE) == 0)
		str_addf(text, " (mode %04o -> %04o)", before->mode, after->mode);
	else
		str_addf(text, " (%llu bytes)", (unsigned long long)(after ? after : before)->size);
	str_addc(text, '\n');
}

/* The name of a group, with both versions if they differ. */
static void add_label(struct str *ret, const struct difference_group *group)
{
	const struct package *before = group->before, *after = group->after;

	if (!before || !after || slice_equal(before->label, after->label)) {
		str_add_slice(ret, group->label);
		return;
	}
	str_add_slice(ret, before->label);
	str_adds(ret, " -> ");
	str_add_slice(ret, after->label);
}

/* Add a group. *at is the index of its first difference, and then of the next group's. */
static void add_group(
    struct image_output *output, const struct differences *differences, size_t *at)
{
	size_t index = differences->items[*at].group;
	const struct difference_group *group = &differences->groups[index];
	autostr struct str label = STR_INIT;

	add_label(&label, group);
	if (!output->is_json) {
		str_add_printable(&output->text, str_slice(&label));
		str_addc(&output->text, '\n');
	} else {
		json_object(&output->json);
		json_member_slice(&output->json, "package", str_slice(&label));
		json_key(&output->json, "entries");
		json_array(&output->json);
	}
	for (; *at < differences->count && differences->items[*at].group == index; ++*at) {
		if (output->is_json)
			add_as_json(&output->json, &differences->items[*at]);
		else
			add_as_text(&output->text, &differences->items[*at]);
	}
	if (output->is_json) {
		json_array_end(&output->json);
		json_object_end(&output->json);
	}
}

static void add_counts(struct image_output *output, const struct inspection *after,
    const struct differences *differences)
{
	struct json_writer *json = &output->json;
	bool has_blobs = after->contents.blob_count > 0;

	if (output->is_json) {
		json_member_integer(json, "added", (int64_t)differences->added);
		json_member_integer(json, "removed", (int64_t)differences->removed);
		json_member_integer(json, "changed", (int64_t)differences->changed);
		if (has_blobs) {
			json_member_integer(json, "blobs", (int64_t)differences->new_blobs);
			json_member_integer(json, "upload", (int64_t)differences->new_bytes);
		}
		return;
	}
	str_addf(&output->text, "%zu added, %zu removed, %zu changed", differences->added,
	    differences->removed, differences->changed);
	if (has_blobs) {
		str_adds(&output->text, "; to upload: ");
		str_add_count(&output->text, differences->new_blobs, "blob, |blobs, ");
		str_add_count(&output->text, differences->new_bytes, "byte|bytes");
	}
	str_addc(&output->text, '\n');
}

void image_print_differences(struct image_output *output, const struct inspection *before,
    const struct inspection *after, const struct differences *differences)
{
	struct json_writer *json = &output->json;
	size_t at = 0;

	if (output->is_json) {
		json_object(json);
		json_member(json, "before", before->contents.path);
		json_member(json, "after", after->contents.path);
		json_key(json, "packages");
		json_array(json);
	}
	while (at < differences->count)
		add_group(output, differences, &at);
	if (output->is_json)
		json_array_end(json);
	add_counts(output, after, differences);
	if (output->is_json)
		json_object_end(json);
}
