#include "image/oci.h"

#include "base/path.h"
#include "image/oci_blob.h"
#include "image/oci_files.h"
#include "image/oci_start.h"
#include "image/oci_tag.h"
#include "image/oci_tar.h"

struct image_writer {
	struct oci_options options; /* borrowed but for the start */
	struct oci_start start;
	const struct oci_input *input;
	struct oci_result *result;
	struct oci_layout layout;
	struct arena arena;
	struct oci_platform *platforms;
	struct oci_base *bases; /* one for each platform, if there is a base */
	size_t platform_count;
	struct oci_layers layers;
	struct oci_known known;
	struct oci_descriptor *configs, *manifests; /* one for each platform */
	struct str compressor;
	struct oci_files files;
	struct str files_note;
};

static void image_writer_release(struct image_writer *writer)
{
	for (size_t i = 0; writer->bases && i < writer->platform_count; i++)
		oci_base_release(&writer->bases[i]);
	free(writer->bases);
	oci_start_release(&writer->start);
	oci_layers_release(&writer->layers);
	oci_known_release(&writer->known);
	oci_layout_release(&writer->layout);
	free(writer->platforms);
	free(writer->configs);
	free(writer->manifests);
	str_release(&writer->compressor);
	oci_files_release(&writer->files);
	str_release(&writer->files_note);
	arena_release(&writer->arena);
}

static int check_prefix(const char *prefix, struct error **err)
{
	autostr struct str normal = STR_INIT;

	path_normalize(&normal, slice_c(prefix));
	if (*prefix == '/' && strcmp(normal.data, prefix) == 0 && slice_is_utf8(slice_c(prefix)))
		return 0;
	return fail_bad_value("--prefix", prefix,
	    "an absolute path without '.', '..' or a slash "
	    "at its end, such as /srv/app",
	    err);
}

/* Read the platforms, and open their bases. */
static int open_bases(struct image_writer *writer, struct error **err)
{
	const struct fields *names = &writer->options.platforms;
	size_t count = names->count ? names->count : 1;

	writer->platforms = xcalloc(count, sizeof(*writer->platforms));
	writer->configs = xcalloc(count, sizeof(*writer->configs));
	writer->manifests = xcalloc(count, sizeof(*writer->manifests));
	oci_platform_here(&writer->arena, &writer->platforms[0]);
	for (size_t i = 0; i < names->count; i++) {
		const char *name = fields_at(names, i).data;

		if (oci_platform_read(name, &writer->arena, &writer->platforms[i], err) < 0)
			return -1;
		for (size_t j = 0; j < i; j++)
			if (strcmp(fields_at(names, j).data, name) == 0)
				return fail(err, ERROR_USAGE, "--platform %s is given twice", name);
	}
	if (!writer->options.base) {
		writer->platform_count = count;
		return 0;
	}
	writer->bases = xcalloc(count, sizeof(*writer->bases));
	for (size_t i = 0; i < count; i++) {
		writer->platform_count = i + 1;
		if (oci_base_open(&writer->bases[i], writer->options.base,
			names->count ? &writer->platforms[i] : NULL, err) < 0)
			return -1;
		if (!names->count)
			writer->platforms[i] = writer->bases[i].platform;
	}
	return 0;
}

/* Refuse names that mean something else in a layer. */
static int check_names(const struct plan *plan, struct error **err)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct item *item = plan->items[i];

		if (slice_starts(path_name(item->path), SLICE_LITERAL(OCI_WHITEOUT)))
			return fail_at(err, item->origin ? item->origin : item->path.data, 0, 0,
			    NULL,
			    "its name would remove a file of the image: '" OCI_WHITEOUT
			    "' begins a whiteout in OCI images");
	}
	return 0;
}

static int split(struct image_writer *writer, struct error **err)
{
	const struct oci_options *options = &writer->options;
	struct oci_split rule = {.prefix = slice_c(options->settings.prefix + 1),
	    .rules = options->rules,
	    .limit = OCI_LAYERS_LIMIT,
	    .has_base = writer->bases};
	size_t most = 0;

	for (size_t i = 0; writer->bases && i < writer->platform_count; i++)
		if (writer->bases[i].layer_count > most)
			most = writer->bases[i].layer_count;
	rule.limit -= most < rule.limit ? most : rule.limit;
	for (size_t i = 0; writer->bases && i < writer->platform_count; i++)
		if (oci_files_read(&writer->files, &writer->bases[i], options->base,
			writer->input->listener, writer->input->interrupted, err) < 0)
			return -1;
	if (oci_layers_split(
		&writer->layers, writer->input->plan, writer->input->stage, &rule, err) < 0)
		return -1;
	return oci_files_cover(&writer->files, &writer->layers, err);
}

static int write_layers(struct image_writer *writer, struct error **err)
{
	oci_compressor_name(writer->options.zstd, &writer->compressor);
	if (oci_known_find(&writer->known, &writer->layout, writer->options.zstd,
		writer->compressor.data, err) < 0)
		return -1;
	for (size_t i = 0; i < writer->layers.count; i++) {
		bool is_reused = false;

		if (oci_blob_write(&writer->layout, &writer->known, &writer->layers.list[i],
			&writer->options, writer->input, &is_reused, err) < 0)
			return -1;
		writer->result->layers++;
		writer->result->reused += is_reused;
	}
	return 0;
}

/* Write the config and the manifest for a platform. */
static int write_platform(struct image_writer *writer, size_t i, struct error **err)
{
	const struct oci_settings *settings = &writer->options.settings;
	const struct oci_base *base = writer->bases ? &writer->bases[i] : NULL;
	struct oci_descriptor *config = &writer->configs[i], *manifest = &writer->manifests[i];
	autostr struct str text = STR_INIT;

	if (base && oci_base_copy(base, &writer->layout, writer->input->interrupted, err) < 0)
		return -1;
	oci_config_write(
	    settings, &writer->platforms[i], base, &writer->layers, writer->input->time, &text);
	config->media_type = OCI_CONFIG;
	manifest->media_type = OCI_MANIFEST;
	if (oci_layout_put(&writer->layout, str_slice(&text), config, err) < 0)
		return -1;
	str_truncate(&text, 0);
	oci_manifest_write(settings, base, &writer->layers, config, writer->compressor.data,
	    writer->files_note.data, &text);
	return oci_layout_put(&writer->layout, str_slice(&text), manifest, err);
}

/* Write the index of the platforms' manifests, if there are several. */
static int write_platforms(struct image_writer *writer, struct error **err)
{
	struct oci_descriptor *image = &writer->result->image;
	autostr struct str text = STR_INIT;
	struct json_writer json;

	if (oci_files_write(&writer->files, &writer->layout, &writer->files_note, err) < 0)
		return -1;
	for (size_t i = 0; i < writer->platform_count; i++)
		if (write_platform(writer, i, err) < 0)
			return -1;
	if (writer->platform_count == 1) {
		*image = writer->manifests[0];
		return 0;
	}
	oci_index_begin(&json, &text);
	for (size_t i = 0; i < writer->platform_count; i++)
		oci_entry_write(&json, &writer->manifests[i], &writer->platforms[i], NULL);
	json_array_end(&json);
	json_object_end(&json);
	image->media_type = OCI_INDEX;
	return oci_layout_put(&writer->layout, str_slice(&text), image, err);
}

/* Warn if nothing says which of several scripts the image runs. */
static void warn_of_scripts(const struct image_writer *writer)
{
	const struct oci_settings *settings = &writer->options.settings;
	const struct oci_start *start = &writer->start;
	autostr struct str names = STR_INIT;
	struct error *warning = NULL;

	if (start->script_count < 2 || settings->entrypoint.count || settings->command.count ||
	    settings->like || !writer->input->listener->warning)
		return;
	for (size_t i = 0; i < start->script_count; i++) {
		str_adds(&names, i ? ", " : "");
		str_add_slice(&names, path_name(start->scripts[i]));
	}
	(void)fail(&warning, ERROR_INPUT,
	    "the image has no entrypoint of its own, as it has several scripts: give --entrypoint "
	    "with one of %s",
	    str_c(&names)); /* always -1 */
	writer->input->listener->warning(writer->input->listener->context, warning);
}

static int write_image(struct image_writer *writer, const char *directory, struct error **err)
{
	const struct oci_input *input = writer->input;
	struct oci_options *options = &writer->options;

	if (open_bases(writer, err) < 0 || check_names(input->plan, err) < 0 ||
	    split(writer, err) < 0 ||
	    oci_start_find(&writer->start, input->plan, input->stage, err) < 0)
		return -1;
	options->settings.start = &writer->start;
	warn_of_scripts(writer);
	if (oci_layout_begin(&writer->layout, directory, input->interrupted, err) < 0 ||
	    write_layers(writer, err) < 0 || write_platforms(writer, err) < 0)
		return -1;
	if (input->interrupted && input->interrupted())
		return fail(err, ERROR_SYSTEM, "interrupted");
	return oci_tag_commit(&writer->layout, options->tag ? options->tag : OCI_DEFAULT_TAG,
	    &writer->result->image, writer->platform_count == 1 ? &writer->platforms[0] : NULL,
	    NULL, err);
}

int oci_check(const char *directory, const struct oci_options *options, struct error **err)
{
	CLEANUP(image_writer_release)
	struct image_writer writer = {.options = *options, .layout = OCI_LAYOUT_INIT};

	for (const char *const *rule = options->rules; rule && *rule; rule++)
		if (oci_rule_check(*rule, err) < 0)
			return -1;
	if (check_prefix(options->settings.prefix, err) < 0 || open_bases(&writer, err) < 0)
		return -1;
	return directory ? oci_layout_check(directory, err) : 0;
}

int oci_write(const char *directory, const struct oci_options *options,
    const struct oci_input *input, struct oci_result *ret, struct error **err)
{
	CLEANUP(image_writer_release)
	struct image_writer writer = {
	    .options = *options, .input = input, .result = ret, .layout = OCI_LAYOUT_INIT};

	*ret = (struct oci_result){0};
	return write_image(&writer, directory, err);
}

int oci_write_tar(const char *path, const struct oci_options *options,
    const struct oci_input *input, struct oci_result *ret, struct error **err)
{
	CLEANUP(image_writer_release)
	struct image_writer writer = {
	    .options = *options, .input = input, .result = ret, .layout = OCI_LAYOUT_INIT};
	autostage struct tree_stage stage = TREE_STAGE_INIT;
	struct oci_tar tar = {.path = path,
	    .layout = &writer.layout,
	    .time = input->time,
	    .listener = input->listener,
	    .interrupted = input->interrupted};

	*ret = (struct oci_result){0};
	if (tree_stage_open(&stage, place_at(path), err) < 0 ||
	    write_image(&writer, stage.path, err) < 0)
		return -1;
	tar.manifests = writer.manifests;
	tar.count = writer.platform_count;
	return oci_tar_write(&tar, err);
}
