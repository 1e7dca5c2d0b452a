#include "image/oci_tar.h"

#include "base/path.h"
#include "image/archive.h"
#include "image/oci.h"

/* The name that `docker load` gives the image: that of the file, if it can be one. */
static bool add_name(const char *path, struct str *ret)
{
	struct slice name = path_name(slice_c(path));
	const char *dot = memchr(name.data, '.', name.len);
	size_t len = dot ? (size_t)(dot - name.data) : name.len;

	for (size_t i = 0; i < len; i++) {
		char c = name.data[i];
		bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		bool is_upper = c >= 'A' && c <= 'Z', is_mark = c == '-' || c == '_';

		if (!is_plain && !is_upper && !(is_mark && i > 0 && i + 1 < len))
			return false;
		str_addc(ret, is_upper ? (char)(c - 'A' + 'a') : c);
	}
	str_adds(ret, ":" OCI_DEFAULT_TAG);
	return len > 0;
}

static void write_blob_path(struct json_writer *json, const char *digest)
{
	autofree char *path = xasprintf("blobs/sha256/%s", strchr(digest, ':') + 1);

	json_string(json, slice_c(path));
}

/* Write what a docker-archive has of an image: its config and its layers. */
static int write_image(const struct oci_tar *tar, const struct oci_descriptor *descriptor,
    const char *name, struct json_writer *json, struct error **err)
{
	autojson struct json *manifest = oci_layout_parse(tar->layout, descriptor, err);
	struct oci_descriptor config;

	if (!manifest ||
	    oci_descriptor_read(json_get(manifest, "config"), tar->layout->path, &config, err) < 0)
		return -1;
	json_object(json);
	json_key(json, "Config");
	write_blob_path(json, config.digest.text);
	json_key(json, "RepoTags");
	json_array(json);
	if (name)
		json_string(json, slice_c(name));
	json_array_end(json);
	json_key(json, "Layers");
	json_array(json);
	for (const struct json *layer = json_first(json_get(manifest, "layers")); layer;
	     layer = layer->next) {
		struct oci_descriptor blob;

		if (oci_descriptor_read(layer, tar->layout->path, &blob, err) < 0)
			return -1;
		write_blob_path(json, blob.digest.text);
	}
	json_array_end(json);
	json_object_end(json);
	return 0;
}

/* Write manifest.json. Only the first platform has the name: it stands for one image. */
static int write_manifest(const struct oci_tar *tar, struct error **err)
{
	autostr struct str name = STR_INIT, text = STR_INIT;
	bool has_name = add_name(tar->path, &name);
	struct json_writer json;

	json_begin(&json, &text);
	json_array(&json);
	for (size_t i = 0; i < tar->count; i++)
		if (write_image(tar, &tar->manifests[i], has_name && i == 0 ? name.data : NULL,
			&json, err) < 0)
			return -1;
	json_array_end(&json);
	return file_replace(place_below(tar->layout->fd, "manifest.json", tar->path),
	    str_slice(&text), 0644, FILE_OVER, err);
}

/* Add the files of a layout to a plan. */
static enum walk_answer add_file(void *context, const struct walk_entry *entry, struct error **err)
{
	(void)err;
	if (!S_ISDIR(entry->stat.st_mode) && !slice_starts(entry->name, SLICE_LITERAL(".")))
		(void)plan_add(context, ITEM_FILE, entry->path); /* nothing else has its path */
	return WALK_GO;
}

int oci_tar_write(const struct oci_tar *tar, struct error **err)
{
	autoplan struct plan plan = {0};
	const struct walk_visitor visitor = {add_file, walk_fail, &plan};
	const struct archive_options archive = {
	    .form = FORM_TAR,
	    .threads = 1,
	    .time = tar->time,
	    .reader = {tar->path, tar->layout->fd, tar->listener, tar->interrupted},
	};

	if (write_manifest(tar, err) < 0 ||
	    tree_walk(place_below(tar->layout->fd, "", tar->path), &visitor, err) < 0)
		return -1;
	plan_finish(&plan);
	return archive_write(&archive, &plan, err);
}
