#include "ship/application.h"

#include <ctype.h>

#include "base/content.h"
#include "base/file.h"
#include "jobs/signals.h"
#include "ship/entries.h"
#include "ship/scripts.h"

#define MAIN "__main__.py"

/* src/ship/native.py */
extern const char application_native[];

int application_check_main(const char *main, struct error **err)
{
	struct entry_point entry;
	bool can_run = true;

	if (!entry_point_parse(slice_c(main), &entry) || entry.extras.len)
		can_run = false;
	else if (entry.attr.len && entries_check(&entry, &can_run, err) < 0)
		return -1;
	if (!can_run)
		return fail_bad_value("-m", main, "PACKAGE or PACKAGE:FUNCTION", err);
	return 0;
}

static int check_native(const struct plan *plan, struct error **err)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (!item_is_shared_object(plan->items[i]))
			continue;
		return fail(err, ERROR_USAGE,
		    "'%s' is a shared object, which Python does not load from a zip: give "
		    "--extract-native to unpack it when the application starts, or exclude it",
		    plan->items[i]->origin);
	}
	return 0;
}

/* Append a string of Python. */
static void add_string(struct str *ret, struct slice text)
{
	str_addc(ret, '"');
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (iscntrl(c))
			str_addf(ret, "\\x%02x", c);
		else if (c == '"' || c == '\\')
			str_addf(ret, "\\%c", c);
		else
			str_addc(ret, (char)c);
	}
	str_addc(ret, '"');
}

/* Add a file's content to a digest. *ret_size is the content's. */
static int add_content(
    struct hasher *hasher, const char *origin, uint64_t *ret_size, struct error **err)
{
	struct stat stat;
	autoclose int fd = content_open(place_at(origin), &stat, err);

	if (fd < 0)
		return -1;
	*ret_size = (uint64_t)stat.st_size;
	return content_hash(fd, &stat, origin, hasher, interrupted, err);
}

/* Append what unpacks the shared objects: a call with their digest and their sizes. */
static int add_unpacking(const struct plan *plan, struct str *ret, struct error **err)
{
	autohasher struct hasher hasher = {0};
	autostr struct str sizes = STR_INIT;
	char digest[2 * HASH_SIZE + 1];
	struct hash hash;

	if (hasher_begin(&hasher, HASH_SHA256, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->count; i++) {
		const struct item *item = plan->items[i];
		uint64_t size;

		if (!item_is_shared_object(item))
			continue;
		if (!slice_is_utf8(item->path))
			return fail_at(err, item->origin, 0, 0, NULL,
			    "cannot be unpacked: its name is not UTF-8");
		if (add_content(&hasher, item->origin, &size, err) < 0)
			return -1;
		str_adds(&sizes, "    ");
		add_string(&sizes, item->path);
		str_addf(&sizes, ": %llu,\n", (unsigned long long)size);
	}
	if (!sizes.len)
		return 0;
	/* Names and sizes tell apart what has the same bytes in a row. */
	if (hasher_add(&hasher, str_slice(&sizes), err) < 0 || hasher_end(&hasher, &hash, err) < 0)
		return -1;
	hash_hex(&hash, digest);
	str_adds(ret, application_native);
	str_addf(ret, "_find_native(\"%s\", {\n%s})\n", digest, str_c(&sizes));
	return 0;
}

/* Append what runs a function, or a module. */
static void add_run(struct str *ret, const struct entry_point *entry)
{
	struct slice rest = entry->attr, first;

	if (!entry->attr.len) {
		str_addf(ret,
		    "import runpy\n"
		    "runpy.run_module(\"%.*s\", run_name=\"__main__\", alter_sys=True)\n",
		    (int)entry->module.len, entry->module.data);
		return;
	}
	(void)slice_next(&rest, '.', &first); /* an attribute is not empty */
	str_addf(ret,
	    "import sys\n"
	    "from %.*s import %.*s\n"
	    "if __name__ == \"__main__\":\n"
	    "    sys.exit(%.*s())\n",
	    (int)entry->module.len, entry->module.data, (int)first.len, first.data,
	    (int)entry->attr.len, entry->attr.data);
}

static int fail_entry(const char *problem, const struct entry_points *entries, struct error **err)
{
	autostr struct str names = STR_INIT;

	for (size_t i = 0; i < entries->count; i++)
		str_addf(&names, "%s%.*s", i ? ", " : "", (int)entries->items[i].name.len,
		    entries->items[i].name.data);
	if (!names.len)
		return fail(err, ERROR_USAGE, "%s: give -m PACKAGE:FUNCTION", problem);
	return fail(err, ERROR_USAGE, "%s: give -m PACKAGE:FUNCTION, or --entry with one of %s",
	    problem, str_c(&names));
}

/* Fail unless the script of a distribution can be run. */
static int check_found(const struct entry_point *entry, struct error **err)
{
	bool can_run;

	if (entries_check(entry, &can_run, err) < 0)
		return -1;
	if (can_run)
		return 0;
	return fail(err, ERROR_USAGE,
	    "the script '%.*s' is of '%.*s:%.*s', which no source can import: give -m "
	    "PACKAGE:FUNCTION",
	    (int)entry->name.len, entry->name.data, (int)entry->module.len, entry->module.data,
	    (int)entry->attr.len, entry->attr.data);
}

/* What __main__.py runs. */
static int choose(const struct plan *plan, const struct application_options *options,
    struct arena *arena, struct entry_point *ret, struct error **err)
{
	const struct entry_point *found;
	struct entry_points entries;

	if (options->main)
		return entry_point_parse(slice_c(options->main), ret)
			   ? 0
			   : application_check_main(options->main, err);
	if (entries_read(plan, arena, &entries, err) < 0)
		return -1;
	if (options->entry) {
		autofree char *problem = xasprintf(
		    "no distribution in the image has a script '%s'", options->entry);

		found = entries_find(&entries, slice_c(options->entry));
		if (!found)
			return fail_entry(problem, &entries, err);
	} else {
		found = entries_only(&entries);
		if (!found)
			return fail_entry(
			    "no __main__.py, and not exactly one script", &entries, err);
	}
	*ret = *found;
	return check_found(found, err);
}

/* The text of __main__.py; empty if the sources' own is enough. */
static int write_main(const struct plan *plan, const struct application_options *options,
    const struct plan_listener *listener, struct arena *arena, struct str *ret, struct error **err)
{
	const struct item *own = map_get(&plan->by_path, SLICE_LITERAL(MAIN));
	struct entry_point entry;

	if (own && (options->main || options->entry))
		return fail(err, ERROR_USAGE,
		    "'%s' is the main program already: leave out %s, or exclude it", own->origin,
		    options->main ? "-m" : "--entry");
	if (options->extracts_native && add_unpacking(plan, ret, err) < 0)
		return -1;
	if (own && ret->len)
		return fail(err, ERROR_USAGE,
		    "'%s' is the main program, but --extract-native needs its own: make it a "
		    "module and give -m",
		    own->origin);
	if (own)
		return 0;
	if (choose(plan, options, arena, &entry, err) < 0)
		return -1;
	entries_warn_of_module(plan, slice_of("", 0), &entry, MAIN, listener);
	add_run(ret, &entry);
	return 0;
}

int application_add_main(struct plan *plan, const struct application_options *options,
    const char *scratch, const struct plan_listener *listener, struct error **err)
{
	autostr struct str text = STR_INIT;
	autoarena struct arena arena = {NULL};
	struct item *item;

	if (!options->extracts_native && check_native(plan, err) < 0)
		return -1;
	if (write_main(plan, options, listener, &arena, &text, err) < 0)
		return -1;
	if (!text.len)
		return 0;
	item = plan_add(plan, ITEM_PYTHON, SLICE_LITERAL(MAIN));
	if (!item)
		return fail(err, ERROR_USAGE, "the directory '%s' is in the way of a file", MAIN);
	item->origin = arena_printf(&plan->arena, "%s/%s", scratch, MAIN);
	item->size = text.len;
	return file_replace(place_at(item->origin), str_slice(&text), 0600, 0, err);
}
