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
	char *colon;

	ret->directory = xstrdup(text + strlen("oci:"));
	colon = strchr(ret->directory, ':');
	ret->tag = colon ? colon + 1 : NULL;
	if (colon)
		*colon = '\0';
	if (*ret->directory && (!ret->tag || is_tag(ret->tag)))
		return 0;
	free(steal(&ret->directory));
	return fail_bad_value("an OCI image", text,
	    "oci:DIR or oci:DIR:TAG, no ':' in DIR, the tag of letters, digits and '_.-'", err);
}

void oci_reference_release(struct oci_reference *reference)
{
	free(steal(&reference->directory));
}

bool oci_is_image(const char *text)
{
	return oci_is_reference(text) || slice_ends(slice_c(text), SLICE_LITERAL(".oci.tar"));
}

int oci_layout_open_named(
    struct oci_layout *layout, const char *name, struct oci_reference *ret, struct error **err)
{
	if (!oci_is_reference(name))
		return oci_layout_open_archive(layout, name, err);
	if (oci_reference_read(name, ret, err) < 0)
		return -1;
	return oci_layout_open(layout, ret->directory, err);
}

int oci_check_output(const char *name, const char *output, bool is_layout, struct error **err)
{
	CLEANUP(oci_reference_release) struct oci_reference reference = {NULL, NULL};
	autostr struct str from = STR_INIT, to = STR_INIT;
	bool is_inside, is_above;

	if (oci_is_reference(name) && oci_reference_read(name, &reference, err) < 0)
		return -1;
	if (tree_resolve(reference.directory ? reference.directory : name, &from, err) < 0 ||
	    tree_resolve(output, &to, err) < 0)
		return -1;
	is_inside = path_below(str_slice(&to), str_slice(&from), NULL);
	is_above = path_below(str_slice(&from), str_slice(&to), NULL);
	if (is_inside && is_above && is_layout && reference.directory)
		return 0;
	if (is_inside && reference.directory)
		return fail(err, ERROR_USAGE,
		    "'%s' is inside the image layout '%s', which is read: name an output outside",
		    output, reference.directory);
	if (!is_above)
		return 0;
	return fail(err, ERROR_USAGE,
	    "'%s' is the image '%s', which is read, or contains it: name another output", output,
	    name);
}

/* Check the layers of an image: each has a descriptor, a diff_id, and a blob of the right size. */
static int check_layers(const struct oci_layout *layout, const struct json *manifest,
    const struct json *config, struct error **err)
{
	const char *path = layout->path;
	const struct json *layers = json_get(manifest, "layers");
	const struct json *ids = json_get(json_get(config, "rootfs"), "diff_ids");
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
		if (oci_layout_has(layout, &blob, &there, err) < 0)
			return -1;
		if (!there)
			return fail_at(err, path, 0, 0, NULL,
			    "has no layer '%s' of %llu bytes, which its image needs",
			    blob.digest.text, (unsigned long long)blob.size);
	}
	return 0;
}

int oci_read_image(const struct oci_layout *layout, const struct oci_descriptor *descriptor,
    struct json **ret_manifest, struct json **ret_config, struct error **err)
{
	const char *path = layout->path;
	struct oci_descriptor config;
	const char *type;

	*ret_config = NULL;
	*ret_manifest = oci_layout_parse(layout, descriptor, err);
	if (!*ret_manifest)
		return -1;
	type = json_text(*ret_manifest, "mediaType", "");
	if (json_get(*ret_manifest, "mediaType") && strcmp(type, OCI_MANIFEST) != 0)
		return fail_at(err, path, 0, 0, NULL,
		    "has a manifest of the type '%s', which kiln does not take: copy the "
		    "image with 'skopeo copy --format oci'",
		    type);
	if (oci_descriptor_read(json_get(*ret_manifest, "config"), path, &config, err) < 0)
		return -1;
	if (strcmp(config.media_type, OCI_CONFIG) != 0)
		return fail_at(err, path, 0, 0, NULL,
		    "has a config of the type '%s': it is not an image", config.media_type);
	*ret_config = oci_layout_parse(layout, &config, err);
	return *ret_config ? check_layers(layout, *ret_manifest, *ret_config, err) : -1;
}

bool oci_files_blob(const struct json *manifest, struct oci_descriptor *ret)
{
	const char *text = oci_annotation(manifest, OCI_FILES);
	struct slice rest, digest;
	autofree char *copy = NULL;

	*ret = (struct oci_descriptor){.media_type = ""};
	if (!text)
		return false;
	rest = slice_c(text);

	(void)slice_next(&rest, ' ', &digest); /* an empty one is no digest */
	copy = xmemdup0(digest.data, digest.len);
	return oci_digest_read(copy, &ret->digest) && rest.data && slice_number(rest, &ret->size);
}

int oci_image_open(struct oci_base *base, const char *reference,
    const struct oci_platform *platform, struct error **err)
{
	CLEANUP(oci_reference_release) struct oci_reference read = {NULL, NULL};
	struct oci_documents documents;

	*base = OCI_BASE_INIT;
	if (oci_layout_open_named(&base->layout, reference, &read, err) < 0)
		return -1;
	documents = oci_documents_of(&base->layout);
	if (oci_find(&documents, base->layout.index, read.tag, platform, &base->named,
		&base->descriptor, err) < 0 ||
	    oci_read_image(&base->layout, &base->descriptor, &base->manifest, &base->config, err) <
		0)
		return -1;
	base->platform = oci_platform_of(base->config);
	base->layer_count = json_count(json_get(base->manifest, "layers"));
	return 0;
}

int oci_base_open(struct oci_base *base, const char *reference, const struct oci_platform *platform,
    struct error **err)
{
	*base = OCI_BASE_INIT;
	if (!oci_is_image(reference))
		return fail_bad_value(
		    "--base", reference, "oci:DIR, oci:DIR:TAG or a .oci.tar", err);
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
