#include "record/loaded.h"

#include "base/file.h"
#include "base/packing.h"
#include "base/path.h"
#include "base/presence.h"
#include "delineation/describe.h"
#include "factor/image.h"
#include "python/interpreter.h"
#include "python/source.h"
#include "record/interface.h"
#include "record/loaded_chapter.h"

/* Where descriptions stand in the directory of a record. */
static const char module_directory[] = "delineated";
static const char interface_directory[] = "delineated-interface";

/* The largest source; a larger one's description would be too large. */
#define SOURCE_LIMIT ((size_t)64 << 20)

static int compute_digest(const struct record_source *source, struct slice identity,
    const struct loaded *loaded, char digest[2 * HASH_SIZE + 1], struct error **err)
{
	const struct slice parts[] = {identity, source->name, source->shown,
	    str_slice(&loaded->bytes), str_slice(&loaded->interface_bytes),
	    str_slice(&loaded->measured.texts[0]), str_slice(&loaded->measured.texts[1]),
	    str_slice(&loaded->measured.texts[2])};
	autostr struct str lengths = STR_INIT;
	autohasher struct hasher hasher = {0};
	struct hash hash;

	if (hasher_begin(&hasher, HASH_SHA256, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		str_addf(&lengths, "%zu ", parts[i].len);
		if (hasher_add(&hasher, parts[i], err) < 0)
			return -1;
	}
	if (hasher_add(&hasher, str_slice(&lengths), err) < 0 ||
	    hasher_end(&hasher, &hash, err) < 0)
		return -1;
	hash_hex(&hash, digest);
	return 0;
}

/* The metrics of a source as `kiln metrics` writes them: at the path of its description, which was
 * made of the project, the product, or what is above packages. 1 if they are there, 0 if not. */
static int read_written(const struct record_source *source, struct slice metrics,
    struct measured *ret, struct error **err)
{
	autostr struct str prefix = STR_INIT;
	const struct slice above[] = {{"", 0}, source->project->directory, {NULL, 0}};
	int there = 0;

	add_replaced(&prefix, source->prefix, '.', '/');
	for (size_t i = 0; i < sizeof(above) / sizeof(*above) && !there; i++) {
		autostr struct str below = STR_INIT;
		autostr struct str path = STR_INIT;

		path_join(&below, above[i].data ? above[i] : str_slice(&prefix), source->shown);
		path_join(&path, metrics, str_slice(&below));
		there = presence_of_directory(str_c(&path), err);
		if (there > 0 && measured_read(place_at(str_c(&path)), ret, err) < 0)
			return -1;
	}
	return there;
}

/* The metrics that stand in the product as the built file of the form "metrics" of a factor. */
static int read_built(const struct record_source *source, struct measured *ret, struct error **err)
{
	const struct factor *factor = project_factor(source->project, source->factor);
	autofree char *tag = xstrdup(interpreter_cache_tag());
	struct image_variant variant = {
	    SLICE_LITERAL("linux"), {NULL, 0}, SLICE_LITERAL("metrics")};
	autostr struct str image = STR_INIT;
	autostr struct str below = STR_INIT;
	autostr struct str path = STR_INIT;
	char *hyphen = strchr(tag, '-');
	int there;

	/* "cpython-311" is the architecture cpython311. */
	if (hyphen)
		memmove(hyphen, hyphen + 1, strlen(hyphen));
	variant.architecture = slice_c(tag);
	if (!factor || source->project->implicit)
		return 0;
	factor_image_path(&image, factor, &variant, LAYOUT_PRODUCT);
	path_join(&below, str_slice(&image), path_name(source->shown));
	path_join(&path, source->project->product->path, str_slice(&below));
	there = presence_of_directory(str_c(&path), err);
	if (there <= 0)
		return there;
	return measured_read(place_at(str_c(&path)), ret, err);
}

/* Without --metrics, what the product has in `.metrics`. */
static int read_measured(const struct record_source *source, const char *metrics,
    struct measured *ret, struct error **err)
{
	autostr struct str own = STR_INIT;
	int there;

	if (metrics)
		return read_written(source, slice_c(metrics), ret, err) < 0 ? -1 : 0;
	path_join(&own, source->project->product->path, SLICE_LITERAL(".metrics"));
	there = presence_of_directory(str_c(&own), err);
	if (there <= 0)
		return there;
	there = read_written(source, str_slice(&own), ret, err);
	if (!there)
		there = read_built(source, ret, err);
	return there < 0 ? -1 : 0;
}

int loaded_read(const struct record_source *source, const struct record_settings *settings,
    struct slice identity, struct loaded *ret, char digest[2 * HASH_SIZE + 1], struct error **err)
{
	struct stat stat;

	if (file_read_known(source->origin, SOURCE_LIMIT, &ret->bytes, &stat, err) < 0)
		return -1;
	if (source->interface &&
	    file_read_known(source->interface, SOURCE_LIMIT, &ret->interface_bytes, &stat, err) < 0)
		return -1;
	if (read_measured(source, settings->metrics, &ret->measured, err) < 0)
		return -1;
	return compute_digest(source, identity, ret, digest, err);
}

static int put_files(const struct record_source *source, const char *directory,
    struct record_output *output, const struct description_files *files, struct error **err)
{
	for (size_t i = 0; i < DESCRIPTION_FILES; i++) {
		autofree char *name = xasprintf("%s/%s", directory, description_file_names[i]);

		if (record_output_put_in(
			output, source->directory, name, str_slice(&files->texts[i]), err) < 0)
			return -1;
	}
	return 0;
}

/* Describe one file. Its bytes are in the loaded source, and stay there. */
static int describe(const struct record_source *source, const char *origin, struct str *bytes,
    struct description_files *ret, struct notes *notes, struct error **err)
{
	const struct delineate_options options = {.factor = source->name.data, .recorded = origin};
	autodescribed struct described described = {.tree = NULL};
	autodescription struct description description = {.elements = STR_INIT};
	struct str *const texts[] = {&description.elements, &description.documented,
	    &description.documentation, &description.data};
	int result;

	described.bytes = *bytes;
	result = described_parse(origin, &options, notes, &described, err);
	if (result == 0)
		result = description_write(&described.delineation, origin, &description, err);
	described.bytes = STR_INIT;
	for (size_t i = 0; result == 0 && i < DESCRIPTION_FILES; i++) {
		ret->texts[i] = *texts[i];
		*texts[i] = STR_INIT;
	}
	return result;
}

int loaded_describe(const struct record_source *source, struct loaded *loaded, struct notes *notes,
    struct error **err)
{
	if (source->is_chapter)
		return loaded_check_chapter(source, loaded, notes, err);
	if (interpreter_need(err) < 0 ||
	    describe(source, source->origin, &loaded->bytes, &loaded->files, notes, err) < 0)
		return -1;
	return source->interface ? describe(source, source->interface, &loaded->interface_bytes,
				       &loaded->interface_files, notes, err)
				 : 0;
}

int loaded_put(const struct record_source *source, const struct loaded *loaded,
    struct record_output *output, struct error **err)
{
	if (source->is_chapter)
		return loaded_put_chapter(source, loaded, output, err);
	if (put_files(source, module_directory, output, &loaded->files, err) < 0)
		return -1;
	return source->interface ? put_files(source, interface_directory, output,
				       &loaded->interface_files, err)
				 : 0;
}

static int restore(const struct record_source *source, const char *name,
    struct record_output *output, struct description_files *ret, struct error **err)
{
	autofree char *path = xasprintf(
	    "%.*s/%s", (int)source->directory.len, source->directory.data, name);
	autofree char *shown = xasprintf("%s/%s", output->shown, path);

	for (size_t i = 0; i < DESCRIPTION_FILES; i++) {
		autofree char *file = xasprintf("%s/%s", path, description_file_names[i]);

		record_output_keep(output, slice_c(file));
	}
	return description_files_read(place_below(output->root, path, shown), ret, err);
}

int loaded_restore(const struct record_source *source, struct loaded *loaded,
    struct record_output *output, struct error **err)
{
	if (source->is_chapter) {
		loaded_restore_chapter(source, output);
		return 0;
	}
	if (restore(source, module_directory, output, &loaded->files, err) < 0)
		return -1;
	if (!source->interface)
		return 0;
	return restore(source, interface_directory, output, &loaded->interface_files, err);
}

/* All that loaded_pack() keeps, in order. */
#define PACKED (2 + MEASURED_FILES + 2 * DESCRIPTION_FILES)

static void packed_parts(struct loaded *loaded, struct str *ret[PACKED])
{
	ret[0] = &loaded->bytes;
	ret[1] = &loaded->interface_bytes;
	for (size_t i = 0; i < MEASURED_FILES; i++)
		ret[2 + i] = &loaded->measured.texts[i];
	for (size_t i = 0; i < DESCRIPTION_FILES; i++) {
		ret[2 + MEASURED_FILES + i] = &loaded->files.texts[i];
		ret[2 + MEASURED_FILES + DESCRIPTION_FILES + i] = &loaded->interface_files.texts[i];
	}
}

void loaded_pack(struct loaded *loaded, struct str *ret)
{
	struct str *parts[PACKED];

	packed_parts(loaded, parts);
	for (size_t i = 0; i < PACKED; i++)
		pack_string(ret, str_slice(parts[i]));
	pack_string(ret, slice_c(loaded->measured.name ? loaded->measured.name : ""));
}

int loaded_unpack(struct slice packed, struct loaded *ret, struct error **err)
{
	struct unpacker unpacker = unpacker_of(packed);
	struct str *parts[PACKED];
	struct slice name;

	packed_parts(ret, parts);
	for (size_t i = 0; i < PACKED; i++)
		str_add_slice(parts[i], unpack_string(&unpacker));
	name = unpack_string(&unpacker);
	if (name.len)
		ret->measured.name = xmemdup0(name.data, name.len);
	if (unpacker.is_bad)
		return fail(err, ERROR_INTERNAL, "a worker kept a wrong description");
	return 0;
}

static int read_record(const struct record_source *source, const char *origin,
    const struct description_files *files, struct slice text, enum docstring_style style,
    struct notes *notes, struct factor_record *ret, struct error **err)
{
	struct record_parts parts = {.name = origin, .source = text};

	ret->project = source->project->path;
	ret->factor = source->factor;
	description_files_parts(files, &parts);
	return factor_record_read(&parts, style, notes, ret, err);
}

int loaded_join(const struct record_source *source, const struct record_settings *settings,
    struct loaded *loaded, struct notes *notes, struct error **err)
{
	if (source->is_chapter)
		return loaded_join_chapter(source, loaded, err);
	if (source_decode(str_slice(&loaded->bytes), NULL, source->origin, &loaded->decoded, err) <
	    0)
		return -1;
	if (read_record(source, source->origin, &loaded->files, str_slice(&loaded->decoded),
		settings->style, notes, &loaded->record, err) < 0)
		return -1;
	if (loaded->measured.name && measured_join(&loaded->record, &loaded->measured, err) < 0)
		return -1;
	if (!source->interface)
		return 0;
	if (source_decode(str_slice(&loaded->interface_bytes), NULL, source->interface,
		&loaded->interface_decoded, err) < 0 ||
	    read_record(source, source->interface, &loaded->interface_files,
		str_slice(&loaded->interface_decoded), settings->style, NULL, &loaded->interface,
		err) < 0)
		return -1;
	interface_apply(&loaded->record, &loaded->interface);
	return 0;
}

void loaded_release(struct loaded *loaded)
{
	factor_record_release(&loaded->record);
	factor_record_release(&loaded->interface);
	description_files_release(&loaded->files);
	description_files_release(&loaded->interface_files);
	measured_release(&loaded->measured);
	str_release(&loaded->bytes);
	str_release(&loaded->decoded);
	str_release(&loaded->interface_bytes);
	str_release(&loaded->interface_decoded);
}
