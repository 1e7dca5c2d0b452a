#include "command/image.h"

#include "command/product_options.h"
#include "inspect/manifest.h"
#include "inspect/verify.h"
#include "jobs/signals.h"

static void settings_release(struct image_settings *settings)
{
	fields_release(&settings->modules);
	oci_arguments_release(&settings->oci, &settings->oci_options);
}

struct action {
	const char *option;
	size_t images; /* the number of arguments; 0: at least one */
	bool (*is_chosen)(const struct image_settings *settings);
	int (*run)(struct image_run *run, struct error **err); /* returns the exit status, or -1 */
};

static int take_limit(void *settings, const char *value, struct error **err)
{
	uint64_t *limit = &((struct image_settings *)settings)->limit;

	if (!product_size(value, limit) || !*limit)
		return fail_bad_value("--limit", value, "a size such as 500M or 5G", err);
	return 0;
}

static const struct option options[] = {
    {'o', "output", "IMAGE",
	"Make this image of those that are there; its form is what its name says, as with kiln "
	"build",
	TAKES_TEXT(struct image_settings, repack.image.output, "the path of an image")},
    {0, "format", "FORM",
	"directory, tar, tar.gz, tar.xz, tar.zst, tar.bz2, zip, pyz, squashfs, oci or oci.tar, "
	"instead of what the name of IMAGE says",
	.take = image_take_format},
    {0, "list", NULL, "List the entries of an image, sorted",
	TAKES_TRUE(struct image_settings, lists)},
    {0, "size", NULL, "Show what takes how many bytes, by package and kind of file",
	TAKES_TRUE(struct image_settings, sizes)},
    {0, "diff", NULL, "Compare two images: what was added, removed or changed, by package",
	TAKES_TRUE(struct image_settings, compares)},
    {0, "verify", NULL,
	"Check digests, sizes and bytecode, and tell which modules Python "
	"would compile at import",
	TAKES_TRUE(struct image_settings, verifies)},
    {0, "check-imports", NULL,
	"Import the modules of a directory, .zip or .pyz, which runs their code, and tell which "
	"are compiled",
	TAKES_TRUE(struct image_settings, imports)},
    {0, "module", "NAME", "With --check-imports: import this module instead of all; repeatable",
	TAKES_LIST(struct image_settings, modules, "the name of a module")},
    {0, "interpreter", "PYTHON",
	"With --check-imports: the Python that imports (default: /usr/bin/python3.X of the "
	"embedded version)",
	TAKES_TEXT(struct image_settings, interpreter, "the path of a Python")},
    {0, "order", "FILE",
	"With --check-imports: write the files that were loaded, in the order of import",
	TAKES_TEXT(struct image_settings, order, "the path of a file")},
    {0, "manifest", "FILE",
	"With --verify: compare the image with this manifest; with -o: write "
	"it, as kiln build does",
	TAKES_TEXT(struct image_settings, manifest, "the path of a file")},
    {0, "sbom", "FILE",
	"With -o: also write a bill of materials: SPDX 2.3 if the name ends in .spdx.json, "
	"CycloneDX 1.5 if it ends in .cdx.json",
	TAKES_TEXT(struct image_settings, repack.image.bill, "the path of a file")},
    {0, "json", NULL, "Print the result as JSON", TAKES_TRUE(struct image_settings, is_json)},
    {0, "limit", "SIZE",
	"Most bytes that an image may unpack to, in bytes or with K, M, G, T "
	"(default: 256G)",
	.take = take_limit},
    {'v', "verbose", NULL, "With --verify: also tell which modules load their bytecode",
	TAKES_TRUE(struct image_settings, is_verbose)},
    {0, "force", NULL, "Replace a directory that kiln did not make",
	TAKES_TRUE(struct image_settings, repack.image.force)},
    COMMON_JOBS,
    OCI_OPTIONS(struct image_settings, oci),
    COMMON_COLOR,
    COMMON_LOG,
    COMMON_QUIET,
    COMMON_HELP,
    OPTIONS_END,
};

static void take_fault(void *context, struct error *fault)
{
	reporter_error(context, fault);
	error_free(fault);
}

static int read_image(struct image_run *run, size_t index, bool reads_python,
    struct inspection *inspection, struct error **err)
{
	const struct fields *platforms = &run->settings->oci.platforms;
	const struct image_reading_options limits = {
	    .total_limit = run->settings->limit,
	    .interrupted = interrupted,
	    .platform = platforms->count ? fields_at(platforms, 0).data : NULL,
	    .verifies = run->settings->verifies,
	};

	inspection->reads_python = reads_python;
	inspection->fault = take_fault;
	inspection->context = run->reporter;
	return inspect_read(inspection, run->arguments->items[index], &limits, err);
}

static int status_of(const struct inspection *inspection)
{
	return inspection->contents.faults ? ERROR_INPUT : 0;
}

static int run_list(struct image_run *run, struct error **err)
{
	autoinspection struct inspection inspection = {0};

	if (read_image(run, 0, false, &inspection, err) < 0)
		return -1;
	image_print_list(&run->output, &inspection);
	return status_of(&inspection);
}

static int run_size(struct image_run *run, struct error **err)
{
	autoinspection struct inspection inspection = {0};
	autopackages struct packages packages = {0};

	if (read_image(run, 0, false, &inspection, err) < 0)
		return -1;
	packages_find(&inspection, &packages);
	image_print_sizes(&run->output, &inspection, &packages);
	return status_of(&inspection);
}

static int run_diff(struct image_run *run, struct error **err)
{
	autoinspection struct inspection before = {0}, after = {0};
	autopackages struct packages before_packages = {0}, after_packages = {0};
	autodifferences struct differences differences = {0};

	if (read_image(run, 0, false, &before, err) < 0 ||
	    read_image(run, 1, false, &after, err) < 0)
		return -1;
	packages_find(&before, &before_packages);
	packages_find(&after, &after_packages);
	differences_find(&before, &before_packages, &after, &after_packages, &differences);
	image_print_differences(&run->output, &before, &after, &differences);
	return differences.count ? ERROR_INPUT : status_of(&before) | status_of(&after);
}

static void summarize(struct image_run *run, const struct inspection *inspection,
    const struct modules *modules, size_t compiled)
{
	const struct image_contents *contents = &inspection->contents;
	struct summary summary;

	if (!summary_begin(&summary, run->reporter, &run->settings->common))
		return;
	summary_member(&summary, "image", contents->path);
	summary_count(&summary, "entries", contents->count, "entry|entries");
	summary_count(&summary, "modules", modules->count, "module|modules");
	summary_some(&summary, "compiled", compiled, "would be compiled");
	summary_count(&summary, "faults", contents->faults, "fault|faults");
	summary_end(&summary, contents->path);
}

static int run_verify(struct image_run *run, struct error **err)
{
	autoinspection struct inspection inspection = {0};
	autopackages struct packages packages = {0};
	automodules struct modules modules = {0};
	struct json_writer *json = &run->output.json;
	size_t unchecked, compiled;

	if (read_image(run, 0, true, &inspection, err) < 0)
		return -1;
	verify_records(&inspection, &unchecked);
	if (run->settings->manifest &&
	    manifest_compare(&inspection, run->settings->manifest, err) < 0)
		return -1;
	packages_find(&inspection, &packages);
	modules_find(&inspection, &modules);
	if (run->settings->is_json) {
		json_object(json);
		json_member(json, "image", inspection.contents.path);
		json_member_integer(json, "entries", (int64_t)inspection.contents.count);
		json_member_integer(json, "faults", (int64_t)inspection.contents.faults);
		json_member_integer(json, "unchecked", (int64_t)unchecked);
		json_key(json, "modules");
		json_array(json);
	}
	image_print_modules(&run->output, &inspection.contents, &modules, &compiled);
	if (run->settings->is_json) {
		json_array_end(json);
		json_object_end(json);
	}
	image_warn_of_levels(run, &inspection, &modules);
	summarize(run, &inspection, &modules, compiled);
	return status_of(&inspection);
}

static int run_check_imports(struct image_run *run, struct error **err)
{
	autoinspection struct inspection inspection = {0};

	if (image_check_order(run, err) < 0 || read_image(run, 0, true, &inspection, err) < 0)
		return -1;
	return image_check_imports(run, &inspection, err);
}

static bool is_list(const struct image_settings *settings)
{
	return settings->lists;
}

static bool is_size(const struct image_settings *settings)
{
	return settings->sizes;
}

static bool is_diff(const struct image_settings *settings)
{
	return settings->compares;
}

static bool is_verify(const struct image_settings *settings)
{
	return settings->verifies;
}

static bool is_check_imports(const struct image_settings *settings)
{
	return settings->imports;
}

static bool is_repack(const struct image_settings *settings)
{
	return settings->repack.image.output;
}

static const struct action actions[] = {
    {"-o", 0, is_repack, image_repack},
    {"--list", 1, is_list, run_list},
    {"--size", 1, is_size, run_size},
    {"--diff", 2, is_diff, run_diff},
    {"--verify", 1, is_verify, run_verify},
    {"--check-imports", 1, is_check_imports, run_check_imports},
};

/* What only -o uses is for -o alone; and that prints nothing. */
static int check_repack(
    const struct image_settings *settings, const struct action *action, struct error **err)
{
	const char *given = settings->repack.image.bill	   ? "--sbom"
			    : settings->has_form	   ? "--format"
			    : settings->repack.image.force ? "--force"
							   : oci_arguments_given(&settings->oci);

	if (!action)
		return 0;
	if (given && action->run != image_repack)
		return fail(err, ERROR_USAGE, "%s is for -o, not for %s", given, action->option);
	if (settings->is_json && action->run == image_repack)
		return fail(err, ERROR_USAGE,
		    "--json is not for -o, which prints nothing: give --log json for the summary");
	return 0;
}

/* The one action that was chosen. NULL with an error otherwise. */
static const struct action *find_action(
    const struct image_settings *settings, const struct arguments *arguments, struct error **err)
{
	static const char *const counts[] = {
	    "at least one IMAGE", "one IMAGE", "two images, A and B"};
	const struct action *found = NULL;

	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		if (!actions[i].is_chosen(settings))
			continue;
		if (found)
			return fail_null(fail(err, ERROR_USAGE, "%s and %s exclude each other",
			    found->option, actions[i].option));
		found = &actions[i];
	}
	if (settings->manifest && found && found->run != run_verify && found->run != image_repack)
		return fail_null(fail(err, ERROR_USAGE,
		    "--manifest is for --verify and -o, not for %s", found->option));
	if (check_repack(settings, found, err) < 0)
		return NULL;
	if ((settings->modules.count || settings->interpreter || settings->order) &&
	    !settings->imports)
		return fail_null(fail(err, ERROR_USAGE,
		    "--module, --interpreter and --order are for --check-imports"));
	if (found && found->run != image_repack && settings->oci.platforms.count > 1)
		return fail_null(fail(err, ERROR_USAGE,
		    "%s reads the image of one platform: give --platform once", found->option));
	if (!found)
		return fail_null(fail(err, ERROR_USAGE,
		    "nothing to do: give --list, --size, --diff, --verify, --check-imports or "
		    "-o, or see 'kiln help image'"));
	if (found->images ? arguments->count != found->images : !arguments->count)
		return fail_null(fail(err, ERROR_USAGE, "%s takes %s: see 'kiln help image'",
		    found->option, counts[found->images]));
	return found;
}

static int run_image(
    struct reporter *reporter, void *context, const struct arguments *arguments, struct error **err)
{
	struct image_settings *settings = context;
	struct image_run run = {.settings = settings, .arguments = arguments, .reporter = reporter};
	const struct action *action = find_action(settings, arguments, err);
	autostr struct str text = STR_INIT;
	int status;

	if (!action)
		return -1;
	run.output.is_json = settings->is_json;
	run.output.is_verbose = settings->is_verbose;
	json_begin(&run.output.json, &run.output.text);
	status = action->run(&run, err);
	text = run.output.text;
	if (status < 0)
		return -1;
	if (settings->is_json && text.len)
		str_addc(&text, '\n');
	if (command_write(str_slice(&text), err) < 0)
		return -1;
	return status;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	CLEANUP(settings_release) struct image_settings settings = {0};

	return common_run(command, argc, argv, &settings, run_image);
}

const struct command command_image = {
    .name = "image",
    .arguments = "[OPTION]... IMAGE...",
    .summary = "Look into images: list, compare, verify; make images of them",
    .details = "An IMAGE is a directory, a tar archive of any compression, a zip archive (.zip,\n"
	       ".pyz, .whl), a squashfs, or an OCI image (oci:DIR[:TAG], .oci.tar), made by\n"
	       "kiln or not. Images are read as they are: only -o unpacks them, beside the new\n"
	       "image, and only --check-imports runs code of them.\n"
	       "\n"
	       "Examples: kiln image --list app.tar.zst\n"
	       "          kiln image --diff old.tar.zst new.tar.zst\n"
	       "          kiln image --verify app.pyz\n",
    .options = options,
    .run = run_command,
};
