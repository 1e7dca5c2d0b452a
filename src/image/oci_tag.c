#include "image/oci_tag.h"

#include "image/oci_attach.h"

void oci_index_begin(struct json_writer *json, struct str *ret)
{
	json_begin(json, ret);
	json_object(json);
	json_member_integer(json, "schemaVersion", 2);
	json_member(json, "mediaType", OCI_INDEX);
	json_key(json, "manifests");
	json_array(json);
}

void oci_entry_write(struct json_writer *json, const struct oci_descriptor *descriptor,
    const struct oci_platform *platform, const char *tag)
{
	json_object(json);
	oci_descriptor_write(json, descriptor);
	if (platform) {
		json_key(json, "platform");
		json_object(json);
		oci_platform_write(json, platform);
		json_object_end(json);
	}
	if (tag) {
		json_key(json, "annotations");
		json_object(json);
		json_member(json, OCI_TAG, tag);
		json_object_end(json);
	}
	json_object_end(json);
}

/* Whether an entry is one of the referrers that are written anew. */
static bool is_written_anew(
    const struct json *entry, const struct oci_descriptor *image, const struct fields *referrers)
{
	const char *subject = oci_annotation(entry, OCI_SUBJECT);

	return referrers && subject && strcmp(subject, image->digest.text) == 0;
}

int oci_tag_commit(struct oci_layout *layout, const char *tag, const struct oci_descriptor *image,
    const struct oci_platform *platform, const struct fields *referrers, struct error **err)
{
	const struct json *index = layout->index;
	autostr struct str text = STR_INIT;
	struct json_writer json;
	bool is_written = false;

	oci_index_begin(&json, &text);
	for (const struct json *item = json_first(json_get(index, "manifests")); item;
	     item = item->next) {
		const char *old = oci_annotation(item, OCI_TAG);

		if (oci_is_orphan(index, item, tag, &image->digest) ||
		    is_written_anew(item, image, referrers))
			continue;
		if (!old || strcmp(old, tag) != 0)
			json_tree(&json, item);
		else if (!is_written)
			oci_entry_write(&json, image, platform, tag);
		is_written = is_written || (old && strcmp(old, tag) == 0);
	}
	if (!is_written)
		oci_entry_write(&json, image, platform, tag);
	for (size_t i = 0; referrers && i < referrers->count; i++)
		json_raw(&json, fields_at(referrers, i));
	json_array_end(&json);
	if (json_get(index, "annotations")) {
		json_key(&json, "annotations");
		json_tree(&json, json_get(index, "annotations"));
	}
	json_object_end(&json);
	return oci_layout_commit(layout, str_slice(&text), err);
}
