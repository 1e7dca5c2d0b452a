#include "record/since_tree.h"

#include <stdlib.h>

#include "base/path.h"
#include "base/presence.h"
#include "base/tree.h"
#include "record/interface.h"

#define RECORDED SLICE_LITERAL("/delineated")
#define INTERFACE SLICE_LITERAL("/delineated-interface")
#define ELEMENTS "elements.json"

struct finding {
	struct since_tree *tree;
	const char *root;
};

/* The dotted name that a key stands for. */
static struct slice name_of(struct since_tree *tree, struct slice key)
{
	static const char *const endings[] = {".pyi", ".py", "/__init__", ".__init__"};
	char *name;

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		if (slice_ends(key, slice_c(endings[i])))
			key.len -= strlen(endings[i]);
	}
	name = arena_copy(&tree->arena, key);
	for (char *c = name; *c; c++)
		*c = *c == '/' ? '.' : *c;
	return slice_c(name);
}

static struct slice factor_of(const struct since_module *module)
{
	return path_name(module->key);
}

/* Note the module of a factor path; of several, none is the one. */
static void add_factor(struct since_tree *tree, struct since_module *module)
{
	const struct map_entry *known = map_find(&tree->by_factor, factor_of(module));

	*map_at(&tree->by_factor, factor_of(module)) = known ? NULL : module;
}

/* A path below the tree, with a NUL after it. */
static const char *path_of(const struct finding *finding, struct slice directory)
{
	return arena_printf(
	    &finding->tree->arena, "%s/%.*s", finding->root, (int)directory.len, directory.data);
}

static void add_module(struct finding *finding, struct slice directory)
{
	struct since_tree *tree = finding->tree;
	struct since_module *module = arena_zalloc(&tree->arena, 1, sizeof(*module));
	struct slice key = directory;

	if (slice_ends(key, RECORDED))
		key.len -= RECORDED.len;
	module->key = arena_slice(&tree->arena, key);
	module->name = name_of(tree, key);
	module->path = path_of(finding, directory);
	if (tree->count == tree->capacity) {
		tree->capacity = 2 * tree->capacity + 64;
		tree->modules = xreallocarray(
		    tree->modules, tree->capacity, sizeof(*tree->modules));
	}
	tree->modules[tree->count++] = module;
	*map_at(&tree->by_key, module->key) = module;
	module->is_recorded = key.len < directory.len;
	if (module->is_recorded)
		add_factor(tree, module);
}

static enum walk_answer visit(void *context, const struct walk_entry *entry, struct error **err)
{
	struct slice directory = path_parent(entry->path);

	(void)err; /* nothing fails */
	if (slice_is(entry->name, ELEMENTS))
		add_module(context, directory);
	return WALK_GO;
}

/* The module that a description is the interface of; NULL if there is none. */
static struct since_module *module_of(
    const struct since_tree *tree, const struct since_module *interface)
{
	struct slice key = interface->key;

	if (slice_ends(key, INTERFACE))
		key.len -= INTERFACE.len;
	else if (slice_ends(key, SLICE_LITERAL(".pyi")))
		key.len--;
	else
		return NULL;
	return map_get(&tree->by_key, key);
}

/* Give modules their interfaces, and keep only modules in the list. */
static void join_interfaces(struct since_tree *tree)
{
	size_t kept = 0;

	for (size_t i = 0; i < tree->count; i++) {
		struct since_module *module = module_of(tree, tree->modules[i]);

		if (module)
			module->interface = tree->modules[i]->path;
		else
			tree->modules[kept++] = tree->modules[i];
	}
	tree->count = kept;
}

int since_tree_open(struct since_tree *tree, const char *path, struct error **err)
{
	struct finding finding = {tree, path};
	const struct walk_visitor visitor = {visit, walk_fail, &finding};

	int there = presence_of_directory(path, err);

	if (there < 0)
		return -1;
	if (!there)
		return fail(err, ERROR_USAGE, "'%s' does not exist", path);
	if (tree_walk(place_at(path), &visitor, err) < 0)
		return -1;
	if (!tree->count)
		return fail(err, ERROR_USAGE,
		    "'%s' has no descriptions: name what 'kiln delineate -o' or 'kiln record -o' "
		    "made",
		    path);
	join_interfaces(tree);
	return 0;
}

const struct since_module *since_tree_find(
    const struct since_tree *tree, const struct record_source *source, struct slice *ret_scope)
{
	const struct project *project = source->project;
	const struct slice above[] = {{"", 0}, project->directory, project->path, source->prefix};
	const struct since_module *found = map_get(&tree->by_key, source->directory);
	size_t own;

	/* A plain directory has another name for each version. */
	if (!found && project->implicit)
		found = map_get(&tree->by_factor, source->factor);
	own = found ? source->factor.len : source->shown.len;

	for (size_t i = 0; !found && i < sizeof(above) / sizeof(*above); i++) {
		autostr struct str key = STR_INIT;

		for (size_t j = 0; j < above[i].len; j++)
			str_addc(&key, above[i].data[j] == '.' ? '/' : above[i].data[j]);
		if (key.len)
			str_addc(&key, '/');
		str_add_slice(&key, source->shown);
		found = map_get(&tree->by_key, str_slice(&key));
	}
	if (found && ret_scope)
		*ret_scope = slice_of(found->key.data, found->key.len - own);
	return found;
}

static int read_record(const char *path, struct description_files *files, struct factor_record *ret,
    struct error **err)
{
	struct record_parts parts = {.name = path, .source = {"", 0}};

	if (description_files_read(place_at(path), files, err) < 0)
		return -1;
	description_files_parts(files, &parts);
	return factor_record_read(&parts, DOCSTRING_PLAIN, NULL, ret, err);
}

int since_record_read(
    const struct since_module *module, struct since_record *ret, struct error **err)
{
	if (read_record(module->path, &ret->files, &ret->record, err) < 0)
		return -1;
	if (!module->interface)
		return 0;
	if (read_record(module->interface, &ret->interface_files, &ret->interface, err) < 0)
		return -1;
	interface_apply(&ret->record, &ret->interface);
	return 0;
}

void since_record_release(struct since_record *record)
{
	factor_record_release(&record->record);
	factor_record_release(&record->interface);
	description_files_release(&record->files);
	description_files_release(&record->interface_files);
}

void since_tree_release(struct since_tree *tree)
{
	free(tree->modules);
	map_release(&tree->by_key);
	map_release(&tree->by_factor);
	arena_release(&tree->arena);
	*tree = (struct since_tree){.count = 0};
}
