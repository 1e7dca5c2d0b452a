#include "factor/product.h"

#include "base/array.h"
#include "base/path.h"
#include "base/presence.h"
#include "base/tree.h"
#include "base/trust.h"
#include "factor/declare.h"
#include "factor/index.h"
#include "factor/internal.h"
#include "factor/lines.h"

void products_init(struct products *products, const struct factor_listener *listener)
{
	*products = (struct products){.listener = *listener};
}

void products_release(struct products *products)
{
	for (struct product *product = products->products; product; product = product->next) {
		map_release(&product->by_path);
		map_release(&product->unseen);
	}
	for (struct project *project = products->projects; project; project = project->next) {
		map_release(&project->formats);
		map_release(&project->unseen);
		map_release(&project->by_path);
		free(project->factors);
	}
	map_release(&products->by_path);
	map_release(&products->implicit);
	arena_release(&products->arena);
	*products = (struct products){0};
}

/* A product while it is read. */
struct listing {
	struct product *product;
	struct project **projects;
	size_t count;
	size_t capacity;
};

static void listing_release(struct listing *listing)
{
	free(listing->projects);
}

static void listing_add(struct listing *listing, struct project *project)
{
	if (listing->count == listing->capacity) {
		listing->capacity = listing->capacity ? 2 * listing->capacity : 8;
		listing->projects = xreallocarray(
		    listing->projects, listing->capacity, sizeof(*listing->projects));
	}
	listing->projects[listing->count++] = project;
}

/* Add the project of a factor path, or report what is wrong with it. */
static int add_project(struct listing *listing, struct slice path, const struct index_entry *entry,
    const char *index, struct error **err)
{
	struct product *product = listing->product;
	autostr struct str directory = STR_INIT;
	struct error *problem = NULL;
	struct project *project;

	add_replaced(&directory, path, '.', '/');
	project = project_read(product, str_slice(&directory), path, &problem);
	if (project && entry && !slice_equal(project->identifier, entry->identifier)) {
		fail_declaration(&problem, index, entry->line,
		    "the identifier of '%s' is now '%s': update the index with 'kiln query "
		    "--update'",
		    project->path.data, project->identifier.data);
		project = NULL;
	}
	if (project) {
		listing_add(listing, project);
		return 0;
	}
	if (problem->number && !errno_is_absence(problem->number))
		unseen_add(&product->unseen, &product->set->arena, path);
	return products_report(product->set, problem, err);
}

static int compare_projects(const void *a, const void *b)
{
	const struct project *const *first = a, *const *second = b;

	return slice_compare((*first)->identifier, (*second)->identifier);
}

/* Give the product its projects. */
static int take_listing(struct listing *listing, struct error **err)
{
	struct product *product = listing->product;
	CLEANUP(map_release) struct map by_path = {0};

	array_sort(listing->projects, listing->count, sizeof(*listing->projects), compare_projects);
	for (size_t i = 0; i < listing->count; i++) {
		struct project *project = listing->projects[i];
		const struct project *before = i ? listing->projects[i - 1] : NULL;

		if (before && slice_equal(before->identifier, project->identifier))
			return fail(err, ERROR_USAGE,
			    "the projects '%s' and '%s' of '%s' have the same identifier '%s'",
			    before->path.data, project->path.data, product->path.data,
			    project->identifier.data);
		*map_at(&by_path, project->path) = project;
	}
	product->projects = arena_zalloc(
	    &product->set->arena, listing->count, sizeof(*product->projects));
	if (listing->count)
		memcpy(product->projects, listing->projects,
		    listing->count * sizeof(*product->projects));
	product->project_count = listing->count;
	map_release(&product->by_path);
	product->by_path = by_path;
	by_path = (struct map){0};
	return 0;
}

static char *path_in(const struct product *product, const char *name)
{
	return arena_printf(&product->set->arena, "%s/%s",
	    slice_is(product->path, "/") ? "" : product->path.data, name);
}

static int take_index(
    struct listing *listing, const char *path, struct slice text, struct error **err)
{
	CLEANUP(map_release) struct map lines = {0};
	struct index_entry *entries;
	size_t count;

	if (index_parse(text, path, &listing->product->set->arena, &entries, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		void **line = map_at(&lines, entries[i].path);

		if (*line)
			return fail_declaration(err, path, entries[i].line,
			    "'%s' is already listed in line %ld", entries[i].path.data,
			    ((const struct index_entry *)*line)->line);
		*line = &entries[i];
	}
	for (size_t i = 0; i < count; i++)
		if (add_project(listing, entries[i].path, &entries[i], path, err) < 0)
			return -1;
	return take_listing(listing, err);
}

/* Add the project in a directory that was found. */
static int add_found(struct listing *listing, struct slice directory, struct error **err)
{
	autostr struct str path = STR_INIT;
	struct error *problem = NULL;

	add_replaced(&path, directory, '/', '.');
	if (factor_path_is_valid(str_slice(&path)))
		return add_project(listing, str_slice(&path), NULL, NULL, err);
	str_truncate(&path, 0);
	path_join(&path, listing->product->path, directory);
	fail_declaration(
	    &problem, str_c(&path), 0, "the path of this project is not a valid factor path");
	return products_report(listing->product->set, problem, err);
}

static int scan(struct listing *listing, struct error **err)
{
	struct product *product = listing->product;
	size_t problems = product->set->problems;
	autofields struct fields directories = FIELDS_INIT;

	if (product_scan(product, &product->unseen, &directories, err) < 0)
		return -1;
	for (size_t i = 0; i < directories.count; i++) {
		if (add_found(listing, fields_at(&directories, i), err) < 0)
			return -1;
	}
	product->is_complete = product->set->problems == problems;
	return take_listing(listing, err);
}

static int read_connections(struct product *product, struct error **err)
{
	struct arena *arena = &product->set->arena;
	struct slice parent = path_parent(product->path);
	const char *path = path_in(product, ".product/CONNECTIONS");
	struct lines lines = {0};
	struct slice line;
	bool exists;

	if (declaration_read(path, arena, &lines.rest, &exists, err) < 0)
		return -1;
	for (struct lines count = lines; lines_next(&count, &line);)
		product->connection_count++;
	product->connections = arena_zalloc(
	    arena, product->connection_count, sizeof(*product->connections));
	for (size_t i = 0; lines_next(&lines, &line); i++) {
		autostr struct str joined = STR_INIT;
		autostr struct str resolved = STR_INIT;

		path_join(&joined, line.data[0] == '/' ? slice_of("", 0) : parent, line);
		if (tree_resolve(str_c(&joined), &resolved, err) < 0)
			return -1;
		product->connections[i] = arena_slice(arena, str_slice(&resolved));
	}
	return 0;
}

static struct product *product_new(struct products *products, struct slice path)
{
	struct product *product = arena_zalloc(&products->arena, 1, sizeof(*product));

	product->set = products;
	product->path = arena_slice(&products->arena, path);
	product->next = products->products;
	products->products = product;
	return product;
}

struct product *product_implicit(
    struct products *products, struct slice path, bool plain, struct error **err)
{
	struct product *product = map_get(&products->implicit, path);
	CLEANUP(listing_release) struct listing listing = {0};
	struct project *project;

	if (product)
		return product;
	product = product_new(products, path);
	product->implicit = true;
	project = plain ? project_plain(product)
			: project_read(product, slice_of("", 0), slice_of("", 0), err);
	if (!project)
		return NULL;
	listing.product = product;
	listing_add(&listing, project);
	if (take_listing(&listing, err) < 0)
		return NULL;
	*map_at(&products->implicit, product->path) = product;
	return product;
}

void product_index(const struct product *product, struct str *ret)
{
	for (size_t i = 0; i < product->project_count; i++) {
		const struct project *project = product->projects[i];

		str_addf(ret, "%s %s %s\n", project->identifier.data, project->path.data,
		    project->protocol.data);
	}
}

/* Fill a product from its index, or, without an index, by searching for projects. */
static int fill(struct product *product, bool rescan, struct error **err)
{
	struct arena *arena = &product->set->arena;
	CLEANUP(listing_release) struct listing listing = {.product = product};
	const char *path = path_in(product, ".product/PROJECTS");
	struct index index = {.exists = false};
	autostr struct str text = STR_INIT;

	map_release(&product->unseen);
	if (!rescan && index_read(path_in(product, ".product"), arena, &index, err) < 0)
		return -1;
	product->indexed = index.exists && (!index.is_generated || product->set->keeps_indexes);
	product->index = index.text;
	product->is_complete = true;
	if (product->indexed)
		return take_index(&listing, path, index.text, err);
	if (scan(&listing, err) < 0)
		return -1;
	product_index(product, &text);
	product->is_index_current = index.is_generated && slice_equal(index.text, str_slice(&text));
	return 0;
}

/* The path of an existing directory, absolute and without links. */
static int resolve_directory(const char *path, struct str *ret, struct error **err)
{
	struct stat found;
	int there = presence_of(path, &found, err);

	if (there <= 0)
		return there < 0 ? -1 : fail(err, ERROR_USAGE, "'%s' does not exist", path);
	if (!S_ISDIR(found.st_mode))
		return fail(err, ERROR_USAGE, "'%s' is not a directory", path);
	return tree_resolve(path, ret, err);
}

/* Whether a directory is a project that no product declares. */
static int holds_only_project(const struct product *product, struct error **err)
{
	int declared = presence_of_directory(path_in(product, ".product"), err);

	return declared ? -(declared < 0) : is_project(product->path.data, err);
}

struct product *product_open(
    struct products *products, const char *path, bool rescan, struct error **err)
{
	autostr struct str resolved = STR_INIT;
	struct product *product;
	int is_implicit;

	if (resolve_directory(path, &resolved, err) < 0)
		return NULL;
	product = map_get(&products->by_path, str_slice(&resolved));
	if (product && rescan && fill(product, true, err) < 0)
		return NULL;
	if (product)
		return product;
	product = product_new(products, str_slice(&resolved));
	is_implicit = holds_only_project(product, err);
	if (is_implicit < 0)
		return NULL;
	if (is_implicit)
		return product_implicit(products, product->path, false, err);
	if (read_connections(product, err) < 0 || fill(product, rescan, err) < 0)
		return NULL;
	*map_at(&products->by_path, product->path) = product;
	return product;
}

int product_write_index(const struct product *product, bool *ret_written, struct error **err)
{
	autostr struct str text = STR_INIT;

	if (ret_written)
		*ret_written = false;
	if (product->implicit)
		return 0;
	product_index(product, &text);
	return index_write(path_in(product, ".product"), str_slice(&text), ret_written, err);
}

/* Append what an index lists, as directories. */
static int list_index(
    struct slice text, const char *path, struct map *ret, struct arena *arena, struct error **err)
{
	struct index_entry *entries;
	size_t count;

	if (index_parse(text, path, arena, &entries, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		autostr struct str directory = STR_INIT;

		add_replaced(&directory, entries[i].path, '.', '/');
		*map_at(ret, arena_slice(arena, str_slice(&directory))) = &entries[i];
	}
	return 0;
}

int product_unlisted(const struct product *product, struct fields *ret, struct error **err)
{
	autofields struct fields directories = FIELDS_INIT;
	automap struct map listed = {0};
	autoarena struct arena arena = {0};

	if (!product->indexed)
		return 0;
	if (list_index(
		product->index, path_in(product, ".product/PROJECTS"), &listed, &arena, err) < 0 ||
	    product_scan(product, NULL, &directories, err) < 0)
		return -1;
	for (size_t i = 0; i < directories.count; i++) {
		if (!map_get(&listed, fields_at(&directories, i)))
			fields_add(ret, fields_at(&directories, i));
	}
	return 0;
}

struct project *product_project(const struct product *product, struct slice identifier)
{
	size_t low = 0, high = product->project_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct project *project = product->projects[middle];
		int order = slice_compare(project->identifier, identifier);

		if (order == 0)
			return project;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

int product_connected(
    const struct product *product, size_t index, struct product **ret, struct error **err)
{
	const char *path = product->connections[index].data;
	int there = presence_of_directory(path, err);

	*ret = NULL;
	if (there <= 0)
		return there;
	if (trust_check_leading(product->path.data, ".product", path, product->set->trusted, err) <
	    0)
		return -1;
	*ret = product_open(product->set, path, false, err);
	return *ret ? 0
		    : fail_prefix(err, "product '%s', connected to '%s'", path, product->path.data);
}

/* As above, for the construction context's product, which is trusted: its programs are run. */
static int find_in_context(
    struct products *products, struct slice identifier, struct project **ret, struct error **err)
{
	const struct product *product;

	if (!products->context)
		return 0;
	product = product_open(products, products->context, false, err);
	if (!product)
		return fail_prefix(err, "construction context '%s'", products->context);
	*ret = product_project(product, identifier);
	return 0;
}

int product_find_project(
    struct product *product, struct slice identifier, struct project **ret, struct error **err)
{
	*ret = product_project(product, identifier);
	for (size_t i = 0; !*ret && i < product->connection_count; i++) {
		struct product *connected;

		if (product_connected(product, i, &connected, err) < 0)
			return -1;
		if (connected)
			*ret = product_project(connected, identifier);
	}
	return *ret ? 0 : find_in_context(product->set, identifier, ret, err);
}
