#include "ship/wheel.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <sys/utsname.h>

#include "base/file.h"
#include "base/path.h"
#include "distribution/entry_points.h"
#include "distribution/metadata.h"
#include "distribution/name.h"
#include "distribution/record.h"
#include "image/directory.h"
#include "python/interpreter.h"
#include "ship/entries.h"
#include "ship/wheel_data.h"

struct wheel {
	struct plan *plan;
	const struct wheel_options *options;
	const struct plan_listener *listener;
	struct scripts *scripts;
	struct slice info; /* the path of the dist-info, the plan's; empty before it is found */
	struct slice name, version;
	const char *tag;
	bool is_pure;
	struct arena arena;
};

static void wheel_release(struct wheel *wheel)
{
	arena_release(&wheel->arena);
}

/* Add a file of the dist-info. */
static int add_file(
    const struct wheel *wheel, const char *name, struct slice content, struct error **err)
{
	autofree char *path = xasprintf("%.*s/%s", (int)wheel->info.len, wheel->info.data, name);
	struct item *item = plan_add(wheel->plan, ITEM_FILE, slice_c(path));

	if (!item)
		return fail(err, ERROR_USAGE, "the directory '%s' is in the way of a file", path);
	scripts_add_file(
	    wheel->scripts, item, arena_slice(&wheel->plan->arena, content), wheel->info);
	return 0;
}

static int find_info(struct wheel *wheel, struct error **err)
{
	for (size_t i = 0; i < wheel->plan->count; i++) {
		const struct item *item = wheel->plan->items[i];

		if (item->kind != ITEM_DIRECTORY || memchr(item->path.data, '/', item->path.len) ||
		    !distribution_is_dist_info(item->path, NULL, NULL))
			continue;
		if (wheel->info.len)
			return fail(err, ERROR_USAGE,
			    "a wheel has one distribution, but the sources have '%s' and '%s': "
			    "exclude one",
			    wheel->info.data, item->path.data);
		wheel->info = item->path;
	}
	return 0;
}

/* Installers refuse a dist-info whose name is of another distribution or version. */
static int check_info_name(const struct wheel *wheel, struct error **err)
{
	autostr struct str own = STR_INIT, found = STR_INIT;
	struct slice name, version;

	(void)distribution_is_dist_info(wheel->info, &name, &version); /* find_info() saw it */
	distribution_add_stem(&own, wheel->name, wheel->version);
	distribution_add_stem(&found, name, version);
	if (slice_equal(str_slice(&own), str_slice(&found)))
		return 0;
	return fail(err, ERROR_USAGE,
	    "the METADATA of '%s' is of another name or version: name the directory "
	    "'%s.dist-info'",
	    wheel->info.data, str_c(&own));
}

/* Take name and version from the METADATA that the sources have. */
static int read_metadata(struct wheel *wheel, struct error **err)
{
	const struct wheel_options *options = wheel->options;
	autofree char *path = xasprintf("%s/METADATA", wheel->info.data);
	const struct item *item = map_get(&wheel->plan->by_path, slice_c(path));
	autostr struct str text = STR_INIT;
	struct metadata metadata;
	struct slice copy;

	if (options->name || options->version || options->requires || options->entry_points)
		return fail(err, ERROR_USAGE,
		    "'%s' says what the wheel is: leave out --name, --version, --requires and "
		    "--entry-point",
		    wheel->info.data);
	if (!item || !item->origin)
		return fail(err, ERROR_USAGE, "'%s' has no METADATA", wheel->info.data);
	if (file_read(item->origin, METADATA_LIMIT, &text, NULL, err) < 0)
		return -1;
	copy = arena_slice(&wheel->arena, str_slice(&text));
	if (metadata_parse(copy, item->origin, &wheel->arena, &metadata, err) < 0)
		return -1;
	wheel->name = metadata.name;
	wheel->version = metadata.version;
	return check_info_name(wheel, err);
}

/* Refuse what is no version of PEP 440, as installers do. */
static int check_version(const char *version, struct error **err)
{
	static const char pattern[] = "^v?([0-9]+!)?[0-9]+(\\.[0-9]+)*" /* epoch, release */
				      "([-_.]?(a|b|c|rc|alpha|beta|pre|preview)[-_.]?[0-9]*)?"
				      "(-[0-9]+|[-_.]?(post|rev|r)[-_.]?[0-9]*)?"
				      "([-_.]?dev[-_.]?[0-9]*)?"
				      "(\\+[a-z0-9]+([-_.][a-z0-9]+)*)?$"; /* local */
	regex_t regex;
	int result;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0)
		return fail_errno(err, ENOMEM, "cannot check a version");
	result = regexec(&regex, version, 0, NULL, 0);
	regfree(&regex);
	if (result == REG_ESPACE)
		return fail_errno(err, ENOMEM, "cannot check a version");
	return result == 0
		   ? 0
		   : fail_bad_value("--version", version,
			 "a version as Python's installers take it, such as 1.0 or 1.0rc1", err);
}

static int add_requirements(const struct wheel *wheel, struct str *text, struct error **err)
{
	const char *const *all = wheel->options->requires;

	for (size_t i = 0; all && all[i]; i++) {
		if (!isalnum((unsigned char)all[i][0]) || strpbrk(all[i], "\r\n"))
			return fail_bad_value(
			    "--requires", all[i], "a requirement such as 'requests >= 2'", err);
		str_addf(text, "Requires-Dist: %s\n", all[i]);
	}
	return 0;
}

static int add_entry_points(const struct wheel *wheel, struct str *text, struct error **err)
{
	const char *const *all = wheel->options->entry_points;

	if (all && *all)
		str_adds(text, "[console_scripts]\n");
	for (size_t i = 0; all && all[i]; i++) {
		const char *equals = strchr(all[i], '=');
		struct entry_point entry;
		bool can_run = false;

		if (equals && equals > all[i] && !strpbrk(all[i], "\r\n[]#/") &&
		    entry_point_parse(slice_c(equals + 1), &entry) && entry.attr.len &&
		    entries_check(&entry, &can_run, err) < 0)
			return -1;
		if (!can_run)
			return fail_bad_value(
			    "--entry-point", all[i], "NAME=PACKAGE:FUNCTION", err);
		entries_warn_of_module(
		    wheel->plan, slice_of("", 0), &entry, "--entry-point", wheel->listener);
		str_addf(text, "%.*s = %s\n", (int)(equals - all[i]), all[i], equals + 1);
	}
	return 0;
}

/* Make the dist-info that the sources lack. */
static int make_info(struct wheel *wheel, struct error **err)
{
	const struct wheel_options *options = wheel->options;
	autostr struct str metadata = STR_INIT, entries = STR_INIT, info = STR_INIT;

	if (!options->name || !options->version)
		return fail(
		    err, ERROR_USAGE, "no *.dist-info in the sources: give --name and --version");
	wheel->name = slice_c(options->name);
	wheel->version = slice_c(options->version);
	if (!distribution_is_name(wheel->name))
		return fail_bad_value("--name", options->name, "letters, digits, - _ and .", err);
	if (check_version(options->version, err) < 0)
		return -1;
	distribution_add_stem(&info, wheel->name, wheel->version);
	str_adds(&info, ".dist-info");
	wheel->info = arena_slice(&wheel->plan->arena, str_slice(&info));
	str_addf(&metadata,
	    "Metadata-Version: 2.1\n"
	    "Name: %s\n"
	    "Version: %s\n"
	    "Description-Content-Type: text/plain\n",
	    options->name, options->version);
	if (add_requirements(wheel, &metadata, err) < 0 ||
	    add_entry_points(wheel, &entries, err) < 0 ||
	    add_file(wheel, "METADATA", str_slice(&metadata), err) < 0)
		return -1;
	return entries.len ? add_file(wheel, "entry_points.txt", str_slice(&entries), err) : 0;
}

/* The version of Python in tags: "cp311". */
static char *python_tag(struct arena *arena)
{
	autostr struct str tag = STR_INIT;

	str_adds(&tag, "cp");
	for (const char *c = interpreter_short_version(); *c; c++)
		if (*c != '.')
			str_addc(&tag, *c);
	return arena_copy(arena, str_slice(&tag));
}

/* The tag follows from what is in the wheel. */
static int choose_tag(struct wheel *wheel, enum layout layout, struct error **err)
{
	const char *python = python_tag(&wheel->arena);
	bool has_objects = false, has_modules = false, is_stable = layout != LAYOUT_BYTECODE;
	struct utsname system;

	for (size_t i = 0; i < wheel->plan->count; i++) {
		const struct item *item = wheel->plan->items[i];
		bool is_module = slice_ends(item->path, SLICE_LITERAL(".so"));

		if (!item_is_shared_object(item))
			continue;
		has_objects = true;
		has_modules = has_modules || is_module;
		if (is_module && !slice_ends(item->path, SLICE_LITERAL(".abi3.so")))
			is_stable = false;
	}
	wheel->is_pure = !has_objects;
	if (!has_objects) {
		wheel->tag = layout == LAYOUT_BYTECODE
				 ? arena_printf(&wheel->arena, "%s-none-any", python)
				 : "py3-none-any";
		return 0;
	}
	if (uname(&system) < 0)
		return fail(err, ERROR_SYSTEM, "cannot find the name of the platform");
	if (has_modules)
		wheel->tag = arena_printf(&wheel->arena, "%s-%s-linux_%s", python,
		    is_stable ? "abi3" : python, system.machine);
	else
		wheel->tag = arena_printf(&wheel->arena, "%s-none-linux_%s",
		    layout == LAYOUT_BYTECODE ? python : "py3", system.machine);
	return 0;
}

static int add_wheel_file(const struct wheel *wheel, struct error **err)
{
	autostr struct str text = STR_INIT;

	str_addf(&text,
	    "Wheel-Version: 1.0\n"
	    "Generator: kiln (" KILN_VERSION ")\n"
	    "Root-Is-Purelib: %s\n"
	    "Tag: %s\n",
	    wheel->is_pure ? "true" : "false", wheel->tag);
	return add_file(wheel, "WHEEL", str_slice(&text), err);
}

/* Installers take what a wheel is from its name. */
static int check_output(const struct wheel *wheel, const char *output, struct error **err)
{
	autostr struct str name = STR_INIT;

	distribution_add_stem(&name, wheel->name, wheel->version);
	str_addf(&name, "-%s.whl", wheel->tag);
	if (slice_equal(path_name(slice_c(output)), str_slice(&name)))
		return 0;
	return fail(err, ERROR_USAGE, "'%s' is not the name of this wheel: name it '%s'", output,
	    str_c(&name));
}

static void make_plain(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct item *item = plan->items[i];

		if (item->kind == ITEM_PYTHON)
			item->kind = item->target ? ITEM_LINK : ITEM_FILE;
	}
}

int wheel_prepare(struct plan *plan, const struct wheel_options *options, enum layout layout,
    const char *output, struct scripts *scripts, const struct plan_listener *listener,
    struct error **err)
{
	CLEANUP(wheel_release)
	struct wheel wheel = {
	    .plan = plan, .options = options, .listener = listener, .scripts = scripts};

	if (find_info(&wheel, err) < 0)
		return -1;
	if (wheel.info.len ? read_metadata(&wheel, err) < 0 ||
				 wheel_place_data(plan, wheel.info, scripts, listener, err) < 0
			   : make_info(&wheel, err) < 0)
		return -1;
	if (choose_tag(&wheel, layout, err) < 0 || check_output(&wheel, output, err) < 0 ||
	    add_wheel_file(&wheel, err) < 0)
		return -1;
	if (layout == LAYOUT_PLAIN)
		make_plain(plan);
	plan_finish(plan);
	return 0;
}

/* Whether an item has no place in a wheel: a directory, and what an installer writes. */
static bool is_foreign(const struct item *item)
{
	static const char *const names[] = {
	    "RECORD", "RECORD.jws", "RECORD.p7s", "INSTALLER", "REQUESTED", "direct_url.json"};

	if (item->kind == ITEM_DIRECTORY)
		return true;
	if (!distribution_is_dist_info(path_parent(item->path), NULL, NULL))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (slice_is(path_name(item->path), names[i]))
			return true;
	return false;
}

static int add_bytes(void *hasher, struct slice data, struct error **err)
{
	return hasher_add(hasher, data, err);
}

/* Add the row of an item's content. An item that cannot be read is left out, here as in the wheel.
 */
static int add_row(
    const struct item_reader *reader, const struct item *item, struct str *ret, struct error **err)
{
	CLEANUP(item_content_release) struct item_content content = ITEM_CONTENT_INIT;
	autohasher struct hasher hasher = {0};
	const struct sink sink = {add_bytes, &hasher};
	char digest[RECORD_DIGEST_SIZE + 1];
	struct record_row row = {.path = item->path};
	struct hash hash;
	int result = item_content_read(reader, item, &content, err);

	if (result <= 0)
		return result;
	if (hasher_begin(&hasher, HASH_SHA256, err) < 0 ||
	    item_content_write(reader, &content, sink, err) < 0 ||
	    hasher_end(&hasher, &hash, err) < 0)
		return -1;
	record_digest(&hash, digest);
	row.algorithm = SLICE_LITERAL("sha256");
	row.digest = slice_c(digest);
	row.size = content.size;
	row.has_size = true;
	record_write_row(ret, &row);
	return 1;
}

/* The items of the wheel, its dist-info last, and the rows of its RECORD. */
static int list_items(const struct plan *bundle, const struct item_reader *reader,
    struct item **items, size_t *ret_count, struct str *record, struct error **err)
{
	*ret_count = 0;
	for (int infos = 0; infos <= 1; infos++) {
		for (size_t i = 0; i < bundle->count; i++) {
			struct item *item = bundle->items[i];
			struct slice path = item->path, first;
			bool is_info;
			int added;

			(void)slice_next(&path, '/', &first); /* a path is not empty */
			is_info = distribution_is_dist_info(first, NULL, NULL);
			if (is_info != infos || is_foreign(item))
				continue;
			added = add_row(reader, item, record, err);
			if (added < 0)
				return -1;
			if (added)
				items[(*ret_count)++] = item;
		}
	}
	return 0;
}

/* Put the RECORD into the stage. */
static int put_record(struct plan *bundle, const struct archive_options *archive, struct slice info,
    struct str *rows, struct item **ret, struct error **err)
{
	autofree char *path = xasprintf("%.*s/RECORD", (int)info.len, info.data);
	const struct record_row own = {.path = slice_c(path)};

	record_write_row(rows, &own);
	*ret = plan_add(bundle, ITEM_FILE, slice_c(path));
	if (!*ret)
		return fail(err, ERROR_USAGE, "the directory '%s' is in the way of a file", path);
	if (bundle_remove(archive->reader.stage, path, 0, err) < 0)
		return -1;
	return bundle_put(archive->reader.stage, path, str_slice(rows), false, archive->time, err);
}

int wheel_write(struct plan *bundle, const struct archive_options *archive, struct error **err)
{
	autofree struct item **items = xcalloc(bundle->count + 1, sizeof(*items));
	autostr struct str rows = STR_INIT;
	struct slice rest, info;
	size_t count;

	if (list_items(bundle, &archive->reader, items, &count, &rows, err) < 0)
		return -1;
	assert(count > 0); /* WHEEL is there */
	rest = items[count - 1]->path;
	(void)slice_next(&rest, '/', &info); /* a path is not empty */
	if (put_record(bundle, archive, info, &rows, &items[count], err) < 0)
		return -1;
	return archive_write_items(archive, items, count + 1, err);
}
