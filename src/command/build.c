#include "command/config.h"
#include "command/form_arguments.h"
#include "command/oci_arguments.h"
#include "command/product_options.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/presence.h"
#include "build/generated.h"
#include "build/product_files.h"
#include "python/interpreter.h"
#include "ship/assemble.h"
#include "ship/reproduce.h"
#include "ship/scripts.h"

struct settings {
	struct product_settings product;
	struct config config;
	struct error *config_error; /* of the configuration, which is read first */
	const char *config_path;    /* --config */
	struct assemble_options assemble;
	struct form_arguments form_arguments;
	struct oci_arguments oci;
	struct oci_options oci_options;
	const char *image; /* as given */
	struct fields excludes, includes, exclude_files, keep;
	const char **globs[4]; /* of these */
	struct str maps;       /* an array of struct prefix_map */
	enum image_form form;
	bool has_form;
	bool is_checked; /* --reproducible */
	bool has_level;
	bool has_check;
	struct arena arena;	      /* of SOURCEs */
	const char **products;	      /* SOURCEs that are also built in place, ended by NULL */
	struct product_files files;   /* of these, for the layout factor */
	struct compile_other *others; /* further versions of CPython */
};

static void settings_release(struct settings *settings)
{
	config_release(&settings->config);
	error_free(settings->config_error);
	form_arguments_release(&settings->form_arguments);
	oci_arguments_release(&settings->oci, &settings->oci_options);
	fields_release(&settings->excludes);
	fields_release(&settings->includes);
	fields_release(&settings->exclude_files);
	fields_release(&settings->keep);
	for (size_t i = 0; i < sizeof(settings->globs) / sizeof(*settings->globs); i++)
		free(settings->globs[i]);
	str_release(&settings->maps);
	product_settings_release(&settings->product);
	free(settings->products);
	product_files_release(&settings->files);
	arena_release(&settings->arena);
	for (size_t i = 0; i < settings->assemble.compile.other_count; i++) {
		free(settings->others[i].tag);
		str_release(&settings->others[i].identity);
	}
	free(settings->others);
}

static int take_format(void *context, const char *value, struct error **err)
{
	struct settings *settings = context;

	if (!image_form_of_word(slice_c(value), &settings->form))
		return fail_bad_value("--format", value,
		    "directory, tar, tar.gz, tar.xz, tar.zst, tar.bz2, zip, pyz, whl, squashfs, "
		    "oci or oci.tar",
		    err);
	settings->has_form = true;
	return 0;
}

static int take_optimize(void *settings, const char *value, struct error **err)
{
	struct settings *all = settings;

	if (value[0] < '0' || value[0] > '2' || value[1])
		return fail_bad_value("--optimize", value, "0, 1 or 2", err);
	all->assemble.compile.levels[value[0] - '0'] = true;
	return 0;
}

static int take_no_docs(void *settings, const char *name, struct error **err)
{
	(void)name;
	return take_optimize(settings, "2", err);
}

static int take_check(void *settings, const char *value, struct error **err)
{
	struct settings *all = settings;

	if (!check_of_word(slice_c(value), &all->assemble.compile.check) ||
	    all->assemble.compile.check == CHECK_NEVER)
		return fail_bad_value("--check", value, "unchecked-hash, hash or time", err);
	return 0;
}

static int take_prefix_map(void *settings, const char *value, struct error **err)
{
	const char *equals = strrchr(value, '=');
	struct prefix_map map;

	if (!equals)
		return fail_bad_value("--prefix-map", value, "OLD=NEW", err);
	map = (struct prefix_map){slice_of(value, (size_t)(equals - value)), slice_c(equals + 1)};
	str_add(&((struct settings *)settings)->maps, &map, sizeof(map));
	return 0;
}

static int take_shebang(void *settings, const char *value, struct error **err)
{
	((struct settings *)settings)->assemble.shebang = value;
	return scripts_check_shebang(value, err);
}

static const struct option options[] = {
    {'o', "output", "IMAGE",
	"Make this image: a directory; an archive if the name ends in .tar, .tar.gz, .tgz, "
	".tar.xz, .tar.zst, .tar.bz2 or .zip; a zip application if it ends in .pyz; a wheel if "
	"it ends in .whl; a squashfs if it ends in .squashfs; an OCI image if it ends in .oci.tar "
	"or is oci:DIR[:TAG]",
	TAKES_PATH(struct settings, assemble.output, "the path of an image")},
    {0, "config", "FILE",
	"Take options from this TOML file (default with -o: kiln.toml, or [tool.kiln] of "
	"pyproject.toml, in the current directory)",
	TAKES_PATH(struct settings, config_path, "the path of a file")},
    {0, "format", "FORM",
	"directory, tar, tar.gz, tar.xz, tar.zst, tar.bz2, zip, pyz, whl, squashfs, oci or "
	"oci.tar, instead of what the name of IMAGE says",
	.take = take_format},
    {0, "delineate", "DIR", "Also describe the elements of each source, in DIR",
	TAKES_PATH(struct settings, assemble.descriptions, "the path of a directory")},
    {0, "manifest", "FILE", "Also write what is in the image, with digests and origins, as JSON",
	TAKES_PATH(struct settings, assemble.manifest, "the path of a file")},
    {0, "sbom", "FILE",
	"Also write a bill of materials: SPDX 2.3 if the name ends in "
	".spdx.json, CycloneDX 1.5 if it ends in .cdx.json",
	TAKES_PATH(struct settings, assemble.bill, "the path of a file")},
    {0, "layout", "LAYOUT",
	"source (the default): sources, with __pycache__ beside them; "
	"bytecode: .pyc files instead of sources; "
	"factor: of products, what loaders of factors need",
	TAKES_CHOICE(struct settings, assemble.compile.layout, "source, bytecode, factor")},
    COMMON_JOBS,
    {0, "optimize", "LEVEL",
	"Optimization level: 0 (the default), 1 or 2; repeat the option "
	"for several levels",
	.take = take_optimize, .given = offsetof(struct settings, has_level),
	.is_repeatable = true},
    {0, "check", "CHECK",
	"What an import verifies: unchecked-hash (nothing, the default), "
	"hash or time",
	.take = take_check, .given = offsetof(struct settings, has_check)},
    {0, "no-constants", NULL, "Do not define __factor__ and __source_hash__ in modules",
	TAKES_FALSE(struct settings, assemble.compile.constants)},
    {0, "pyc-bytes", "WHICH",
	"kiln (the default), or cpython: the bytes that python3 -I -m "
	"py_compile writes, without constants",
	TAKES_SWITCH(struct settings, assemble.compile.cpython, "kiln, cpython")},
    {0, "prefix-map", "OLD=NEW",
	"In recorded paths, replace OLD at the beginning of a source's "
	"path with NEW; an empty OLD is the root of the image; repeatable, "
	"the last match counts",
	.take = take_prefix_map, .is_path = true, .is_repeatable = true},
    {0, "exclude", "GLOB",
	"Leave out files and directories of this name or, if GLOB has a "
	"slash, of this path in the image; repeatable",
	TAKES_LIST(struct settings, excludes, NULL)},
    {0, "exclude-from", "FILE",
	"Leave out what FILE names, which is as a .gitignore of the image's root; repeatable",
	TAKES_PATHS(struct settings, exclude_files, "the path of a file")},
    {0, "include", "GLOB",
	"Keep what is left out by default or by a list, as --exclude names it; repeatable",
	TAKES_LIST(struct settings, includes, NULL)},
    {0, "strip-tests", NULL,
	"Leave out directories test and tests with modules that no other module imports",
	TAKES_TRUE(struct settings, assemble.strips_tests)},
    {0, "keep", "GLOB", "Keep a directory against --strip-tests; repeatable",
	TAKES_LIST(struct settings, keep, NULL)},
    {0, "no-docs", NULL, "Compile without docstrings and assertions, as --optimize 2",
	.take = take_no_docs, .given = offsetof(struct settings, has_level)},
    {0, "shebang", "LINE", "The first line of scripts, instead of #!/usr/bin/env python3",
	.take = take_shebang},
    FORM_OPTIONS(struct settings, form_arguments),
    {0, "first", "FILE",
	"Put the entries that FILE lists, a path in a line, first in an archive or layer",
	TAKES_PATH(struct settings, assemble.first, "the path of a file")},
    {0, "reproducible", "WHAT", "check: also build IMAGE another time, differently, and compare",
	TAKES_SWITCH(struct settings, is_checked, "no, check")},
    {0, "allow-external-links", NULL,
	"Keep links that lead out of their source directory, as links",
	TAKES_TRUE(struct settings, assemble.scan.external_links)},
    {0, "force", NULL, "Replace a directory that kiln did not make and that holds no SOURCE",
	TAKES_TRUE(struct settings, assemble.force)},
    OCI_OPTIONS(struct settings, oci),
    PRODUCT_SELECTION,
    PRODUCT_BUILDING,
    COMMON_REPORTING,
    OPTIONS_END,
};

/* Whether a name exists in a directory: 1, 0, or -1 on an error, which names the directory. */
static int exists_in(const char *directory, const char *name, struct error **err)
{
	autofree char *path = xasprintf("%s/%s", directory, name);

	return presence_at(AT_FDCWD, path, 0, NULL, directory, err);
}

/* Whether there is one file of bytecode for each source. */
static bool has_one_file(const struct compile_options *compile)
{
	return compile->layout != LAYOUT_SOURCE && compile->layout != LAYOUT_FACTOR;
}

/* What decides about the files of bytecode, for messages. */
static const char *layout_shown(const struct settings *settings)
{
	return settings->assemble.compile.layout == LAYOUT_BYTECODE
		   ? "--layout bytecode has one file"
		   : "a zip has one file of bytecode";
}

/* Fill in the versions that other executables have to serve. */
static int complete_others(struct settings *settings, struct error **err)
{
	const struct product_settings *product = &settings->product;
	struct compile_options *compile = &settings->assemble.compile;

	if (product->versions.count > 1 && has_one_file(compile))
		return fail(err, ERROR_USAGE, "%s for each source: give --python once",
		    layout_shown(settings));
	settings->others = xcalloc(product->versions.count, sizeof(*settings->others));
	compile->others = settings->others;
	for (size_t i = 0; i < product->versions.count; i++) {
		struct slice version = fields_at(&product->versions, i);
		struct compile_other *other = &settings->others[compile->other_count];

		if (slice_is(version, interpreter_short_version()))
			continue;
		other->tag = installed_cache_tag(version);
		other->worker = (struct foreign_worker){
		    installed_program(&product->installed, version), version.data, 0, -1};
		compile->other_count++;
	}
	return 0;
}

/* Choose the versions of CPython; become the executable of one if this is none of them. */
static int choose_versions(
    struct settings *settings, const struct arguments *arguments, struct error **err)
{
	static const char *const here[] = {".", NULL};
	const char *const *sources = arguments->count ? arguments->items : here;
	struct product_settings *product = &settings->product;
	bool is_image = settings->assemble.output != NULL;

	if (product_choose(product, sources, is_image, err) < 0 ||
	    pythons_check(&product->pythons, sources, &product->versions, err) < 0 ||
	    pythons_become(&product->installed, &product->versions, err) < 0)
		return -1;
	settings->assemble.is_version_given = product->pythons.count > 0;
	return is_image ? complete_others(settings, err) : 0;
}

static bool is_factor_layout(const struct settings *settings)
{
	return settings->assemble.compile.layout == LAYOUT_FACTOR;
}

/* The path of a SOURCE that is built in place, too; NULL if it is not. */
static int find_product(
    struct settings *settings, const char *argument, const char **ret, struct error **err)
{
	struct plan_source source;
	int is_there;

	if (is_factor_layout(settings)) {
		if (plan_read_source(&settings->arena, argument, &source, err) < 0)
			return -1;
		*ret = source.path;
		return product_files_check(source.path, &settings->product.trusted, err);
	}
	is_there = exists_in(argument, ".product", err);
	if (!is_there)
		is_there = exists_in(argument, ".project/f-identity", err);
	*ret = is_there > 0 ? argument : NULL;
	return is_there < 0 ? -1 : 0;
}

/* Find the SOURCEs that are products or projects: they are built in place, too. */
static int find_products(struct settings *settings, const struct arguments *arguments,
    size_t *ret_count, struct error **err)
{
	*ret_count = 0;
	settings->products = xcalloc(arguments->count + 1, sizeof(*settings->products));
	for (size_t i = 0; i < arguments->count; i++) {
		const char **product = &settings->products[*ret_count];

		if (find_product(settings, arguments->items[i], product, err) < 0)
			return -1;
		*ret_count += *product != NULL;
	}
	return 0;
}

/* Whether an option was given that is only for the image of -o. */
static bool has_image_option(const struct settings *settings)
{
	const struct assemble_options *build = &settings->assemble;

	return settings->config_path || settings->has_form || build->descriptions ||
	       settings->has_level || settings->has_check ||
	       build->compile.layout != LAYOUT_SOURCE || build->compile.cpython ||
	       !build->compile.constants || settings->maps.len || settings->excludes.count ||
	       settings->includes.count || settings->exclude_files.count || settings->keep.count ||
	       build->strips_tests || build->scan.external_links || build->force ||
	       build->shebang || build->first || settings->is_checked || build->manifest ||
	       build->bill || settings->oci.is_given || settings->form_arguments.has_application ||
	       settings->form_arguments.has_wheel;
}

/* Check the options for OCI images. */
static int complete_oci(struct settings *settings, struct error **err)
{
	struct assemble_options *build = &settings->assemble;

	settings->image = build->output;
	if (!image_form_is_oci(build->form)) {
		if (settings->oci.is_given)
			return fail(err, ERROR_USAGE,
			    "options for OCI images are given, but '%s' is none: name oci:DIR:TAG "
			    "or a .oci.tar",
			    build->output);
		return 0;
	}
	build->oci = &settings->oci_options;
	settings->oci_options.settings.optimize = compile_lowest_level(&build->compile);
	return oci_arguments_complete(&settings->oci, settings->image, build->form,
	    &settings->oci_options, &build->output, err);
}

/* Check the options against the layout factor, with which nothing is compiled. */
static int check_factor_layout(const struct settings *settings, struct error **err)
{
	const struct assemble_options *build = &settings->assemble;

	if (!is_factor_layout(settings))
		return 0;
	if (build->form == FORM_PYZ || build->form == FORM_WHEEL)
		return fail(err, ERROR_USAGE,
		    "--layout factor is for loaders of factors, not for a zip application or a "
		    "wheel: name another output than '%s'",
		    build->output);
	if (settings->product.build.session.layout == LAYOUT_FINT)
		return fail(err, ERROR_USAGE,
		    "--layout factor takes what is in .images: leave out --image-layout fint");
	if (settings->has_level || settings->has_check || build->compile.cpython ||
	    !build->compile.constants || settings->maps.len || build->descriptions ||
	    build->strips_tests)
		return fail(err, ERROR_USAGE,
		    "--layout factor compiles nothing into the image: give options for builds in "
		    "place instead, such as --feature and --mode");
	return 0;
}

static int complete_image(
    struct settings *settings, const struct arguments *arguments, struct error **err)
{
	struct assemble_options *build = &settings->assemble;
	size_t levels = 0;

	build->form = settings->form;
	if (!settings->has_form &&
	    image_form_of_name(slice_c(build->output), &build->form, err) < 0)
		return -1;
	if (check_factor_layout(settings, err) < 0 || complete_oci(settings, err) < 0)
		return -1;
	if (form_arguments_complete(&settings->form_arguments, build, err) < 0)
		return -1;
	build->sources = arguments->items;
	build->scan.bundle = build->output;
	build->scan.beside[0] = build->descriptions;
	build->scan.beside[1] = build->manifest;
	build->scan.beside[2] = build->bill;
	build->scan.makes_legacy = has_one_file(&build->compile);
	build->scan.excludes = settings->globs[0] = fields_arguments(&settings->excludes);
	build->scan.includes = settings->globs[1] = fields_arguments(&settings->includes);
	build->scan.exclude_files = settings->globs[2] = fields_arguments(&settings->exclude_files);
	build->scan.is_shipped = true;
	build->keep = settings->globs[3] = fields_arguments(&settings->keep);
	build->compile.maps = (const struct prefix_map *)(const void *)settings->maps.data;
	build->compile.map_count = settings->maps.len / sizeof(struct prefix_map);
	build->scan.is_chosen = is_factor_layout(settings);
	if (is_factor_layout(settings))
		settings->product.build.files = &settings->files;
	else if (!settings->has_level)
		build->compile.levels[0] = true;
	if (!build->shebang)
		build->shebang = scripts_shebang(compile_lowest_level(&build->compile));
	if (!settings->has_check)
		build->compile.check = CHECK_UNCHECKED_HASH;
	if (build->compile.cpython)
		build->compile.constants = false;
	if (product_instrument(&settings->product, &build->compile, err) < 0)
		return -1;
	for (int level = 0; level < COMPILE_LEVELS; level++)
		levels += build->compile.levels[level];
	if (has_one_file(&build->compile) && levels > 1)
		return fail(err, ERROR_USAGE,
		    "%s for each source: give one level, by --optimize or --no-docs",
		    layout_shown(settings));
	build->cache = (struct image_cache_options){settings->product.build.no_cache,
	    settings->product.build.cache, settings->product.build.cache_limit};
	build->workers = settings->product.build.workers;
	build->is_verbose = settings->product.build.session.is_verbose;
	return 0;
}

/* Check options against each other, and fill in defaults. */
static int complete(
    struct settings *settings, const struct arguments *arguments, struct error **err)
{
	bool is_image = settings->assemble.output != NULL;
	size_t products = 0;

	if (is_image && find_products(settings, arguments, &products, err) < 0)
		return -1;
	if (is_image && !arguments->count && settings->config.path)
		return fail(err, ERROR_USAGE,
		    "no SOURCE given: name one, or give the key 'sources' in %s",
		    settings->config.path);
	if (is_image && !arguments->count)
		return fail(err, ERROR_USAGE, "no SOURCE given: see 'kiln help build'");
	if (!is_image && has_image_option(settings))
		return fail(err, ERROR_USAGE,
		    "options for images are given, but no image: give -o IMAGE, or see "
		    "'kiln help build'");
	if (is_image && settings->product.is_given && !products)
		return fail(err, ERROR_USAGE,
		    "options for builds in place are given with -o, but no SOURCE is a product or "
		    "project: see 'kiln help build'");
	if (is_image && settings->product.is_dry)
		return fail(err, ERROR_USAGE, "--dry-run is for builds in place: leave out -o");
	product_complete(&settings->product, is_image ? settings->products : arguments->items);
	if (!is_image)
		return 0;
	return complete_image(settings, arguments, err);
}

static void summarize(struct reporter *reporter, const struct settings *settings,
    const struct assemble_result *result)
{
	struct summary summary;

	if (!summary_begin(&summary, reporter, &settings->product.common))
		return;
	summary_member(&summary, "image", settings->image);
	summary_count(&summary, "compiled", result->compiled, "compiled");
	summary_some(&summary, "cached", result->cached, "cached");
	summary_some(&summary, NULL, result->failed, "failed");
	summary_count(&summary, "copied", result->copied, "copied");
	summary_some(&summary, "left_out", result->left_out, "left out");
	summary_count(&summary, "failed", result->failed, NULL);
	if (settings->assemble.oci) {
		summary_count(&summary, "layers", result->oci.layers, "layer|layers");
		summary_some(&summary, "reused", result->oci.reused, "reused");
	}
	summary_usage(&summary, settings->assemble.workers, &result->usage);
	summary_end(&summary, settings->image);
}

/* Use the jobserver of make or ninja, if there is one. */
static void use_jobserver(
    struct reporter *reporter, struct settings *settings, struct jobserver *jobserver)
{
	autostr struct str warning = STR_INIT;
	autoerror struct error *problem = NULL;

	jobserver_open(jobserver, getenv("MAKEFLAGS"), &warning);
	if (warning.len) {
		(void)fail(&problem, ERROR_USAGE, "%s", str_c(&warning)); /* always -1 */
		reporter_warning(reporter, problem);
	}
	if (jobserver->state == JOBSERVER_READY) {
		settings->product.build.jobserver = jobserver;
		settings->assemble.jobserver = jobserver;
	} else if (jobserver->state == JOBSERVER_UNAVAILABLE) {
		settings->product.build.workers = 1;
		settings->assemble.workers = 1;
	}
}

/* Make the image of -o. It leaves out what builds in place generated among the sources, or with the
 * layout factor all but what the build noted. */
static int ship_image(struct reporter *reporter, struct settings *settings,
    struct assemble_result *ret, struct error **err)
{
	CLEANUP(generated_release) struct generated results = {0};
	const struct plan_recognizer recognizer =
	    is_factor_layout(settings)
		? (struct plan_recognizer){product_files_why_not, &settings->files,
		      product_files_built}
		: (struct plan_recognizer){generated_why_not, &results, NULL};
	struct assemble_options complete = settings->assemble;

	for (size_t i = 0; is_factor_layout(settings) && settings->products[i]; i++) {
		if (product_files_choose(&settings->files, settings->products[i], err) < 0)
			return -1;
	}
	complete.scan.results = &recognizer;
	return (settings->is_checked ? assemble_twice : assemble)(&complete, reporter, ret, err);
}

static int run_build(
    struct reporter *reporter, void *context, const struct arguments *given, struct error **err)
{
	struct settings *settings = context;
	struct arguments sources = *given, *arguments = &sources;
	autojobserver struct jobserver jobserver = {JOBSERVER_NONE, false, 0, 0};
	struct assemble_result result;
	bool failed = false;

	if (settings->config_error)
		return fail_with(err, steal(&settings->config_error));
	if (!sources.count && settings->config.sources.count) {
		sources.items = settings->config.source_arguments;
		sources.count = settings->config.sources.count;
	}
	if (complete(settings, arguments, err) < 0 || choose_versions(settings, arguments, err) < 0)
		return -1;
	use_jobserver(reporter, settings, &jobserver);
	/* The second thread counts as a job. */
	settings->product.build.session.prefetches = settings->product.build.workers > 1 &&
						     jobserver.state == JOBSERVER_NONE;
	if (jobserver.is_dry_run) {
		/* make -n */
		if (settings->assemble.output)
			return 0;
		settings->product.is_dry = settings->product.build.session.read_only = true;
	}
	/* If the image cannot be made, do not build in place either. */
	if (settings->assemble.output && assemble_check(&settings->assemble, err) < 0)
		return -1;
	if ((!settings->products || *settings->products) &&
	    product_run(reporter, &settings->product, &failed, err) < 0)
		return -1;
	if (!settings->assemble.output)
		return failed ? ERROR_INPUT : 0;
	if (ship_image(reporter, settings, &result, err) < 0)
		return -1;
	if (!failed && !result.failed &&
	    oci_arguments_push(&settings->oci, settings->assemble.output, err) < 0)
		return -1;
	summarize(reporter, settings, &result);
	return failed || result.failed ? ERROR_INPUT : 0;
}

static int run(const struct command *command, int argc, char **argv)
{
	CLEANUP(settings_release) struct settings settings = {.assemble.compile.constants = true};

	(void)config_apply(&settings.config, command, argc, (const char *const *)argv, &settings,
	    &settings.config_error); /* run_build() reports an error */
	/* A configuration may have options for several forms; only what the command line has must
	 * be for the form that is made. */
	settings.oci.is_given = false;
	settings.form_arguments.has_application = settings.form_arguments.has_wheel = false;
	return common_run(command, argc, argv, &settings, run_build);
}

const struct command command_build = {
    .name = "build",
    .arguments = "[OPTION]... [SOURCE]... [-o IMAGE]",
    .summary = "Build in place, or compile sources into an image to ship",
    .details = "Without -o, kiln builds in place: each SOURCE is a product, a project, a part of\n"
	       "one, a plain directory of Python sources or a factor path, by default the current\n"
	       "directory. What is not current is built, below .images (.FORM for other forms).\n"
	       "\n"
	       "With -o, kiln compiles the sources into IMAGE. A directory gives its content to\n"
	       "the root of the image; a package or a file stands there under its own name;\n"
	       "SOURCE=PLACE stands at PLACE. Of a wheel, a virtual environment or a project with\n"
	       "a pyproject.toml the image gets what is installed. Products among the sources\n"
	       "are built in place first.\n"
	       "The options from --config to --annotation, except -j, apply to IMAGE alone.\n"
	       "\n"
	       "Examples: kiln build\n"
	       "          kiln build app/ /usr/lib/python3/dist-packages/yaml -o app.tar.zst\n",
    .options = options,
    .run = run,
};
