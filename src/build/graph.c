#include "build/graph.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/path.h"
#include "build/config_hash.h"

/* Bytes that must be free behind the name of a unit, for `.log` and endings of dependency files. */
#define UNIT_ROOM 16

static const char module_type[] = FACTOR_TYPE_CONTEXT "python.module";
static const char interface_type[] = FACTOR_TYPE_CONTEXT "python.interface";

static void workspace_free(struct workspace *workspace)
{
	cleanup_close(&workspace->lock); /* this unlocks the product */
	cleanup_close(&workspace->fd);
	free(workspace->checks);
	build_state_release(&workspace->state);
	prefetch_free(workspace->prefetch);
	map_release(&workspace->selected);
	free(workspace->directory);
	free(workspace);
}

void graph_release(struct graph *graph)
{
	for (size_t i = 0; i < graph->workspace_count; i++)
		workspace_free(graph->workspaces[i]);
	free(graph->workspaces);
	foreign_pythons_release(&graph->pythons);
	for (size_t i = 0; i < graph->mode_count; i++) {
		map_release(&graph->modes[i].configs);
		map_release(&graph->modes[i].unrendered);
	}
	free(graph->modes);
	free(graph->nodes);
	map_release(&graph->by_image);
	context_free(graph->context);
	products_release(&graph->products);
	arena_release(&graph->arena);
}

struct workspace *graph_workspace(struct graph *graph, struct product *product, struct error **err)
{
	struct workspace *workspace;
	int fd;

	for (size_t i = 0; i < graph->workspace_count; i++) {
		if (graph->workspaces[i]->product == product)
			return graph->workspaces[i];
	}
	fd = TEMP_FAILURE_RETRY(open(product->path.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (fd < 0)
		return fail_null(fail_errno(err, errno, "cannot open '%s'", product->path.data));
	workspace = xcalloc(1, sizeof(*workspace));
	workspace->product = product;
	workspace->fd = fd;
	workspace->lock = -1;
	workspace->directory = xasprintf("%s/%s", product->path.data, BUILD_DIRECTORY);
	graph->workspaces = xreallocarray(
	    graph->workspaces, graph->workspace_count + 1, sizeof(*graph->workspaces));
	graph->workspaces[graph->workspace_count++] = workspace;
	return workspace;
}

struct node *graph_node(
    const struct graph *graph, const struct workspace *workspace, struct slice image)
{
	autostr struct str path = STR_INIT;

	str_add_slice(&path, workspace->product->path);
	str_addc(&path, '/');
	str_add_slice(&path, image);
	return map_get(&graph->by_image, str_slice(&path));
}

/* The path of a source below the directory of its factor, or its name if the factor has no
 * directory of its own. */
static struct slice path_in_factor(const struct node_input *input)
{
	const struct factor *factor = input->factor;
	struct slice path = input->source->path;
	size_t skip = factor->path.len + 1;
	const char *slash;

	if (factor->is_explicit)
		return slice_from(path, skip);
	slash = memrchr(path.data, '/', path.len);
	if (!slash)
		return path;
	return slice_of(slash + 1, path.len - (size_t)(slash + 1 - path.data));
}

/* Append a shortened path component. The project at the top of a product has an empty name. */
static void add_component(struct str *ret, struct slice name)
{
	if (!name.len)
		return;
	str_addc(ret, '/');
	path_add_short(ret, name, NAME_MAX);
}

void workspace_work(const struct workspace *workspace, struct slice form, struct slice project,
    struct slice factor, struct str *ret)
{
	str_adds(ret, workspace->directory);
	str_adds(ret, "/work");
	add_component(ret, form.len ? form : SLICE_LITERAL("executable"));
	add_component(ret, project);
	add_component(ret, factor);
}

void node_work(const struct node *node, struct str *ret)
{
	workspace_work(node->workspace, node->variant->form, node->factor->project->path,
	    node->factor->path, ret);
	str_addc(ret, '/');
	str_add_slice(ret, node->variant->system);
	str_addc(ret, '-');
	str_add_slice(ret, node->variant->architecture);
}

void node_input_path(const struct node *node, size_t input, struct str *ret)
{
	source_path(node->inputs[input].factor, node->inputs[input].source, ret);
}

void node_unit_name(const struct node *node, size_t input, struct str *ret)
{
	struct slice path = path_in_factor(&node->inputs[input]);
	const char *slash = memrchr(path.data, '/', path.len);
	size_t directory = slash ? (size_t)(slash + 1 - path.data) : 0;
	struct slice prefix = node->variant->unit_prefix, suffix = node->variant->unit_suffix;
	size_t around = prefix.len + suffix.len + UNIT_ROOM;

	str_add(ret, path.data, directory);
	str_add_slice(ret, prefix);
	path_add_short(ret, slice_from(path, directory),
	    around < NAME_MAX / 2 ? NAME_MAX - around : NAME_MAX / 2);
	str_add_slice(ret, suffix);
}

void node_unit(const struct node *node, size_t input, struct str *ret)
{
	node_work(node, ret);
	str_adds(ret, "/units/");
	node_unit_name(node, input, ret);
}

void node_dependencies(const struct node *node, size_t input, bool partial, struct str *ret)
{
	node_unit(node, input, ret);
	str_adds(ret, partial ? ANSWER_PARTIAL_DEPENDENCIES : ANSWER_DEPENDENCIES);
}

void node_name(const struct node *node, struct str *ret)
{
	str_add_slice(ret, node->factor->project->path);
	if (node->factor->project->path.len && node->factor->path.len)
		str_addc(ret, '.');
	str_add_slice(ret, node->factor->path);
}

static struct context_type type_of(const struct factor *factor)
{
	return (struct context_type){factor->type, factor->isolation};
}

static struct image_variant image_variant_of(const struct variant *variant)
{
	return (struct image_variant){variant->system, variant->architecture, variant->form};
}

static void report(struct graph *graph, struct error *problem)
{
	graph->problems++;
	graph->listener.problem(graph->listener.context, problem);
}

static bool is_executable(struct slice form)
{
	return !form.len || slice_is(form, "executable");
}

static void report_twins(struct graph *graph, struct node *node, struct factor *factor)
{
	autostr struct str first = STR_INIT;
	autostr struct str second = STR_INIT;
	struct error *error = NULL;

	source_path(node->factor, node->factor->sources, &first);
	source_path(factor, factor->sources, &second);
	(void)fail_at(&error, str_c(&second), 0, 0, NULL,
	    "built file '%.*s' is already that of '%s': rename one of the two",
	    (int)node->image.len, node->image.data, str_c(&first)); /* always -1 */
	report(graph, error);
}

/* Two factors have the same image. If they are a module and its interface, the description covers
 * both, and other forms leave the interface out. Anything else is an error. */
static void join_twin(struct graph *graph, struct node *node, struct factor *factor)
{
	bool is_interface = slice_is(factor->type, interface_type);
	struct factor *module = is_interface ? node->factor : factor;
	struct factor *interface = is_interface ? factor : node->factor;

	if (node->interface == factor || node->is_broken)
		return;
	if (node->interface || !slice_is(module->type, module_type) ||
	    !slice_is(interface->type, interface_type)) {
		report_twins(graph, node, factor);
		node->is_broken = true;
		return;
	}
	node->factor = module;
	node->interface = is_executable(node->variant->form) ? NULL : interface;
}

/* Warn, once for each factor, that it has no image although its type has one. */
static void report_unrendered(
    struct graph *graph, struct build_mode *mode, const struct factor *factor)
{
	const struct slice key = slice_of((const char *)&factor, sizeof(factor));
	const struct format *format = factor->sources[0].format;
	autostr struct str source = STR_INIT;
	autostr struct str name = STR_INIT;
	struct error *warning = NULL;

	if (map_get(&mode->unrendered, key))
		return;
	*map_at(&mode->unrendered, arena_slice(&graph->arena, key)) = mode;
	source_path(factor, factor->sources, &source);
	if (format)
		str_addf(&name, "%s%s%s", format->language.data, format->dialect.len ? "." : "",
		    format->dialect.data);
	(void)fail_at(&warning, str_c(&source), 0, 0, NULL,
	    "no built file: the construction context translates no source of the factor '%s' in "
	    "mode '%s'; the format of this source is %s%s%s",
	    factor->path.data, mode->request.mode, format ? "'" : "",
	    format ? str_c(&name) : "unknown", format ? "'" : ""); /* always -1 */
	graph->listener.warning(graph->listener.context, warning);
}

static struct node *make_node(struct graph *graph, struct factor *factor, struct build_mode *mode,
    const struct variant *variant, struct slice absolute, struct error **err)
{
	size_t product = factor->project->product->path.len + 1;
	struct workspace *workspace = graph_workspace(graph, factor->project->product, err);
	struct node *node;

	if (!workspace)
		return NULL;
	node = arena_zalloc(&graph->arena, 1, sizeof(*node));
	node->workspace = workspace;
	node->factor = factor;
	node->mode = mode;
	node->variant = variant;
	node->absolute = absolute;
	node->image = slice_from(absolute, product);
	if (graph->node_count == graph->node_capacity) {
		graph->node_capacity = graph->node_capacity ? 2 * graph->node_capacity : 64;
		graph->nodes = xreallocarray(
		    graph->nodes, graph->node_capacity, sizeof(*graph->nodes));
	}
	node->index = graph->node_count;
	graph->nodes[graph->node_count++] = node;
	return node;
}

/* Find or make the node of a factor's image; *ret is NULL if the factor has none. */
static int add_node(struct graph *graph, struct factor *factor, struct build_mode *mode,
    const struct variant *variant, struct node **ret, struct error **err)
{
	struct config_hash config;
	struct image_variant image = image_variant_of(variant);
	struct slice product = factor->project->product->path;
	autostr struct str path = STR_INIT;
	struct slice key;
	struct node *node;

	*ret = NULL;
	if (config_hash_find(graph, mode, variant, factor, &config, err) < 0)
		return -1;
	if (!config.is_rendered) {
		report_unrendered(graph, mode, factor);
		return 0;
	}
	str_add_slice(&path, product);
	str_addc(&path, '/');
	factor_image_path(&path, factor, &image, graph->layout);
	node = map_get(&graph->by_image, str_slice(&path));
	if (node) {
		if (node->factor != factor)
			join_twin(graph, node, factor);
		*ret = node;
		return 0;
	}
	key = arena_slice(&graph->arena, str_slice(&path));
	node = make_node(graph, factor, mode, variant, key, err);
	if (!node)
		return -1;
	node->config = config.digest;
	*map_at(&graph->by_image, key) = node;
	*ret = node;
	return 0;
}

/* Whether a variant has one of the names that are wanted: its architecture, or
 * SYSTEM-ARCHITECTURE. */
static bool is_wanted(const struct graph *graph, const struct variant *variant)
{
	autofree char *both = NULL;

	if (!graph->wanted || !graph->wanted->count)
		return true;
	both = xasprintf("%s-%s", variant->system.data, variant->architecture.data);
	return fields_have(graph->wanted, variant->architecture) ||
	       fields_have(graph->wanted, slice_c(both));
}

int graph_select(struct graph *graph, struct factor *factor, struct error **err)
{
	struct context_type type = type_of(factor);

	for (size_t i = 0; i < graph->mode_count; i++) {
		struct build_mode *mode = &graph->modes[i];
		const struct variants *variants;

		if (context_variants(graph->context, &mode->request, &type, &variants, err) < 0)
			return -1;
		for (size_t k = 0; k < variants->count; k++) {
			struct node *node;

			if (!variants->items[k].integrates ||
			    !is_wanted(graph, &variants->items[k]))
				continue;
			if (add_node(graph, factor, mode, &variants->items[k], &node, err) < 0)
				return -1;
			if (node)
				node->is_selected = true;
		}
	}
	return 0;
}

/* The variant of a required factor that fits a node; NULL if there is none. */
static int find_variant(struct graph *graph, const struct node *node, const struct factor *factor,
    const struct variant **ret, struct error **err)
{
	struct context_type type = type_of(factor);
	const struct variants *variants;

	*ret = NULL;
	if (context_variants(graph->context, &node->mode->request, &type, &variants, err) < 0)
		return -1;
	for (size_t i = 0; i < variants->count && !*ret; i++) {
		const struct variant *variant = &variants->items[i];

		if (variant->integrates && slice_equal(variant->system, node->variant->system) &&
		    slice_equal(variant->architecture, node->variant->architecture) &&
		    slice_equal(variant->form, node->variant->form))
			*ret = variant;
	}
	return 0;
}

static void add_inputs(struct graph *graph, struct node *node, struct factor *factor, bool is_own)
{
	struct slice product = node->workspace->product->path;

	for (size_t i = 0; i < factor->source_count; i++) {
		struct node_input *input = &node->inputs[node->input_count++];
		autostr struct str path = STR_INIT;

		input->factor = factor;
		input->source = &factor->sources[i];
		input->is_own = is_own;
		source_path(factor, input->source, &path);
		input->path = arena_slice(&graph->arena, str_slice(&path));
		if (slice_equal(factor->project->product->path, product))
			input->path = slice_of(
			    input->path.data + product.len + 1, input->path.len - product.len - 1);
	}
}

static void declare_factor(const struct factor *factor, struct str *ret)
{
	str_add_slice(ret, factor->type);
	str_addc(ret, '#');
	str_add_slice(ret, factor->isolation);
	str_addc(ret, '\n');
	for (size_t i = 0; i < factor->source_count; i++) {
		const struct format *format = factor->sources[i].format;

		if (format) {
			str_add_slice(ret, format->type);
			str_addc(ret, ' ');
			str_add_slice(ret, format->language);
			str_addc(ret, '.');
			str_add_slice(ret, format->dialect);
		}
		str_addc(ret, '\n');
	}
}

static void declare_requirement(const struct requirement *requirement, struct str *ret)
{
	str_addf(ret, "%s#%s ", requirement->type.data, requirement->isolation.data);
	if (requirement->factor) {
		str_add_slice(ret, requirement->factor->project->identifier);
		str_addc(ret, '/');
		str_add_slice(ret, requirement->factor->path);
	} else {
		str_add_slice(ret, requirement->value);
	}
	str_addc(ret, '\n');
}

void node_declaration(const struct node *node, struct str *ret)
{
	declare_factor(node->factor, ret);
	if (node->interface)
		declare_factor(node->interface, ret);
	for (size_t i = 0; i < node->factor->resolved_count; i++)
		declare_requirement(&node->factor->resolved[i], ret);
}

/* Add a need for each requirement that has an image; of the others the sources become inputs. */
static int add_needs(struct graph *graph, struct node *node, struct error **err)
{
	const struct factor *factor = node->factor;
	size_t inputs = factor->source_count +
			(node->interface ? node->interface->source_count : 0);

	for (size_t i = 0; i < factor->resolved_count; i++) {
		if (factor->resolved[i].factor)
			inputs += factor->resolved[i].factor->source_count;
	}
	node->inputs = arena_zalloc(&graph->arena, inputs, sizeof(*node->inputs));
	node->needs = arena_zalloc(&graph->arena, factor->resolved_count, sizeof(struct node *));
	add_inputs(graph, node, node->factor, true);
	if (node->interface)
		add_inputs(graph, node, node->interface, true);
	node->own_count = node->input_count;
	for (size_t i = 0; i < factor->resolved_count; i++) {
		struct factor *required = factor->resolved[i].factor;
		const struct variant *variant;
		struct node *need = NULL;

		if (!required)
			continue;
		if (find_variant(graph, node, required, &variant, err) < 0 ||
		    (variant && add_node(graph, required, node->mode, variant, &need, err) < 0))
			return -1;
		if (need)
			node->needs[node->need_count++] = need;
		else
			add_inputs(graph, node, required, false);
	}
	return 0;
}

static int complete_node(struct graph *graph, struct node *node, struct error **err)
{
	struct error *problem = NULL;

	/* That was reported already. Images of the last build stay. */
	if (node->factor->is_incomplete || (node->interface && node->interface->is_incomplete)) {
		node->is_broken = true;
		return 0;
	}
	if (factor_requirements(node->factor, &problem) < 0) {
		if (!error_is_local(problem))
			return fail_with(err, problem);
		report(graph, problem);
		node->is_broken = true;
		return 0;
	}
	return add_needs(graph, node, err);
}

/* A need of a node that is not ordered; each node that is not ordered has one. */
static struct node *unordered_need(const struct node *node, const unsigned char *ordered)
{
	size_t i = 0;

	while (ordered[node->needs[i]->index])
		i++;
	return node->needs[i];
}

/* Find a cycle: from a node that is not ordered follow needs that are not ordered until one comes
 * again. Report the cycle and return one of its nodes. */
static struct node *break_cycle(
    struct graph *graph, struct node *node, const unsigned char *ordered)
{
	autofree unsigned char *seen = xcalloc(graph->node_count, 1);
	autostr struct str chain = STR_INIT;
	struct error *error = NULL;
	struct node *first;

	for (; !seen[node->index]; node = unordered_need(node, ordered))
		seen[node->index] = 1;
	first = node;
	do {
		node->is_broken = true;
		node_name(node, &chain);
		str_adds(&chain, " requires ");
		node = unordered_need(node, ordered);
	} while (node != first);
	node_name(first, &chain);
	(void)fail_at(&error, first->factor->project->product->path.data, 0, 0, NULL,
	    "requirements form a cycle: %s", str_c(&chain)); /* always -1 */
	report(graph, error);
	return first;
}

static void link_dependents(struct graph *graph)
{
	for (size_t i = 0; i < graph->node_count; i++) {
		for (size_t k = 0; k < graph->nodes[i]->need_count; k++)
			graph->nodes[i]->needs[k]->dependent_count++;
	}
	for (size_t i = 0; i < graph->node_count; i++) {
		struct node *node = graph->nodes[i];

		node->dependents = arena_zalloc(
		    &graph->arena, node->dependent_count, sizeof(*node->dependents));
		node->dependent_count = 0;
	}
	for (size_t i = 0; i < graph->node_count; i++) {
		struct node *node = graph->nodes[i];

		for (size_t k = 0; k < node->need_count; k++) {
			struct node *need = node->needs[k];

			need->dependents[need->dependent_count++] = node;
		}
	}
}

/* Sort: each node after the nodes that it needs, otherwise in the order in which they were found. A
 * cycle is broken at one node; that is safe, as the nodes of a cycle are not built. */
static void order(struct graph *graph)
{
	autofree unsigned char *ordered = xcalloc(graph->node_count, 1);
	autofree size_t *left = xcalloc(graph->node_count, sizeof(*left));
	struct node **nodes = xcalloc(graph->node_count, sizeof(struct node *));
	size_t count = 0, unordered = 0;

	for (size_t i = 0; i < graph->node_count; i++) {
		left[i] = graph->nodes[i]->need_count;
		if (!left[i])
			nodes[count++] = graph->nodes[i];
	}
	for (size_t next = 0; next < graph->node_count; next++) {
		struct node *node;

		while (ordered[unordered])
			unordered++;
		if (next == count) {
			node = break_cycle(graph, graph->nodes[unordered], ordered);
			left[node->index] = 0;
			nodes[count++] = node;
		}
		node = nodes[next];
		ordered[node->index] = 1;
		for (size_t i = 0; i < node->dependent_count; i++) {
			struct node *dependent = node->dependents[i];

			if (left[dependent->index] && --left[dependent->index] == 0)
				nodes[count++] = dependent;
		}
	}
	free(graph->nodes);
	graph->nodes = nodes;
	for (size_t i = 0; i < graph->node_count; i++)
		nodes[i]->index = i;
}

int graph_complete(struct graph *graph, struct error **err)
{
	/* The loop also completes nodes that it adds. */
	for (size_t i = 0; i < graph->node_count; i++) {
		if (!graph->nodes[i]->is_broken && complete_node(graph, graph->nodes[i], err) < 0)
			return -1;
	}
	link_dependents(graph);
	order(graph);
	return 0;
}
