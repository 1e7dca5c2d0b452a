#include "image/oci_base.h"

#include "base/path.h"

bool oci_is_reference(const char *text)
{
	return slice_starts(slice_c(text), SLICE_LITERAL("oci:"));
}

/* The syntax of a tag: that of a component of image names (distribution-spec). */
static bool is_tag(const char *tag)
{
	size_t len = strspn(
	    tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

	return len > 0 && len <= 128 && !tag[len] && *tag != '.' && *tag != '-';
}

int oci_reference_read(const char *text, struct oci_reference *ret, struct error **err)
{
	const char *path = text + strlen("oci:"), *slash = strrchr(path, '/');
	char *colon;

	ret->directory = xstrdup(path);
	colon = strrchr(ret->directory + (slash ? slash - path : 0), ':');
	ret->tag = colon ? colon + 1 : NULL;
	if (colon)
		*colon = '\0';
	/* "DIR:../x" is meant as a tag, which has no slash. */
	if (*ret->directory && !strstr(ret->directory, ":../") && (!ret->tag || is_tag(ret->tag)))
		return 0;
	free(steal(&ret->directory));
	return fail_bad_value("an OCI image", text,
	    "oci:DIR or oci:DIR:TAG, the tag of letters, digits and '_.-'", err);
}

/* Check the layers of a base: each has a descriptor, a diff_id, and a blob of the right size. */
static int check_layers(struct oci_base *base, struct error **err)
{
	const char *path = base->layout.path;
	const struct json *layers = json_get(base->manifest, "layers");
	const struct json *ids = json_get(json_get(base->config, "rootfs"), "diff_ids");
	const struct json *id = json_first(ids);

	if (!json_is(layers, JSON_ARRAY) || !json_is(ids, JSON_ARRAY) ||
	    json_count(layers) != json_count(ids))
		return fail_at(err, path, 0, 0, NULL,
		    "has an image whose manifest and config have different numbers of layers");
	for (const struct json *layer = layers->first; layer; layer = layer->next, id = id->next) {
		struct oci_descriptor blob;
		struct oci_digest digest;
		bool there;

		if (oci_descriptor_read(layer, path, &blob, err) < 0)
			return -1;
		if (!json_is(id, JSON_STRING) || !oci_digest_read(id->string, &digest))
			return fail_at(err, path, 0, 0, NULL,
			    "has an image with a diff_id that is not a SHA-256 digest");
		if (oci_layout_has(&base->layout, &blob, &there, err) < 0)
			return -1;
		if (!there)
			return fail_at(err, path, 0, 0, NULL,
			    "has no layer '%s' of %llu bytes, which its image needs",
			    blob.digest.text, (unsigned long long)blob.size);
		base->layer_count++;
	}
	return 0;
}

static int read_documents(struct oci_base *base, struct error **err)
{
	const char *path = base->layout.path;
	struct oci_descriptor config;

	base->manifest = oci_layout_parse(&base->layout, &base->descriptor, err);
	if (!base->manifest)
		return -1;
	if (json_get(base->manifest, "mediaType") &&
	    strcmp(json_text(base->manifest, "mediaType", ""), OCI_MANIFEST) != 0)
		return fail_at(err, path, 0, 0, NULL,
		    "has a manifest of the type '%s', which kiln does not append to: copy the "
		    "image with 'skopeo copy --format oci'",
		    json_text(base->manifest, "mediaType", ""));
	if (oci_descriptor_read(json_get(base->manifest, "config"), path, &config, err) < 0)
		return -1;
	if (strcmp(config.media_type, OCI_CONFIG) != 0)
		return fail_at(err, path, 0, 0, NULL,
		    "has a config of the type '%s': it is not an image", config.media_type);
	base->config = oci_layout_parse(&base->layout, &config, err);
	if (!base->config)
		return -1;
	base->platform = oci_platform_of(base->config);
	return check_layers(base, err);
}

static int open_base(struct oci_base *base, const struct oci_reference *reference,
    const struct oci_platform *platform, struct error **err)
{
	struct oci_documents documents;

	if (oci_layout_open(&base->layout, reference->directory, err) < 0)
		return -1;
	documents = oci_documents_of(&base->layout);
	if (oci_find(&documents, base->layout.index, reference->tag, platform, &base->named,
		&base->descriptor, err) < 0)
		return -1;
	return read_documents(base, err);
}

int oci_image_open(struct oci_base *base, const char *reference,
    const struct oci_platform *platform, struct error **err)
{
	struct oci_reference read = {NULL, NULL};
	int result;

	*base = OCI_BASE_INIT;
	if (oci_reference_read(reference, &read, err) < 0)
		return -1;
	result = open_base(base, &read, platform, err);
	free(read.directory);
	return result;
}

int oci_base_open(struct oci_base *base, const char *reference, const struct oci_platform *platform,
    struct error **err)
{
	*base = OCI_BASE_INIT;
	if (!oci_is_reference(reference))
		return fail_bad_value("--base", reference, "oci:DIR or oci:DIR:TAG", err);
	if (oci_image_open(base, reference, platform, err) < 0 ||
	    (platform && oci_platform_check(base->layout.path, &base->platform, platform, err) < 0))
		return fail_prefix(err, "base");
	return 0;
}

int oci_base_copy(const struct oci_base *base, struct oci_layout *layout, bool (*interrupted)(void),
    struct error **err)
{
	for (const struct json *layer = json_first(json_get(base->manifest, "layers")); layer;
	     layer = layer->next) {
		struct oci_descriptor blob;

		if (oci_descriptor_read(layer, base->layout.path, &blob, err) < 0 ||
		    oci_layout_copy(layout, &base->layout, &blob, interrupted, err) < 0)
			return -1;
	}
	return 0;
}

void oci_base_release(struct oci_base *base)
{
	oci_layout_release(&base->layout);
	json_free(base->manifest);
	json_free(base->config);
	*base = OCI_BASE_INIT;
}
