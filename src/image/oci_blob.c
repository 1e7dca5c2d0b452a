#include "image/oci_blob.h"

#include "image/compress.h"
#include "image/oci_index.h"
#include "image/tar.h"

#define LAYER_GZIP "application/vnd.oci.image.layer.v1.tar+gzip"
#define LAYER_ZSTD "application/vnd.oci.image.layer.v1.tar+zstd"

/* How many documents of a layout are looked at for layers. */
#define IMAGES_LIMIT 256

static const char *media_type(bool zstd)
{
	return zstd ? LAYER_ZSTD : LAYER_GZIP;
}

static enum image_form layer_form(bool zstd)
{
	return zstd ? FORM_TAR_ZST : FORM_TAR_GZ;
}

void oci_compressor_name(bool zstd, struct str *ret)
{
	struct slice rest = slice_c(archive_libraries()), library = rest, word;
	struct slice prefix = zstd ? SLICE_LITERAL("libzstd/") : SLICE_LITERAL("zlib/");

	while (slice_next(&rest, ' ', &word))
		if (slice_starts(word, prefix))
			library = word;
	str_addf(
	    ret, "%s, %.*s", compressor_settings(layer_form(zstd)), (int)library.len, library.data);
}

static void know_layers(struct oci_known *known, const struct json *manifest,
    const struct json *config, const char *type, const char *compressor)
{
	const struct json *id = json_first(json_get(json_get(config, "rootfs"), "diff_ids"));

	for (const struct json *layer = json_first(json_get(manifest, "layers")); layer && id;
	     layer = layer->next, id = id->next) {
		const char *tool = oci_annotation(layer, OCI_COMPRESSOR);
		struct oci_descriptor blob, *copy;
		struct oci_digest digest;

		if (!tool || strcmp(tool, compressor) != 0 || !json_is(id, JSON_STRING) ||
		    !oci_digest_read(id->string, &digest) ||
		    oci_descriptor_read(layer, "", &blob, NULL) < 0 ||
		    strcmp(blob.media_type, type) != 0)
			continue;
		copy = arena_alloc(&known->arena, sizeof(*copy));
		*copy = blob;
		copy->media_type = type;
		copy->json = NULL;
		*map_at(
		    &known->by_diff_id, slice_c(arena_strdup(&known->arena, digest.text))) = copy;
	}
}

struct search {
	struct oci_known *known;
	const struct oci_layout *layout;
	const char *type, *compressor;
	size_t images;
};

/* What stands in the way of reading an image does not concern the one that is written. */
static int pass_over(void *context, struct error *problem, struct error **err)
{
	(void)context;
	(void)err; /* nothing to fail */
	error_free(problem);
	return 0;
}

static int search_document(void *context, const struct oci_descriptor *descriptor,
    const struct json *document, struct error **err)
{
	struct search *search = context;
	autojson struct json *config_json = NULL;
	struct oci_descriptor config;

	(void)descriptor;
	if (search->images++ == IMAGES_LIMIT)
		return 1;
	if (!document || json_get(document, "manifests"))
		return 0;
	if (oci_descriptor_read(json_get(document, "config"), search->layout->path, &config, err) <
	    0)
		return -1;
	if (strcmp(config.media_type, OCI_CONFIG) != 0)
		return 0;
	config_json = oci_layout_parse(search->layout, &config, err);
	if (!config_json)
		return -1;
	know_layers(search->known, document, config_json, search->type, search->compressor);
	return 0;
}

int oci_known_find(struct oci_known *known, const struct oci_layout *layout, bool zstd,
    const char *compressor, struct error **err)
{
	struct search search = {known, layout, media_type(zstd), compressor, 0};
	const struct oci_visitor visitor = {search_document, pass_over, &search};
	const struct oci_documents documents = oci_documents_of(layout);

	*known = (struct oci_known){0};
	return oci_walk_index(&documents, layout->index, &visitor, err) < 0 ? -1 : 0;
}

void oci_known_release(struct oci_known *known)
{
	map_release(&known->by_diff_id);
	arena_release(&known->arena);
}

/* The way of a layer's bytes: the tar is digested, then compressed; what comes out is digested and
 * written. */
struct pipe {
	struct hasher tar, blob;
	struct compressor *compressor; /* NULL: only the first digest is wanted */
	struct file_writer file;
	uint64_t size;
	const char *path;
};

static void pipe_release(struct pipe *pipe)
{
	hasher_release(&pipe->tar);
	hasher_release(&pipe->blob);
	compressor_free(pipe->compressor);
	file_writer_discard(&pipe->file);
}

static int take_tar(void *context, struct slice data, struct error **err)
{
	struct pipe *pipe = context;

	if (hasher_add(&pipe->tar, data, err) < 0)
		return -1;
	return pipe->compressor ? compressor_write(pipe->compressor, data, err) : 0;
}

static int take_compressed(void *context, struct slice data, struct error **err)
{
	struct pipe *pipe = context;

	pipe->size += data.len;
	if (hasher_add(&pipe->blob, data, err) < 0)
		return -1;
	return file_write_fd(pipe->file.fd, pipe->path, data, err);
}

static int write_tar(const struct oci_layout *layout, struct pipe *pipe,
    const struct oci_layer *layer, const struct oci_options *options, const struct oci_input *input,
    struct oci_digest *ret, struct error **err)
{
	size_t prefix = strlen(options->settings.prefix + 1);
	const struct archive_options archive = {
	    .form = layer_form(options->zstd),
	    .threads = input->threads,
	    .time = input->time,
	    .reader = {.output = layout->path,
		.stage = input->stage,
		.skip = prefix ? prefix + 1 : 0,
		.listener = input->listener,
		.interrupted = input->interrupted},
	};
	const struct sink sink = {take_tar, pipe};
	struct hash hash;

	if (hasher_begin(&pipe->tar, HASH_SHA256, err) < 0 ||
	    tar_write(&archive, layer->plan.items, layer->plan.count, sink, err) < 0 ||
	    hasher_end(&pipe->tar, &hash, err) < 0)
		return -1;
	oci_digest_set(ret, &hash);
	return 0;
}

static void count_problem(void *context, struct error *problem)
{
	++*(size_t *)context;
	error_free(problem);
}

/* Look whether a known layer has the same tar. What cannot be read is reported when the layer is
 * written. */
static int find_known(struct oci_layout *layout, const struct oci_known *known,
    struct oci_layer *layer, const struct oci_options *options, const struct oci_input *input,
    bool *ret, struct error **err)
{
	CLEANUP(pipe_release) struct pipe pipe = {.file = FILE_WRITER_INIT};
	size_t problems = 0;
	const struct plan_listener listener = {count_problem, NULL, &problems};
	const struct oci_descriptor *blob;
	struct oci_input quiet = *input;

	*ret = false;
	if (!known->by_diff_id.count)
		return 0;
	quiet.listener = &listener;
	if (write_tar(layout, &pipe, layer, options, &quiet, &layer->diff_id, err) < 0)
		return -1;
	blob = map_get(&known->by_diff_id, slice_c(layer->diff_id.text));
	if (!blob || problems)
		return 0;
	layer->blob = *blob;
	return oci_layout_has(layout, blob, ret, err);
}

int oci_blob_write(struct oci_layout *layout, const struct oci_known *known,
    struct oci_layer *layer, const struct oci_options *options, const struct oci_input *input,
    bool *ret_reused, struct error **err)
{
	CLEANUP(pipe_release) struct pipe pipe = {.file = FILE_WRITER_INIT, .path = layout->path};
	const struct sink sink = {take_compressed, &pipe};
	struct oci_descriptor *blob = &layer->blob;
	bool there;
	struct hash hash;

	if (find_known(layout, known, layer, options, input, ret_reused, err) < 0)
		return -1;
	if (*ret_reused)
		return 0;
	if (oci_layout_create(layout, &pipe.file, err) < 0 ||
	    hasher_begin(&pipe.blob, HASH_SHA256, err) < 0)
		return -1;
	pipe.compressor = compressor_new(
	    layer_form(options->zstd), input->threads, layout->path, sink, err);
	if (!pipe.compressor ||
	    write_tar(layout, &pipe, layer, options, input, &layer->diff_id, err) < 0 ||
	    compressor_finish(pipe.compressor, err) < 0 || hasher_end(&pipe.blob, &hash, err) < 0)
		return -1;
	blob->media_type = media_type(options->zstd);
	blob->size = pipe.size;
	oci_digest_set(&blob->digest, &hash);
	if (oci_layout_has(layout, blob, &there, err) < 0)
		return -1;
	*ret_reused = there;
	return there ? 0 : oci_layout_name(&pipe.file, &blob->digest, err);
}
