#include "base/file.h"
#include "command/image.h"
#include "inspect/imports.h"
#include "jobs/signals.h"
#include "python/interpreter.h"

/* A name that printing leaves as it is: a path with a newline would be two lines of --order. */
static bool is_line(struct slice path)
{
	return !memchr(path.data, '\n', path.len);
}

int image_check_order(const struct image_run *run, struct error **err)
{
	const char *image = run->arguments->items[0], *order = run->settings->order;
	bool is_inside;

	if (!order || oci_is_reference(image))
		return 0;
	if (plan_check_output(image, order, err) < 0 ||
	    plan_has_inside(image, order, &is_inside, err) < 0)
		return -1;
	if (is_inside)
		return fail(err, ERROR_USAGE, "'%s' is inside the image '%s': name a file outside",
		    order, image);
	return 0;
}

static int write_order(
    const struct image_run *run, const struct imports *imports, struct error **err)
{
	autostr struct str text = STR_INIT;

	for (size_t i = 0; i < imports->loaded.count; i++) {
		struct slice path = fields_at(&imports->loaded, i);

		if (!is_line(path))
			continue;
		str_add_slice(&text, path);
		str_addc(&text, '\n');
	}
	return file_replace(place_at(run->settings->order), str_slice(&text), 0644, 0, err);
}

static void warn(struct image_run *run, struct slice reason)
{
	autoerror struct error *warning = NULL;

	(void)fail_at(&warning, run->arguments->items[0], 0, 0, NULL, "cannot import %.*s",
	    (int)reason.len, reason.data); /* always -1 */
	reporter_warning(run->reporter, warning);
}

/* Python itself does not tell why it finds nothing. */
static void warn_of_zip64(struct image_run *run)
{
	autoerror struct error *warning = NULL;

	(void)fail_at(&warning, run->arguments->items[0], 0, 0, NULL,
	    "is a zip archive with zip64, from which Python imports since 3.13"); /* always -1 */
	reporter_warning(run->reporter, warning);
}

/* The environment of an OCI image's config tells it; it is not read. */
void image_warn_of_levels(
    struct image_run *run, const struct inspection *inspection, const struct modules *modules)
{
	size_t counts[COMPILE_LEVELS] = {0};

	for (size_t i = 0; i < modules->count; i++)
		counts[module_level(modules->items[i])]++;
	for (int level = 1; level < COMPILE_LEVELS; level++) {
		autoerror struct error *warning = NULL;

		if (!counts[level] || strcmp(inspection->contents.form, "OCI") == 0)
			continue;
		(void)fail_at(&warning, inspection->contents.path, 0, 0, NULL,
		    "has bytecode of %zu modules for optimization level %d alone: Python compiles "
		    "them at import, unless it is started with PYTHONOPTIMIZE=%d or %s",
		    counts[level], level, level, level == 1 ? "-O" : "-OO"); /* always -1 */
		reporter_warning(run->reporter, warning);
	}
}

static void print_list(
    struct image_output *output, const char *key, const struct fields *list, const char *text)
{
	if (output->is_json) {
		json_key(&output->json, key);
		json_array(&output->json);
	}
	for (size_t i = 0; i < list->count; i++) {
		if (output->is_json) {
			json_string(&output->json, fields_at(list, i));
		} else if (text) {
			str_add_printable(&output->text, fields_at(list, i));
			str_adds(&output->text, text);
		}
	}
	if (output->is_json)
		json_array_end(&output->json);
}

static void print_imports(struct image_output *output, const struct imports *imports)
{
	if (output->is_json)
		json_object(&output->json);
	print_list(output, "compiled", &imports->compiled, ": is compiled at import\n");
	print_list(output, "loaded", &imports->loaded,
	    output->is_verbose ? ": is loaded as it is\n" : NULL);
	print_list(output, "failed", &imports->failed, NULL);
	if (output->is_json)
		json_object_end(&output->json);
}

static void summarize(struct image_run *run, const struct imports *imports)
{
	const char *image = run->arguments->items[0];
	struct summary summary;

	if (!summary_begin(&summary, run->reporter, &run->settings->common))
		return;
	summary_member(&summary, "image", image);
	summary_count(&summary, "imported", (size_t)imports->count, "imported");
	summary_count(&summary, "compiled", imports->compiled.count, "compiled");
	summary_some(&summary, "failed", imports->failed.count, "failed");
	summary_end(&summary, image);
}

int image_check_imports(struct image_run *run, struct inspection *inspection, struct error **err)
{
	const struct image_settings *settings = run->settings;
	autofree char *interpreter = settings->interpreter ? xstrdup(settings->interpreter)
							   : xasprintf("/usr/bin/python%s",
								 interpreter_short_version());
	const struct imports_options options = {interpreter, &settings->modules, interrupted};
	automodules struct modules modules = {0};
	autoimports struct imports imports = {0};

	modules_find(inspection, &modules);
	if (imports_run(inspection, &modules, &options, &imports, err) < 0)
		return -1;
	if (imports.failed.count && inspection->contents.has_zip64_end)
		warn_of_zip64(run);
	for (size_t i = 0; i < imports.failed.count; i++)
		warn(run, fields_at(&imports.failed, i));
	print_imports(&run->output, &imports);
	if (settings->order && write_order(run, &imports, err) < 0)
		return -1;
	image_warn_of_levels(run, inspection, &modules);
	summarize(run, &imports);
	return imports.compiled.count || imports.failed.count || inspection->contents.faults
		   ? ERROR_INPUT
		   : 0;
}
