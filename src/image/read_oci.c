#include <errno.h>
#include <unistd.h>

#include "base/content.h"
#include "image/oci_base.h"
#include "image/reading.h"

/* Where the blobs of an image are: in a directory, or in a tar archive that is not compressed. */
struct blobs {
	struct reading *reading;
	int directory;			     /* of the layout, or -1 */
	int fd;				     /* of the archive, or -1 */
	const struct image_contents *listed; /* what is in the archive */
};

/* A blob that is read from its beginning to its end. */
struct blob {
	int fd;
	bool is_own; /* the descriptor is to be closed */
	uint64_t at; /* of an archive: where the next bytes are */
	uint64_t left;
	uint64_t size; /* read so far */
	const char *path;
	struct hasher hasher;
	char block[READING_BLOCK];
};

static void blob_free(struct blob **blob)
{
	if (!*blob)
		return;
	if ((*blob)->is_own)
		cleanup_close(&(*blob)->fd);
	hasher_release(&(*blob)->hasher);
	free(*blob);
}

/* "blobs/sha256/HEX" */
static void blob_name(const struct oci_digest *digest, struct str *ret)
{
	str_adds(ret, "blobs/sha256/");
	str_adds(ret, digest->text + strlen("sha256:"));
}

/* Find a blob. 1; 0 if there is none; -1 if it cannot be read. */
static int blob_open(const struct blobs *blobs, const struct oci_digest *digest, struct blob *ret,
    struct error **err)
{
	autostr struct str name = STR_INIT;
	const struct image_entry *entry;
	struct stat stat;

	blob_name(digest, &name);
	ret->path = blobs->reading->contents->path;
	if (hasher_begin(&ret->hasher, HASH_SHA256, err) < 0)
		return -1;
	if (blobs->directory >= 0) {
		ret->fd = content_open(
		    place_below(blobs->directory, name.data, name.data), &stat, err);
		ret->is_own = true;
		ret->left = UINT64_MAX;
		return ret->fd < 0 ? -1 : 1;
	}
	entry = image_find(blobs->listed, str_slice(&name));
	if (!entry || entry->kind != IMAGE_FILE)
		return 0;
	ret->fd = blobs->fd;
	ret->at = entry->offset;
	ret->left = entry->size;
	return 1;
}

static ssize_t blob_read(void *context, const char **ret, struct error **err)
{
	struct blob *blob = context;
	size_t size = blob->left < READING_BLOCK ? (size_t)blob->left : READING_BLOCK;
	ssize_t count;

	*ret = blob->block;
	if (blob->is_own)
		count = content_read(blob->fd, blob->block, size);
	else
		count = TEMP_FAILURE_RETRY(pread(blob->fd, blob->block, size, (off_t)blob->at));
	if (count < 0)
		return fail_input(err, errno, blob->path, "cannot read");
	blob->at += (uint64_t)count;
	blob->size += (uint64_t)count;
	blob->left -= (uint64_t)count;
	if (hasher_add(&blob->hasher, slice_of(blob->block, (size_t)count), err) < 0)
		return -1;
	return count;
}

/* Read what is left of a blob, and tell of a wrong size or digest. */
static int blob_end(const struct blobs *blobs, struct blob *blob,
    const struct oci_descriptor *descriptor, struct error **err)
{
	autostr struct str name = STR_INIT;
	struct oci_digest digest;
	struct hash hash;
	const char *bytes;
	ssize_t count;

	do
		count = blob_read(blob, &bytes, err);
	while (count > 0);
	if (count < 0 || hasher_end(&blob->hasher, &hash, err) < 0)
		return -1;
	blob_name(&descriptor->digest, &name);
	oci_digest_set(&digest, &hash);
	if (blob->size != descriptor->size)
		reading_fault(blobs->reading, str_slice(&name), "has %llu bytes, not %llu",
		    (unsigned long long)blob->size, (unsigned long long)descriptor->size);
	else if (strcmp(digest.text, descriptor->digest.text) != 0)
		reading_fault(blobs->reading, str_slice(&name), "has another digest than its name");
	return 0;
}

static void add_blob(struct blobs *blobs, const struct oci_descriptor *descriptor)
{
	struct image_contents *contents = blobs->reading->contents;

	contents->blobs = xreallocarray(
	    contents->blobs, contents->blob_count + 1, sizeof(*contents->blobs));
	contents->blobs[contents->blob_count++] = (struct image_blob){
	    arena_strdup(&contents->arena, descriptor->digest.text), descriptor->size};
}

/* Read a layer, and compare its digest without compression with that of the config. */
static int read_layer(struct blobs *blobs, const struct oci_descriptor *descriptor,
    const char *diff_id, struct error **err)
{
	CLEANUP(blob_free) struct blob *blob = xcalloc(1, sizeof(*blob));
	const struct decompress_source source = {blob_read, blob};
	autostr struct str name = STR_INIT;
	struct oci_digest digest;
	struct hash diff;
	int result;

	add_blob(blobs, descriptor);
	blob_name(&descriptor->digest, &name);
	result = blob_open(blobs, &descriptor->digest, blob, err);
	if (result < 0)
		return -1;
	if (!result) {
		reading_fault(blobs->reading, str_slice(&name), "is missing: a layer");
		return 0;
	}
	if (reading_tar(blobs->reading, &source, str_slice(&name), &diff, NULL, err) < 0 ||
	    blob_end(blobs, blob, descriptor, err) < 0)
		return -1;
	oci_digest_set(&digest, &diff);
	if (!diff_id || strcmp(digest.text, diff_id) != 0)
		reading_fault(blobs->reading, str_slice(&name),
		    "has another content than the config says: its diff_id differs");
	return 0;
}

static int read_layers(
    struct blobs *blobs, const struct json *manifest, const struct json *config, struct error **err)
{
	const struct json *diff = json_first(json_get(json_get(config, "rootfs"), "diff_ids"));
	const struct json *layer = json_first(json_get(manifest, "layers"));
	struct oci_descriptor descriptor;

	for (; layer; layer = layer->next) {
		const char *diff_id = json_is(diff, JSON_STRING) ? diff->string : NULL;

		if (oci_descriptor_read(layer, blobs->reading->contents->path, &descriptor, err) <
		    0)
			return -1;
		blobs->reading->layer++;
		if (read_layer(blobs, &descriptor, diff_id, err) < 0)
			return -1;
		diff = diff ? diff->next : NULL;
	}
	return 0;
}

/* Read the layers of an image whose manifest and config are verified. */
static int read_image(struct blobs *blobs, const struct oci_descriptor *descriptor,
    const struct json *manifest, const struct json *config, struct error **err)
{
	struct oci_descriptor of_config;

	if (oci_descriptor_read(
		json_get(manifest, "config"), blobs->reading->contents->path, &of_config, err) < 0)
		return -1;
	add_blob(blobs, descriptor);
	add_blob(blobs, &of_config);
	return read_layers(blobs, manifest, config, err);
}

int reading_oci(struct reading *reading, const char *reference, struct error **err)
{
	autobase struct oci_base base = OCI_BASE_INIT;
	struct blobs blobs = {.reading = reading, .fd = -1};

	if (oci_image_open(&base, reference, NULL, err) < 0)
		return -1;
	blobs.directory = base.layout.fd;
	return read_image(&blobs, &base.descriptor, base.manifest, base.config, err);
}

/* Read and parse a document in an archive, whose size and digest are verified. */
static struct json *read_document(
    const struct blobs *blobs, const struct oci_descriptor *descriptor, struct error **err)
{
	CLEANUP(blob_free) struct blob *blob = xcalloc(1, sizeof(*blob));
	const char *path = blobs->reading->contents->path, *bytes;
	size_t faults = blobs->reading->contents->faults;
	autostr struct str text = STR_INIT;
	ssize_t count;
	int result;

	result = blob_open(blobs, &descriptor->digest, blob, err);
	if (result < 0)
		return NULL;
	if (!result || descriptor->size > OCI_DOCUMENT_LIMIT)
		return fail_null(fail_at(err, path, 0, 0, NULL, "the blob %s is %s",
		    descriptor->digest.text, result ? "too large" : "missing"));
	while (text.len <= OCI_DOCUMENT_LIMIT && (count = blob_read(blob, &bytes, err)) != 0) {
		if (count < 0)
			return NULL;
		str_add(&text, bytes, (size_t)count);
	}
	if (blob_end(blobs, blob, descriptor, err) < 0)
		return NULL;
	if (blobs->reading->contents->faults > faults)
		return fail_null(fail_at(
		    err, path, 0, 0, NULL, "the blob %s is damaged", descriptor->digest.text));
	return json_parse(str_slice(&text), path, OCI_DOCUMENT_LIMIT, err);
}

/* The manifest that index.json names first, also by way of an index. */
static struct json *find_manifest(const struct blobs *blobs, const struct json *index,
    struct oci_descriptor *ret, struct error **err)
{
	const char *path = blobs->reading->contents->path;
	autojson struct json *document = NULL;
	const struct json *first = json_first(json_get(index, "manifests"));

	if (oci_descriptor_read(first, path, ret, err) < 0)
		return NULL;
	document = read_document(blobs, ret, err);
	if (!document || !json_get(document, "manifests"))
		return steal(&document);
	first = json_first(json_get(document, "manifests"));
	if (oci_descriptor_read(first, path, ret, err) < 0)
		return NULL;
	ret->media_type = "";
	return read_document(blobs, ret, err);
}

static struct json *read_index(const struct blobs *blobs, struct error **err)
{
	const char *path = blobs->reading->contents->path;
	const struct image_entry *entry = image_find(blobs->listed, SLICE_LITERAL("index.json"));
	autostr struct str text = STR_INIT;
	ssize_t count;

	if (!entry || entry->kind != IMAGE_FILE || entry->size > OCI_DOCUMENT_LIMIT)
		return fail_null(fail_at(err, path, 0, 0, NULL,
		    "is not an OCI image: index.json is missing or too large"));
	str_reserve(&text, (size_t)entry->size);
	while (text.len < entry->size) {
		count = TEMP_FAILURE_RETRY(pread(blobs->fd, text.data + text.len,
		    (size_t)entry->size - text.len, (off_t)(entry->offset + text.len)));
		if (count < 0)
			return fail_null(fail_input(err, errno, path, "cannot read"));
		if (count == 0)
			break;
		text.len += (size_t)count;
	}
	return json_parse(str_slice(&text), path, OCI_DOCUMENT_LIMIT, err);
}

static int read_archive(struct blobs *blobs, struct error **err)
{
	const char *path = blobs->reading->contents->path;
	autojson struct json *index = read_index(blobs, err);
	autojson struct json *manifest = NULL, *config = NULL;
	struct oci_descriptor descriptor, of_config;

	manifest = index ? find_manifest(blobs, index, &descriptor, err) : NULL;
	if (!manifest ||
	    oci_descriptor_read(json_get(manifest, "config"), path, &of_config, err) < 0)
		return -1;
	config = read_document(blobs, &of_config, err);
	return config ? read_image(blobs, &descriptor, manifest, config, err) : -1;
}

/* List what is in the archive itself. Its faults are the image's. */
int reading_oci_tar(struct reading *reading, int fd, struct error **err)
{
	autocontents struct image_contents listed = {.path = reading->contents->path};
	const struct image_visitor visitor = {
	    .fault = reading->visitor->fault, .context = reading->visitor->context};
	CLEANUP(reading_release)
	struct reading archive = {
	    .contents = &listed, .options = reading->options, .visitor = &visitor};
	struct blobs blobs = {reading, -1, fd, &listed};

	archive.block = xmalloc(READING_BLOCK);
	if (reading_tar_file(&archive, fd, err) < 0 || reading_finish(&archive, err) < 0)
		return -1;
	reading->contents->faults += listed.faults;
	return read_archive(&blobs, err);
}

bool reading_is_oci_tar(const struct tar_header *header)
{
	static const char *const names[] = {"blobs/", "blobs", "oci-layout", "index.json"};
	size_t i = 0;

	if (memcmp(header->magic, "ustar", 5) != 0)
		return false;
	while (i < sizeof(names) / sizeof(*names) &&
	       strncmp(header->name, names[i], sizeof(header->name)) != 0)
		i++;
	return i < sizeof(names) / sizeof(*names);
}
