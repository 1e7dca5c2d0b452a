#include <errno.h>
#include <unistd.h>

#include "base/content.h"
#include "image/oci_attach.h"
#include "image/oci_base.h"
#include "image/reading.h"

/* How far what is about what is about an image is looked for. */
#define REFERRER_DEPTH 4

/* Where the blobs of an image are: in a directory, or in a tar archive that is not compressed. */
struct blobs {
	struct reading *reading;
	int directory;			     /* of the layout, or -1 */
	int fd;				     /* of the archive, or -1 */
	const struct image_contents *listed; /* what is in the archive */
	struct map checked;		     /* digests of those that were looked at whole */
	struct map documents;		     /* digests of the documents whose blobs were checked */
	struct oci_platform wanted;
	bool has_wanted; /* options say the platform */
};

static void blobs_release(struct blobs *blobs)
{
	map_release(&blobs->checked);
	map_release(&blobs->documents);
}

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
		autoerror struct error *error = NULL;

		ret->fd = content_open(
		    place_below(blobs->directory, name.data, name.data), &stat, &error);
		ret->is_own = true;
		ret->left = UINT64_MAX;
		if (ret->fd < 0 && !errno_is_absence(error->number))
			return fail_with(err, steal(&error));
		return ret->fd < 0 ? 0 : 1;
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

static int fail_blob(const struct blobs *blobs, const struct oci_digest *digest, const char *reason,
    struct error **err)
{
	autostr struct str place = STR_INIT;

	str_addf(&place, "%s/", blobs->reading->contents->path);
	blob_name(digest, &place);
	return fail_at(err, place.data, 0, 0, NULL, "%s", reason);
}

/* The value of a digest in a map. */
static void **keep(struct blobs *blobs, struct map *map, const struct oci_digest *digest)
{
	return map_at(map, slice_c(arena_strdup(&blobs->reading->contents->arena, digest->text)));
}

/* Read what is left of a blob, and fail if its size or digest is wrong. */
static int blob_finish(struct blobs *blobs, struct blob *blob,
    const struct oci_descriptor *descriptor, struct error **err)
{
	autofree char *reason = NULL;
	struct oci_digest digest;
	struct hash hash;
	const char *bytes;
	ssize_t count;

	*keep(blobs, &blobs->checked, &descriptor->digest) = blobs; /* a fault is told once */
	do {
		count = blob_read(blob, &bytes, err);
		if (count < 0 || reading_count(blobs->reading, 0, err) < 0)
			return -1;
	} while (count > 0);
	if (hasher_end(&blob->hasher, &hash, err) < 0)
		return -1;
	oci_digest_set(&digest, &hash);
	if (blob->size != descriptor->size) {
		reason = xasprintf("has %llu bytes, not %llu", (unsigned long long)blob->size,
		    (unsigned long long)descriptor->size);
		return fail_blob(blobs, &descriptor->digest, reason, err);
	}
	if (strcmp(digest.text, descriptor->digest.text) != 0)
		return fail_blob(
		    blobs, &descriptor->digest, "has another digest than its name", err);
	return 0;
}

/* Tell of an error as a fault of the image, unless it is the system's. */
static int tell(struct blobs *blobs, struct error *problem, struct error **err)
{
	if (problem->kind == ERROR_SYSTEM)
		return fail_with(err, problem);
	reading_problem(blobs->reading, problem);
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
	struct error *problem = NULL;
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
	if (reading_tar(blobs->reading, &source, str_slice(&name), &diff, NULL, err) < 0)
		return -1;
	if (blob_finish(blobs, blob, descriptor, &problem) < 0 && tell(blobs, problem, err) < 0)
		return -1;
	oci_digest_set(&digest, &diff);
	if (!diff_id || strcmp(digest.text, diff_id) != 0)
		reading_fault(blobs->reading, str_slice(&name),
		    "has another content than the config says: its diff_id differs");
	return 0;
}

/* The number of layers below the first that kiln made, by the history, which may have less than all
 * layers. 0 if kiln made none. */
static size_t count_base_layers(const struct json *config, size_t layers)
{
	size_t later = 0;

	for (const struct json *step = json_first(json_get(config, "history")); step;
	     step = step->next) {
		if (json_is(json_get(step, "empty_layer"), JSON_TRUE))
			continue;
		later += later || strcmp(json_text(step, "created_by", ""), "kiln") == 0;
	}
	return later && later <= layers ? layers - later : 0;
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
	blobs->reading->contents->base_layers = count_base_layers(config, blobs->reading->layer);
	return 0;
}

/* Read and parse a document, whose size and digest are verified. */
static struct json *read_document(
    void *context, const struct oci_descriptor *descriptor, struct error **err)
{
	CLEANUP(blob_free) struct blob *blob = xcalloc(1, sizeof(*blob));
	struct blobs *blobs = context;
	const char *path = blobs->reading->contents->path, *bytes;
	autostr struct str text = STR_INIT;
	ssize_t count;
	int result;

	if (descriptor->size > OCI_DOCUMENT_LIMIT)
		return fail_null(
		    fail_blob(blobs, &descriptor->digest, "is too large for a document", err));
	result = blob_open(blobs, &descriptor->digest, blob, err);
	if (result < 0)
		return NULL;
	if (!result)
		return fail_null(fail_blob(blobs, &descriptor->digest, "is missing", err));
	while (text.len <= OCI_DOCUMENT_LIMIT && (count = blob_read(blob, &bytes, err)) != 0) {
		if (count < 0)
			return NULL;
		str_add(&text, bytes, (size_t)count);
	}
	if (blob_finish(blobs, blob, descriptor, err) < 0)
		return NULL;
	return json_parse(str_slice(&text), path, OCI_DOCUMENT_LIMIT, err);
}

/* Read a blob for its digest, unless it was read. */
static int check_blob(
    struct blobs *blobs, const struct oci_descriptor *descriptor, bool may_miss, struct error **err)
{
	CLEANUP(blob_free) struct blob *blob = xcalloc(1, sizeof(*blob));
	int result;

	if (map_get(&blobs->checked, slice_c(descriptor->digest.text)))
		return 0;
	result = blob_open(blobs, &descriptor->digest, blob, err);
	if (result > 0)
		return blob_finish(blobs, blob, descriptor, err);
	*keep(blobs, &blobs->checked, &descriptor->digest) = blobs;
	return result || may_miss ? result
				  : fail_blob(blobs, &descriptor->digest, "is missing", err);
}

static int check_json(struct blobs *blobs, const struct json *json, struct error **err)
{
	struct oci_descriptor descriptor;
	struct error *problem = NULL;

	if (oci_descriptor_read(json, blobs->reading->contents->path, &descriptor, &problem) == 0 &&
	    check_blob(blobs, &descriptor, false, &problem) == 0)
		return 0;
	return tell(blobs, problem, err);
}

/* Check what a manifest names. */
static int check_document(void *context, const struct oci_descriptor *descriptor,
    const struct json *document, struct error **err)
{
	struct blobs *blobs = context;
	struct oci_descriptor note;
	struct error *problem = NULL;

	*keep(blobs, &blobs->documents, &descriptor->digest) = blobs;
	if (!document)
		return check_blob(context, descriptor, false, err);
	if (json_get(document, "config") &&
	    check_json(context, json_get(document, "config"), err) < 0)
		return -1;
	for (const struct json *layer = json_first(json_get(document, "layers")); layer;
	     layer = layer->next)
		if (check_json(context, layer, err) < 0)
			return -1;
	if (!oci_files_blob(document, &note) || check_blob(context, &note, true, &problem) == 0)
		return 0;
	return tell(context, problem, err);
}

static int take_problem(void *context, struct error *problem, struct error **err)
{
	return tell(context, problem, err);
}

/* Whether an entry of index.json is about what was checked: its document says so. One that cannot
 * be read is about anything, unless it has a tag. */
static int is_referrer(struct blobs *blobs, const struct json *entry, bool *ret, struct error **err)
{
	autojson struct json *document = NULL;
	struct oci_descriptor descriptor;
	struct error *problem = NULL;
	const char *subject;

	*ret = false;
	if (oci_descriptor_read(entry, "", &descriptor, NULL) < 0 ||
	    map_get(&blobs->documents, slice_c(descriptor.digest.text)))
		return 0;
	document = read_document(blobs, &descriptor, &problem);
	if (document) {
		subject = json_text(json_get(document, "subject"), "digest", "");
		*ret = map_get(&blobs->documents, slice_c(subject));
		return 0;
	}
	if (problem->kind == ERROR_SYSTEM)
		return fail_with(err, problem);
	error_free(problem);
	subject = oci_annotation(entry, OCI_SUBJECT);
	*ret = subject ? map_get(&blobs->documents, slice_c(subject)) != NULL
		       : !oci_annotation(entry, OCI_TAG);
	return 0;
}

/* Check all that a reference names, and what of index.json is about it. */
static int verify(struct blobs *blobs, const struct json *index, const struct oci_descriptor *named,
    struct error **err)
{
	const struct oci_documents documents = {
	    blobs->reading->contents->path, read_document, blobs};
	const struct oci_visitor visitor = {check_document, take_problem, blobs};
	bool is_found = true;

	if (oci_walk(&documents, named, &visitor, err) < 0)
		return -1;
	for (int depth = 0; is_found && depth < REFERRER_DEPTH; depth++) {
		is_found = false;
		for (const struct json *entry = json_first(json_get(index, "manifests")); entry;
		     entry = entry->next) {
			struct oci_descriptor descriptor;
			bool is_about;

			if (is_referrer(blobs, entry, &is_about, err) < 0)
				return -1;
			if (!is_about)
				continue;
			is_found = true;
			if (oci_descriptor_read(entry, "", &descriptor, err) < 0)
				return -1;
			*keep(blobs, &blobs->documents, &descriptor.digest) = blobs;
			if (oci_walk(&documents, &descriptor, &visitor, err) < 0)
				return -1;
		}
	}
	return 0;
}

/* Read the layers of an image whose manifest and config are verified. */
static int read_image(struct blobs *blobs, const struct oci_descriptor *descriptor,
    const struct json *manifest, const struct json *config, struct error **err)
{
	const char *path = blobs->reading->contents->path;
	const struct oci_platform there = oci_platform_of(config);
	struct oci_descriptor of_config;

	if (blobs->has_wanted && !blobs->reading->options.takes_other &&
	    oci_platform_check(path, &there, &blobs->wanted, err) < 0)
		return -1;
	if (oci_descriptor_read(json_get(manifest, "config"), path, &of_config, err) < 0)
		return -1;
	add_blob(blobs, descriptor);
	add_blob(blobs, &of_config);
	return read_layers(blobs, manifest, config, err);
}

/* The platform that the options say, or NULL. */
static int read_wanted(struct blobs *blobs, const struct oci_platform **ret, struct error **err)
{
	const char *text = blobs->reading->options.platform;

	blobs->has_wanted = text;
	*ret = text ? &blobs->wanted : NULL;
	return text ? oci_platform_read(text, &blobs->reading->contents->arena, &blobs->wanted, err)
		    : 0;
}

int reading_oci(struct reading *reading, const char *reference, struct error **err)
{
	CLEANUP(blobs_release) struct blobs blobs = {.reading = reading, .fd = -1};
	autobase struct oci_base base = OCI_BASE_INIT;
	const struct oci_platform *wanted;

	if (read_wanted(&blobs, &wanted, err) < 0 ||
	    oci_image_open(&base, reference, wanted, err) < 0)
		return -1;
	blobs.directory = base.layout.fd;
	if (read_image(&blobs, &base.descriptor, base.manifest, base.config, err) < 0)
		return -1;
	return reading->options.verifies ? verify(&blobs, base.layout.index, &base.named, err) : 0;
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
	const struct oci_documents documents = {path, read_document, blobs};
	autojson struct json *index = read_index(blobs, err);
	autojson struct json *manifest = NULL, *config = NULL;
	struct oci_descriptor named, descriptor, of_config;
	const struct oci_platform *wanted;

	if (!index || read_wanted(blobs, &wanted, err) < 0 ||
	    oci_find(&documents, index, NULL, wanted, &named, &descriptor, err) < 0)
		return -1;
	manifest = read_document(blobs, &descriptor, err);
	if (!manifest ||
	    oci_descriptor_read(json_get(manifest, "config"), path, &of_config, err) < 0)
		return -1;
	config = read_document(blobs, &of_config, err);
	if (!config || read_image(blobs, &descriptor, manifest, config, err) < 0)
		return -1;
	return blobs->reading->options.verifies ? verify(blobs, index, &named, err) : 0;
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
	CLEANUP(blobs_release)
	struct blobs blobs = {.reading = reading, .directory = -1, .fd = fd, .listed = &listed};

	archive.block = xmalloc(READING_BLOCK);
	if (reading_tar_file(&archive, fd, err) < 0 || reading_finish(&archive, err) < 0)
		return -1;
	reading->contents->faults += listed.faults;
	return read_archive(&blobs, err);
}
