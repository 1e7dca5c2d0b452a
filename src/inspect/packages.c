#include "inspect/packages.h"

#include "base/array.h"
#include "base/path.h"
#include "distribution/entry_points.h"
#include "distribution/metadata.h"
#include "distribution/name.h"
#include "distribution/record.h"

/* The packages while they are looked for. */
struct search {
	struct inspection *inspection;
	struct packages *packages;
	size_t capacity;
	struct map files; /* path -> index + 1 of the distribution whose RECORD names it */
	struct map tops;  /* path of a package or module, "a/b" for a/b.py -> index + 1 */
	struct map bases; /* directories that hold distributions */
	struct map names; /* label of what is no distribution -> index + 1 */
};

static void search_release(struct search *search)
{
	map_release(&search->files);
	map_release(&search->tops);
	map_release(&search->bases);
	map_release(&search->names);
}

static void set_index(struct map *map, struct slice key, size_t index)
{
	void **place = map_at(map, key);

	if (!*place) /* the first one keeps it */
		*place = (void *)(uintptr_t)(index + 1);
}

static size_t get_index(const struct map *map, struct slice key)
{
	return (uintptr_t)map_get(map, key) - 1; /* PACKAGE_NONE if it is absent */
}

static struct package *add_package(struct search *search)
{
	struct packages *packages = search->packages;

	if (packages->count == search->capacity) {
		search->capacity = search->capacity ? 2 * search->capacity : 32;
		packages->items = xreallocarray(
		    packages->items, search->capacity, sizeof(*packages->items));
	}
	packages->items[packages->count] = (struct package){0};
	return &packages->items[packages->count++];
}

static struct slice joined(struct search *search, struct slice base, struct slice path)
{
	autostr struct str whole = STR_INIT;
	autostr struct str normal = STR_INIT;

	path_join(&whole, base, path);
	path_normalize(&normal, str_slice(&whole));
	return arena_slice(&search->packages->arena, str_slice(&normal));
}

static void read_metadata(struct search *search, struct package *package, struct slice path)
{
	autoerror struct error *problem = NULL;
	struct metadata metadata;

	package->text = inspect_text(search->inspection, path);
	if (metadata_parse(
		package->text, path.data, &search->packages->arena, &metadata, &problem) < 0) {
		inspect_fault(search->inspection, path, "%s", problem->message);
		return;
	}
	package->name = metadata.name;
	package->version = metadata.version;
}

/* The name and version in the name of a directory of metadata. */
static void take_apart(struct slice directory, struct package *ret)
{
	struct slice name = path_name(directory), rest;

	name.len -= slice_ends(name, SLICE_LITERAL(".dist-info")) ? strlen(".dist-info")
								  : strlen(".egg-info");
	rest = name;
	(void)slice_next(&rest, '-', &ret->name);    /* always a first part, maybe empty */
	(void)slice_next(&rest, '-', &ret->version); /* Python's version may follow */
}

static void claim_record(struct search *search, size_t index, struct slice base, struct slice path)
{
	autoerror struct error *problem = NULL;
	struct record record = {0};

	if (record_parse(inspect_text(search->inspection, path), path.data,
		&search->packages->arena, &record, &problem) < 0) {
		inspect_fault(search->inspection, path, "%s", problem->message);
		return;
	}
	for (size_t i = 0; i < record.count; i++)
		set_index(&search->files, joined(search, base, record.rows[i].path), index);
}

static void claim_tops(struct search *search, size_t index, struct slice base, struct slice path)
{
	struct slice rest = inspect_text(search->inspection, path), line;

	while (slice_next(&rest, '\n', &line)) {
		line = slice_trim(line);
		if (line.len)
			set_index(&search->tops, joined(search, base, line), index);
	}
}

/* The scripts that kiln makes for entry points. */
static void claim_scripts(struct search *search, size_t index, struct slice base, struct slice path)
{
	struct arena *arena = &search->packages->arena;
	struct entry_points points = {0};

	/* What is wrong with the text, the build has told. */
	if (entry_points_parse(
		inspect_text(search->inspection, path), path.data, arena, &points, NULL, NULL) < 0)
		return;
	for (size_t i = 0; i < points.count; i++) {
		struct slice name = points.items[i].name;

		if (entry_point_is_script(&points.items[i]))
			set_index(&search->files,
			    joined(search, base,
				slice_c(arena_printf(arena, "bin/%.*s", (int)name.len, name.data))),
			    index);
	}
}

/* Add the distribution that a directory or file describes. */
static void add_distribution(struct search *search, const struct image_entry *entry)
{
	struct packages *packages = search->packages;
	struct slice base = path_above(entry->path), path;
	struct package *package = add_package(search);
	size_t index = packages->count - 1;
	static const char *const names[] = {"METADATA", "PKG-INFO"};

	package->is_distribution = true;
	package->directory = entry->path;
	take_apart(entry->path, package);
	if (entry->kind == IMAGE_FILE)
		read_metadata(search, package, entry->path);
	for (size_t i = 0; i < 2 && !package->text.len; i++) {
		path = joined(search, entry->path, slice_c(names[i]));
		if (image_find(&search->inspection->contents, path))
			read_metadata(search, package, path);
	}
	package->label = slice_c(arena_printf(&packages->arena, "%.*s %.*s", (int)package->name.len,
	    package->name.data, (int)package->version.len, package->version.data));
	*map_at(&search->bases, arena_slice(&packages->arena, base)) = search;
	path = joined(search, entry->path, SLICE_LITERAL("RECORD"));
	if (image_find(&search->inspection->contents, path))
		claim_record(search, index, base, path);
	claim_tops(
	    search, index, base, joined(search, entry->path, SLICE_LITERAL("top_level.txt")));
	claim_scripts(
	    search, index, base, joined(search, entry->path, SLICE_LITERAL("entry_points.txt")));
	set_index(&search->tops, entry->path, index);
}

/* The distribution that a path, or something above it, belongs to by the names at the top. */
static size_t find_top(const struct search *search, struct slice path)
{
	size_t index = get_index(&search->tops, path);
	struct slice name = path_name(path);
	const char *dot = memchr(name.data, '.', name.len);

	if (index == PACKAGE_NONE && dot) /* module.py, module.cpython-311.so */
		index = get_index(&search->tops, slice_of(path.data, (size_t)(dot - path.data)));
	for (size_t len = path.len; index == PACKAGE_NONE && len > 0; len--) {
		if (path.data[len - 1] == '/')
			index = get_index(&search->tops, slice_of(path.data, len - 1));
	}
	return index;
}

/* The package of what belongs to no distribution. */
static size_t find_name(struct search *search, struct slice path)
{
	struct slice rest = path, label;
	struct package *package;
	size_t index;

	for (size_t len = 0; len < path.len; len++) {
		if (path.data[len] == '/' && map_get(&search->bases, slice_of(path.data, len)))
			rest = slice_of(path.data + len + 1, path.len - len - 1);
	}
	(void)slice_next(&rest, '/', &label); /* a path is not empty */
	index = get_index(&search->names, label);
	if (index != PACKAGE_NONE)
		return index;
	package = add_package(search);
	package->label = label;
	set_index(&search->names, label, search->packages->count - 1);
	return search->packages->count - 1;
}

static size_t find_owner(struct search *search, struct slice path)
{
	autostr struct str source = STR_INIT;
	size_t index = get_index(&search->files, path);

	if (index == PACKAGE_NONE && path_add_source(&source, path, NULL)) {
		/* The label must not point into this string: it is kept by the arena. */
		path = arena_slice(&search->packages->arena, str_slice(&source));
		index = get_index(&search->files, path);
	}
	if (index == PACKAGE_NONE)
		index = find_top(search, path);
	return index == PACKAGE_NONE ? find_name(search, path) : index;
}

static void find_owners(struct search *search)
{
	const struct image_contents *contents = &search->inspection->contents;
	struct packages *packages = search->packages;

	packages->owners = xcalloc(contents->count + 1, sizeof(*packages->owners));
	for (size_t i = 0; i < contents->count; i++) {
		const struct image_entry *entry = contents->entries[i];
		struct package *package;

		packages->owners[i] = PACKAGE_NONE;
		if (entry->kind == IMAGE_DIRECTORY)
			continue;
		packages->owners[i] = find_owner(search, entry->path);
		package = &packages->items[packages->owners[i]];
		package->files++;
		package->sizes[inspect_kind_of(entry->path)] += entry->size;
	}
}

struct order {
	struct package package;
	size_t before; /* its index before sorting */
};

static int compare_packages(const void *a, const void *b)
{
	const struct order *first = a, *second = b;
	int order = slice_compare(first->package.label, second->package.label);

	if (!order)
		order = slice_compare(first->package.directory, second->package.directory);
	return order ? order : (first->before > second->before) - (first->before < second->before);
}

static void sort_packages(struct packages *packages, size_t entries)
{
	autofree struct order *order = xcalloc(packages->count + 1, sizeof(*order));
	autofree size_t *after = xcalloc(packages->count + 1, sizeof(*after));

	for (size_t i = 0; i < packages->count; i++)
		order[i] = (struct order){packages->items[i], i};
	array_sort(order, packages->count, sizeof(*order), compare_packages);
	for (size_t i = 0; i < packages->count; i++) {
		packages->items[i] = order[i].package;
		after[order[i].before] = i;
	}
	for (size_t i = 0; i < entries; i++) {
		if (packages->owners[i] != PACKAGE_NONE)
			packages->owners[i] = after[packages->owners[i]];
	}
}

void packages_find(struct inspection *inspection, struct packages *ret)
{
	CLEANUP(search_release) struct search search = {.inspection = inspection, .packages = ret};
	const struct image_contents *contents = &inspection->contents;

	for (size_t i = 0; i < contents->count; i++) {
		const struct image_entry *entry = contents->entries[i];

		if (distribution_is_described_by(entry->path) && entry->kind != IMAGE_LINK)
			add_distribution(&search, entry);
	}
	find_owners(&search);
	sort_packages(ret, contents->count);
}

void packages_release(struct packages *packages)
{
	free(packages->items);
	free(packages->owners);
	arena_release(&packages->arena);
}

/* Append a part of a package URL: other than unreserved characters are encoded. */
static void add_encoded(struct str *ret, struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];
		bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
				(c >= 'A' && c <= 'Z') || (c && strchr("-._~!", c));

		if (is_plain)
			str_addc(ret, c);
		else
			str_addf(ret, "%%%02X", (unsigned char)c);
	}
}

void package_add_purl(struct str *ret, const struct package *package)
{
	autostr struct str name = STR_INIT;

	distribution_add_normalized(&name, package->name);
	str_adds(ret, "pkg:pypi/");
	add_encoded(ret, str_slice(&name));
	str_addc(ret, '@');
	add_encoded(ret, package->version);
}
