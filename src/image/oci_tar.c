#include "image/oci_tar.h"

#include "base/path.h"
#include "image/archive.h"
#include "image/oci.h"

/* The longest name: a tag and a registry may stand beside it. */
#define NAME_LIMIT 128

static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* Append what separates two parts of a name: "_", "__" and any number of "-" can, all else becomes
 * a "-". */
static void add_separator(struct str *ret, struct slice between)
{
	size_t dashes = 0, underscores = 0;

	for (size_t i = 0; i < between.len; i++) {
		dashes += between.data[i] == '-';
		underscores += between.data[i] == '_';
	}
	if (dashes == between.len || (underscores == between.len && underscores <= 2))
		str_add_slice(ret, between);
	else
		str_addc(ret, '-');
}

/* The name that `docker load` gives the image: that of the file up to its first dot, as names of
 * images can be (https://github.com/opencontainers/distribution-spec, spec.md). */
static void add_name(const char *path, struct str *ret)
{
	struct slice name = path_name(slice_c(path));
	size_t begin = ret->len, between = 0;

	for (size_t i = 0; i < name.len && name.data[i] != '.'; i++) {
		char c = lower(name.data[i]);

		if (!is_alphanumeric(c))
			continue;
		if (ret->len - begin >= NAME_LIMIT)
			break;
		if (ret->len > begin && i > between)
			add_separator(ret, slice_of(name.data + between, i - between));
		str_addc(ret, c);
		between = i + 1;
	}
	if (ret->len == begin)
		str_adds(ret, "image");
	str_adds(ret, ":" OCI_DEFAULT_TAG);
}

static void write_blob_path(struct json_writer *json, const char *digest)
{
	autofree char *path = xasprintf("blobs/sha256/%s", strchr(digest, ':') + 1);

	json_string(json, slice_c(path));
}

/* Write what a docker-archive has of an image: its config and its layers. */
static int write_image(const struct oci_tar *tar, const struct oci_descriptor *descriptor,
    struct slice name, struct json_writer *json, struct error **err)
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
	json_string(json, name);
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

/* Write manifest.json, with one image: docker-archives know no platforms, and who reads them as one
 * image fails if there are several. */
static int write_manifest(const struct oci_tar *tar, struct error **err)
{
	autostr struct str name = STR_INIT, text = STR_INIT;
	struct json_writer json;

	add_name(tar->path, &name);
	json_begin(&json, &text);
	json_array(&json);
	if (write_image(tar, &tar->manifests[0], str_slice(&name), &json, err) < 0)
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
