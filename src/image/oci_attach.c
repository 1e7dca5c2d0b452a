#include "image/oci_attach.h"

#include "image/oci_config.h"

#define OCI_EMPTY "application/vnd.oci.empty.v1+json"
#define PREDICATE_TYPE "in-toto.io/predicate-type"

bool oci_is_orphan(const struct json *index, const struct json *entry, const char *tag,
    const struct oci_digest *digest)
{
	const char *subject = oci_annotation(entry, OCI_SUBJECT);

	if (!subject || strcmp(subject, digest->text) == 0)
		return false;
	for (const struct json *item = json_first(json_get(index, "manifests")); item;
	     item = item->next) {
		const char *other = oci_annotation(item, OCI_TAG);

		if ((!other || strcmp(other, tag) != 0) &&
		    strcmp(json_text(item, "digest", ""), subject) == 0)
			return false;
	}
	return true;
}

static void write_layer(struct json_writer *json, const struct oci_descriptor *layer,
    const struct oci_attachment *attachment)
{
	json_key(json, "layers");
	json_array(json);
	json_object(json);
	oci_descriptor_write(json, layer);
	if (attachment->predicate) {
		json_key(json, "annotations");
		json_object(json);
		json_member(json, PREDICATE_TYPE, attachment->predicate);
		json_object_end(json);
	}
	json_object_end(json);
	json_array_end(json);
}

/* Write the manifest of an attachment; its config is the empty one. */
static int write_referrer(struct oci_layout *layout, const struct oci_descriptor *image,
    const struct oci_attachment *attachment, struct oci_descriptor *ret, struct error **err)
{
	struct oci_descriptor layer = {.media_type = attachment->type};
	struct oci_descriptor config = {.media_type = OCI_EMPTY};
	autostr struct str text = STR_INIT;
	struct json_writer json;

	if (oci_layout_put(layout, attachment->content, &layer, err) < 0 ||
	    oci_layout_put(layout, SLICE_LITERAL("{}"), &config, err) < 0)
		return -1;
	json_begin(&json, &text);
	json_object(&json);
	json_member_integer(&json, "schemaVersion", 2);
	json_member(&json, "mediaType", OCI_MANIFEST);
	json_member(&json, "artifactType", attachment->type);
	json_key(&json, "config");
	json_object(&json);
	oci_descriptor_write(&json, &config);
	json_object_end(&json);
	write_layer(&json, &layer, attachment);
	json_key(&json, "subject");
	json_object(&json);
	oci_descriptor_write(&json, image);
	json_object_end(&json);
	json_object_end(&json);
	ret->media_type = OCI_MANIFEST;
	return oci_layout_put(layout, str_slice(&text), ret, err);
}

static void write_entry(struct json_writer *json, const struct oci_descriptor *referrer,
    const char *type, const struct oci_descriptor *image)
{
	json_object(json);
	oci_descriptor_write(json, referrer);
	json_member(json, "artifactType", type);
	json_key(json, "annotations");
	json_object(json);
	json_member(json, OCI_SUBJECT, image->digest.text);
	json_object_end(json);
	json_object_end(json);
}

/* Whether an entry of index.json is replaced by an attachment. */
static bool is_replaced(const struct json *entry, const struct oci_descriptor *image,
    const struct oci_attachment *attachments, size_t count)
{
	const char *subject = oci_annotation(entry, OCI_SUBJECT);

	for (size_t i = 0; subject && i < count; i++)
		if (strcmp(subject, image->digest.text) == 0 &&
		    strcmp(json_text(entry, "artifactType", ""), attachments[i].type) == 0)
			return true;
	return false;
}

static int attach_all(struct oci_layout *layout, const struct oci_descriptor *image,
    const struct oci_attachment *attachments, size_t count, struct error **err)
{
	autostr struct str text = STR_INIT;
	struct json_writer json;

	json_begin(&json, &text);
	json_object(&json);
	for (const struct json *member = json_first(layout->index); member; member = member->next) {
		json_key(&json, member->key);
		if (strcmp(member->key, "manifests") != 0) {
			json_tree(&json, member);
			continue;
		}
		json_array(&json);
		for (const struct json *item = member->first; item; item = item->next)
			if (!is_replaced(item, image, attachments, count))
				json_tree(&json, item);
		for (size_t i = 0; i < count; i++) {
			struct oci_descriptor referrer;

			if (write_referrer(layout, image, &attachments[i], &referrer, err) < 0)
				return -1;
			write_entry(&json, &referrer, attachments[i].type, image);
		}
		json_array_end(&json);
	}
	json_object_end(&json);
	return oci_layout_commit(layout, str_slice(&text), err);
}

int oci_attach(const char *directory, const struct oci_descriptor *image,
    const struct oci_attachment *attachments, size_t count, bool (*interrupted)(void),
    struct error **err)
{
	autolayout struct oci_layout layout = OCI_LAYOUT_INIT;

	if (oci_layout_begin(&layout, directory, interrupted, err) < 0)
		return -1;
	if (!layout.index)
		return fail(err, ERROR_SYSTEM, "cannot attach to the image in '%s': it is removed",
		    directory);
	return attach_all(&layout, image, attachments, count, err);
}

static int add_base(void *context, const struct oci_descriptor *descriptor,
    const struct json *document, struct error **err)
{
	const char *base = oci_annotation(document, OCI_BASE_DIGEST);
	struct fields *bases = context;

	(void)descriptor;
	(void)err; /* nothing to fail */
	if (base && !fields_have(bases, slice_c(base)))
		fields_adds(bases, base);
	return 0;
}

int oci_bases(const char *directory, const struct oci_descriptor *image, struct fields *ret,
    struct error **err)
{
	autolayout struct oci_layout layout = OCI_LAYOUT_INIT;
	const struct oci_visitor visitor = {add_base, NULL, ret};
	struct oci_documents documents;

	if (oci_layout_open(&layout, directory, err) < 0)
		return -1;
	documents = oci_documents_of(&layout);
	return oci_walk(&documents, image, &visitor, err);
}
