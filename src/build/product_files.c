#include "build/product_files.h"

#include "base/path.h"
#include "base/tree.h"
#include "build/config_hash.h"
#include "build/target.h"
#include "factor/index.h"

struct noted_file {
	const struct plan_built *built; /* NULL: it is no built file */
};

static void drop_problem(void *context, struct error *problem)
{
	(void)context;
	error_free(problem);
}

int product_files_check(const char *path, const struct fields *trusted, struct error **err)
{
	const struct factor_listener listener = {drop_problem, drop_problem, NULL};
	CLEANUP(products_release) struct products products = {0};
	const struct target_search search = {&products, INDEX_MISSING};
	struct target target;

	products_init(&products, &listener);
	products.trusted = trusted;
	if (target_find(&search, path, &target, err) < 0)
		return -1;
	if (target_is_product(&target) && target.product->project_count &&
	    !target.product->projects[0]->implicit)
		return 0;
	return fail(err, ERROR_USAGE,
	    "'%s' is not a product: --layout factor is for products with projects", path);
}

/* Note a file below a product. */
static void note(struct product_files *files, const struct product *product, struct slice below,
    const struct plan_built *built)
{
	struct noted_file *noted = arena_zalloc(&files->arena, 1, sizeof(*noted));
	autostr struct str path = STR_INIT;

	path_join(&path, product->path, below);
	noted->built = built;
	*map_at(&files->noted, arena_slice(&files->arena, str_slice(&path))) = noted;
}

static void note_projects(struct product_files *files, const struct product *product)
{
	static const char *const names[] = {"f-identity", "polynomial-1", "icon", "synopsis"};

	note(files, product, SLICE_LITERAL(".product/" INDEX_NAME), NULL);
	for (size_t i = 0; i < product->project_count; i++) {
		for (size_t k = 0; k < sizeof(names) / sizeof(*names); k++) {
			autofree char *name = xasprintf(".project/%s", names[k]);
			autostr struct str path = STR_INIT;

			path_join(&path, product->projects[i]->directory, slice_c(name));
			note(files, product, str_slice(&path), NULL);
		}
	}
}

/* Note the .factor of an explicitly typed factor. */
static void note_factor(struct product_files *files, const struct factor *factor)
{
	autostr struct str path = STR_INIT;

	path_join(&path, factor->project->directory, factor->path);
	for (size_t i = path.len - factor->path.len; i < path.len; i++) {
		if (path.data[i] == '.')
			path.data[i] = '/';
	}
	str_adds(&path, "/.factor");
	note(files, factor->project->product, str_slice(&path), NULL);
}

/* Add a path below the node's product to a list: the product's own path is of the machine. */
static void add_below(struct product_files *files, const struct node *node, const char **list,
    size_t *count, const struct str *path)
{
	struct slice below;

	if (path_below(str_slice(path), node->workspace->product->path, &below))
		list[(*count)++] = arena_copy(&files->arena, below);
}

static void describe_mode(
    struct product_files *files, const struct context_request *request, struct plan_built *ret)
{
	size_t count = request->features ? request->features->count : 0;
	const char **features = arena_zalloc(&files->arena, count + 1, sizeof(*features));

	for (size_t i = 0; i < count; i++)
		features[i] = arena_copy(&files->arena, fields_at(request->features, i));
	ret->mode = arena_strdup(&files->arena, request->mode);
	ret->features = features;
}

/* What a node's built file is made from: by its declaration, whatever a cache spared. */
static const struct plan_built *describe(
    struct product_files *files, const struct graph *graph, const struct node *node)
{
	struct arena *arena = &files->arena;
	const struct variant *variant = node->variant;
	struct plan_built *built = arena_zalloc(arena, 1, sizeof(*built));
	const char **sources = arena_zalloc(arena, node->own_count + 1, sizeof(*sources));
	const char **units = arena_zalloc(arena, node->own_count + 1, sizeof(*units));
	autostr struct str name = STR_INIT;
	size_t source_count = 0, unit_count = 0;

	node_name(node, &name);
	for (size_t i = 0; i < node->own_count; i++) {
		autostr struct str source = STR_INIT, unit = STR_INIT;
		const struct node_input *input = &node->inputs[i];

		node_input_path(node, i, &source);
		add_below(files, node, sources, &source_count, &source);
		if (!input->is_own || !config_hash_translate(graph->context, node->mode, variant,
					  input->factor, input->source))
			continue;
		node_unit(node, i, &unit);
		add_below(files, node, units, &unit_count, &unit);
	}
	*built = (struct plan_built){
	    .factor = arena_copy(arena, str_slice(&name)),
	    .sources = sources,
	    .units = units,
	    .system = arena_copy(arena, variant->system),
	    .architecture = arena_copy(arena, variant->architecture),
	};
	describe_mode(files, &node->mode->request, built);
	return built;
}

void product_files_note(
    struct product_files *files, const struct graph *graph, const struct node_status *statuses)
{
	for (size_t i = 0; i < graph->workspace_count; i++)
		note_projects(files, graph->workspaces[i]->product);
	for (size_t i = 0; i < graph->node_count; i++) {
		const struct node *node = graph->nodes[i];
		enum outcome outcome = statuses[node->index].outcome;

		if (outcome != OUTCOME_CURRENT && outcome != OUTCOME_CACHED &&
		    outcome != OUTCOME_PROCESSED)
			continue;
		note(files, node->workspace->product, node->image, describe(files, graph, node));
		if (node->factor->is_explicit)
			note_factor(files, node->factor);
	}
}

/* Choose a file below a SOURCE, and the directories above it. */
static void choose(struct product_files *files, const char *source, struct slice below, void *noted)
{
	autostr struct str whole = STR_INIT;
	const char *copy;

	path_join(&whole, slice_c(source), below);
	copy = arena_copy(&files->arena, str_slice(&whole));
	*map_at(&files->chosen, slice_of(copy, whole.len)) = noted;
	for (size_t i = whole.len; i-- > strlen(source);) {
		if (copy[i] == '/')
			(void)map_at(&files->chosen, slice_of(copy, i));
	}
}

int product_files_choose(struct product_files *files, const char *source, struct error **err)
{
	autostr struct str resolved = STR_INIT;
	struct slice below;

	if (tree_resolve(source, &resolved, err) < 0)
		return -1;
	for (size_t i = 0; i < files->noted.count; i++) {
		const struct map_entry *entry = &files->noted.entries[i];

		if (path_below(entry->key, str_slice(&resolved), &below))
			choose(files, source, below, entry->value);
	}
	return 0;
}

/* The chosen file that is a directory with the path in it; NULL if there is none. */
static const struct noted_file *find_above(const struct product_files *files, struct slice path)
{
	for (struct slice above = path_parent(path); above.len < path.len;
	     above = path_parent(path)) {
		const struct map_entry *entry = map_find(&files->chosen, above);

		if (entry)
			return entry->value;
		path = above;
	}
	return NULL;
}

int product_files_why_not(void *context, const char *path, const struct stat *stat,
    const char **ret_reason, struct error **err)
{
	const struct product_files *files = context;
	const struct map_entry *entry = map_find(&files->chosen, slice_c(path));
	bool is;

	(void)err; /* cannot fail */
	if (!entry)
		is = find_above(files, slice_c(path));
	else
		is = S_ISDIR(stat->st_mode) || (entry->value && S_ISREG(stat->st_mode));
	*ret_reason = is ? NULL : "no loader of factors needs it";
	return 0;
}

const struct plan_built *product_files_built(void *context, const char *path)
{
	const struct product_files *files = context;
	const struct noted_file *noted = map_get(&files->chosen, slice_c(path));

	if (!noted)
		noted = find_above(files, slice_c(path));
	return noted ? noted->built : NULL;
}

void product_files_release(struct product_files *files)
{
	map_release(&files->noted);
	map_release(&files->chosen);
	arena_release(&files->arena);
}
