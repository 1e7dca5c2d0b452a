#include "inspect/modules.h"

#include "base/array.h"
#include "base/path.h"

/* Where bytecode is: the source that it belongs to, and who looks for it there. */
struct location {
	struct slice source; /* its path, whether there is one or not */
	struct slice tag;    /* "cpython-311.opt-1"; empty for bytecode in a source's place */
};

static struct module *module_at(struct modules *modules, struct slice path)
{
	struct module *module = map_get(&modules->by_path, path);

	if (module)
		return module;
	if (modules->count == modules->capacity) {
		modules->capacity = modules->capacity ? 2 * modules->capacity : 64;
		modules->items = xreallocarray(
		    modules->items, modules->capacity, sizeof(*modules->items));
	}
	module = xcalloc(1, sizeof(*module));
	*module = (struct module){path, FIELDS_INIT, "has no bytecode"};
	modules->items[modules->count++] = module;
	*map_at(&modules->by_path, path) = module;
	return module;
}

/* Where a file of bytecode belongs. False if Python looks for nothing of this name. */
static bool locate(struct arena *arena, struct slice path, struct location *ret)
{
	bool is_cached = slice_is(path_name(path_parent(path)), "__pycache__");
	autostr struct str source = STR_INIT;

	if (!path_add_source(&source, path, &ret->tag) || (is_cached && !ret->tag.len))
		return false;
	ret->source = arena_slice(arena, str_slice(&source));
	return true;
}

/* The part of a tag before ".opt-N". */
static struct slice version_of(struct slice tag)
{
	struct slice rest = tag, first;

	return slice_next(&rest, '.', &first) ? first : tag;
}

/* Whether the time in a header is that of the source. A zip archive has times in steps of two
 * seconds, and zipimport allows for that. */
static bool is_time(const struct pyc_header *header, const struct image_entry *source, bool in_zip)
{
	int64_t distance = header->source.mtime - (int64_t)(uint32_t)source->time;

	return distance == 0 || (in_zip && (distance == 1 || distance == -1));
}

/* Why Python does not use the bytecode for a source that is there; NULL if it does. */
static const char *why_stale(
    const struct pyc_header *header, const struct image_entry *source, bool in_zip)
{
	const struct file_facts *facts = inspect_facts(source);

	if (header->check == CHECK_HASH && facts && facts->is_read &&
	    !pyc_is_of_source(header, &facts->hashes))
		return "has bytecode of another source";
	if (header->check != CHECK_TIME)
		return NULL;
	if (header->source.size != (uint32_t)source->size)
		return "has bytecode of another source";
	if (!is_time(header, source, in_zip))
		return "has bytecode for another modification time";
	return NULL;
}

/* Whether the Python of a tag, "cpython-311", imports from archives with zip64. */
static bool reads_zip64(const char *tag)
{
	static const struct slice start = {"cpython-3", 9};
	struct slice text = slice_c(tag);
	uint64_t minor;

	if (!slice_starts(text, start))
		return false;
	text = slice_from(text, start.len);
	return slice_number(text, &minor) && minor >= 13;
}

/* Why Python does not load the bytecode from where it is; NULL if it does. */
static const char *why_not_loaded(const struct inspection *inspection,
    const struct location *location, const struct pyc_header *header,
    const struct image_entry *source)
{
	bool in_zip = image_is_zip(&inspection->contents);

	if (in_zip && inspection->contents.has_zip64_end && !reads_zip64(header->tag))
		return "is in a zip archive with zip64, from which Python imports since 3.13";
	if (location->tag.len && in_zip)
		return "has bytecode in __pycache__, which is not looked at in a zip archive";
	if (location->tag.len && !source)
		return "has no source, and bytecode in __pycache__ is not used without one";
	if (!location->tag.len && source && !in_zip)
		return "has bytecode beside it, which is used only where there is no source";
	return source ? why_stale(header, source, in_zip) : NULL;
}

/* Tell of faults. False if the bytecode is of no use. */
static bool check_bytecode(struct inspection *inspection, const struct image_entry *entry,
    const struct location *location, const struct image_entry *source)
{
	const struct file_facts *facts = inspect_facts(entry);
	const struct file_facts *of_source = source ? inspect_facts(source) : NULL;
	struct slice version = version_of(location->tag);

	if (!facts || !facts->is_read)
		return false;
	if (facts->fault) {
		inspect_fault(inspection, entry->path, "%s", facts->fault);
		return false;
	}
	if (version.len && !slice_is(version, facts->header.tag)) {
		inspect_fault(inspection, entry->path, "is named for %.*s, but is bytecode of %s",
		    (int)version.len, version.data, facts->header.tag);
		return false;
	}
	if (of_source && of_source->is_read && facts->header.check != CHECK_TIME &&
	    !pyc_is_of_source(&facts->header, &of_source->hashes)) {
		inspect_fault(inspection, entry->path, "is bytecode of another source than '%s'",
		    source->path.data);
		return false;
	}
	return true;
}

static void add_bytecode(
    struct inspection *inspection, struct modules *modules, const struct image_entry *entry)
{
	const struct file_facts *facts = inspect_facts(entry);
	const struct image_entry *source;
	struct location location;
	struct module *module;
	const char *reason;

	if (!locate(&inspection->contents.arena, entry->path, &location))
		return;
	source = image_find(&inspection->contents, location.source);
	if (source && source->kind == IMAGE_DIRECTORY)
		source = NULL;
	module = module_at(modules, source ? source->path : entry->path);
	if (!check_bytecode(inspection, entry, &location, source)) {
		module->reason = "has bytecode that is damaged or of another source";
		return;
	}
	reason = why_not_loaded(inspection, &location, &facts->header, source);
	if (!reason)
		fields_add(
		    &module->loads, location.tag.len ? location.tag : slice_c(facts->header.tag));
	module->reason = module->loads.count ? NULL : reason;
}

static int compare_modules(const void *a, const void *b)
{
	const struct module *const *first = a, *const *second = b;

	return slice_compare((*first)->path, (*second)->path);
}

void modules_find(struct inspection *inspection, struct modules *ret)
{
	const struct image_contents *contents = &inspection->contents;

	for (size_t i = 0; i < contents->count; i++) {
		const struct image_entry *entry = contents->entries[i];

		if (entry->kind == IMAGE_DIRECTORY)
			continue;
		if (slice_ends(entry->path, SLICE_LITERAL(".py")))
			(void)module_at(ret, entry->path); /* it is there now */
		else if (slice_ends(entry->path, SLICE_LITERAL(".pyc")) &&
			 entry->kind == IMAGE_FILE)
			add_bytecode(inspection, ret, entry);
	}
	array_sort(ret->items, ret->count, sizeof(*ret->items), compare_modules);
}

int module_level(const struct module *module)
{
	int lowest = module->loads.count ? 2 : 0;

	for (size_t i = 0; i < module->loads.count; i++) {
		struct slice tag = fields_at(&module->loads, i);
		int level = slice_ends(tag, SLICE_LITERAL(".opt-2"))   ? 2
			    : slice_ends(tag, SLICE_LITERAL(".opt-1")) ? 1
								       : 0;

		lowest = level < lowest ? level : lowest;
	}
	return lowest;
}

void modules_release(struct modules *modules)
{
	for (size_t i = 0; i < modules->count; i++) {
		fields_release(&modules->items[i]->loads);
		free(modules->items[i]);
	}
	free(modules->items);
	map_release(&modules->by_path);
}
