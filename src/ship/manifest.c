#include "ship/manifest.h"

#include "base/path.h"
#include "image/archive.h"
#include "inspect/manifest.h"
#include "python/instrument.h"
#include "python/interpreter.h"

/* The words of enum layout. */
static const char *const layouts[] = {
    [LAYOUT_SOURCE] = "source",
    [LAYOUT_BYTECODE] = "bytecode",
    [LAYOUT_FACTOR] = "factor",
    [LAYOUT_BESIDE] = "source",
    [LAYOUT_PLAIN] = "source",
};

static const char *const checks[] = {
    [CHECK_NEVER] = "never",
    [CHECK_TIME] = "time",
    [CHECK_HASH] = "hash",
    [CHECK_UNCHECKED_HASH] = "unchecked-hash",
};

/* What a file of bytecode was compiled from, and how. */
struct compiled {
	const struct item *source;
	const char *tag;
	int level;
};

struct manifest {
	const struct reports *reports;
	struct json_writer json;
	struct map compiled; /* path -> struct compiled */
	struct arena arena;
};

static void manifest_release(struct manifest *manifest)
{
	map_release(&manifest->compiled);
	arena_release(&manifest->arena);
}

static void note_compiled(struct manifest *manifest, const struct item *item, const char *tag)
{
	const struct compile_options *compile = manifest->reports->compile;

	for (int level = 0; level < COMPILE_LEVELS; level++) {
		autostr struct str path = STR_INIT;
		struct compiled *compiled;
		char *key;

		if (!compile->levels[level])
			continue;
		compile_add_path(&path, compile->layout, item->path, tag, level);
		key = arena_copy(&manifest->arena, str_slice(&path));
		compiled = arena_zalloc(&manifest->arena, 1, sizeof(*compiled));
		*compiled = (struct compiled){item, tag, level};
		*map_at(&manifest->compiled, slice_of(key, path.len)) = compiled;
	}
}

/* Find out which files of the image are bytecode that was compiled. */
static void note_all_compiled(struct manifest *manifest)
{
	const struct reports *reports = manifest->reports;
	const struct compile_options *compile = reports->compile;

	if (compile->layout == LAYOUT_PLAIN)
		return;
	for (size_t i = 0; i < reports->plan->count; i++) {
		const struct item *item = reports->plan->items[i];

		if (item->kind != ITEM_PYTHON)
			continue;
		note_compiled(manifest, item, interpreter_cache_tag());
		for (size_t k = 0; k < compile->other_count; k++)
			note_compiled(manifest, item, compile->others[k].tag);
	}
}

/* The path of a source as its bytecode records it. */
static void write_source(struct manifest *manifest, const struct item *item)
{
	autostr struct str recorded = STR_INIT;

	compile_add_recorded(&recorded, manifest->reports->compile, item);
	json_member_slice(&manifest->json, "source", str_slice(&recorded));
}

/* The factor path of a source, if its parts are ASCII. */
static void write_factor(struct manifest *manifest, struct slice path)
{
	autostr struct str factor = STR_INIT;

	for (size_t i = 0; i + strlen(".py") < path.len; i++) {
		char c = path.data[i];
		bool is_first = !i || path.data[i - 1] == '/';
		bool is_digit = c >= '0' && c <= '9';
		bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

		if (c != '/' && !is_letter && (!is_digit || is_first))
			return;
		str_addc(&factor, c == '/' ? '.' : c);
	}
	json_member_slice(&manifest->json, "factor", str_slice(&factor));
}

/* What only who compiled knows: what the bytes depend on beside source, version and level. */
static void write_compilation(struct json_writer *json, const struct compile_options *compile)
{
	json_member(json, "check", checks[compile->check]);
	json_key(json, "constants");
	json_bool(json, compile->constants);
	json_member(json, "pyc-bytes", compile->cpython ? "cpython" : "kiln");
	if (compile->instrumentation) {
		autostr struct str words = STR_INIT;

		instrument_add_words(compile->instrumentation, &words);
		json_member_slice(json, "instrumentation", str_slice(&words));
	}
}

static void write_compiled(struct manifest *manifest, const struct compiled *compiled)
{
	struct json_writer *json = &manifest->json;

	json_member(json, "kind", "compiled");
	write_source(manifest, compiled->source);
	if (manifest->reports->compile->constants)
		write_factor(manifest, compiled->source->path);
	json_key(json, "parameters");
	json_object(json);
	json_member(json, "python", compiled->tag);
	json_member_integer(json, "optimize", compiled->level);
	write_compilation(json, manifest->reports->compile);
	json_object_end(json);
}

static void write_list(struct json_writer *json, const char *key, const char *const *items)
{
	json_key(json, key);
	json_array(json);
	for (; *items; items++)
		json_string(json, slice_c(*items));
	json_array_end(json);
}

static void write_built(struct json_writer *json, const struct plan_built *built)
{
	json_member(json, "kind", "built");
	write_list(json, "sources", built->sources);
	json_member(json, "factor", built->factor);
	write_list(json, "units", built->units);
	json_key(json, "parameters");
	json_object(json);
	json_member(json, "system", built->system);
	json_member(json, "architecture", built->architecture);
	json_member(json, "mode", built->mode);
	write_list(json, "features", built->features);
	json_object_end(json);
}

/* What a build in place made the item from; NULL if it did not. */
static const struct plan_built *find_built(const struct manifest *manifest, const struct item *item)
{
	const struct plan_recognizer *results = manifest->reports->options->scan.results;

	if (!item || !item->origin || !results || !results->built)
		return NULL;
	return results->built(results->context, item->origin);
}

/* The path of an entry in the bundle: in an OCI image this stands below a prefix. False for what is
 * not below it; the path is empty for the prefix and what is above. */
static bool find_path(const struct manifest *manifest, struct slice path, struct slice *ret)
{
	const struct oci_options *oci = manifest->reports->options->oci;
	struct slice prefix = slice_of("", 0);

	if (image_form_is_oci(manifest->reports->options->form))
		prefix = slice_c(oci->settings.prefix + 1);
	if (path_below(path, prefix, ret))
		return true;
	*ret = slice_of("", 0);
	return path_below(prefix, path, NULL);
}

static void write_origin(struct manifest *manifest, const struct image_entry *entry)
{
	struct slice path;
	bool is_below = find_path(manifest, entry->path, &path);
	const struct item *item = map_get(&manifest->reports->bundle->by_path, path);
	const struct compiled *compiled = map_get(&manifest->compiled, path);
	const struct plan_built *built = find_built(manifest, item);

	json_key(&manifest->json, "origin");
	json_object(&manifest->json);
	if (built) {
		write_built(&manifest->json, built);
	} else if (item && item->origin) {
		json_member(&manifest->json, "kind", "copied");
		write_source(manifest, item);
	} else if (compiled && item) {
		write_compiled(manifest, compiled);
	} else {
		json_member(&manifest->json, "kind", is_below ? "generated" : "base");
	}
	json_object_end(&manifest->json);
}

static void write_levels(struct json_writer *json, const struct compile_options *compile)
{
	json_key(json, "optimize");
	json_array(json);
	for (int level = 0; level < COMPILE_LEVELS; level++) {
		if (compile->levels[level])
			json_integer(json, level);
	}
	json_array_end(json);
}

static void write_tags(struct json_writer *json, const struct compile_options *compile)
{
	json_key(json, "python");
	json_array(json);
	json_string(json, slice_c(interpreter_cache_tag()));
	for (size_t i = 0; i < compile->other_count; i++)
		json_string(json, slice_c(compile->others[i].tag));
	json_array_end(json);
}

void manifest_write_options(struct json_writer *json, const struct reports *reports)
{
	const struct compile_options *compile = reports->compile;
	bool has_levels = compile->levels[0] || compile->levels[1] || compile->levels[2];

	json_key(json, "options");
	json_object(json);
	if (!reports->is_of_images || reports->has_layout)
		json_member(json, "layout", layouts[compile->layout]);
	if (has_levels)
		write_levels(json, compile);
	if (!reports->is_of_images) {
		write_compilation(json, compile);
		write_tags(json, compile);
	}
	json_member_integer(json, "time", compile->time);
	json_object_end(json);
}

void manifest_write_makers(struct json_writer *json)
{
	json_object(json);
	json_member(json, "kiln", KILN_VERSION);
	json_member(json, "cpython", interpreter_version());
	json_member(json, "libraries", archive_libraries());
	json_object_end(json);
}

static void write_head(struct manifest *manifest, const struct inspection *inspection)
{
	struct json_writer *json = &manifest->json;

	json_member_integer(json, "manifest", MANIFEST_VERSION);
	json_key(json, "made-by");
	manifest_write_makers(json);
	json_member(json, "form", inspection->contents.form);
	manifest_write_options(json, manifest->reports);
}

int manifest_write(const struct reports *reports, const struct inspection *inspection,
    struct str *ret, struct error **err)
{
	CLEANUP(manifest_release) struct manifest manifest = {.reports = reports};
	const struct image_contents *contents = &inspection->contents;
	struct json_writer *json = &manifest.json;

	(void)err; /* nothing to fail */
	note_all_compiled(&manifest);
	json_begin(json, ret);
	json_object(json);
	write_head(&manifest, inspection);
	json_key(json, "entries");
	json_array(json);
	for (size_t i = 0; i < contents->count; i++) {
		json_object(json);
		manifest_write_entry(json, contents->entries[i]);
		write_origin(&manifest, contents->entries[i]);
		json_object_end(json);
	}
	json_array_end(json);
	json_object_end(json);
	str_addc(ret, '\n');
	return 0;
}
