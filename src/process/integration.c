#include "process/integration.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/utsname.h>

#include "base/path.h"
#include "base/tree.h"
#include "process/interrupt.h"
#include "process/place.h"
#include "python/interpreter.h"

static void unmap(struct shared_memory *memory)
{
	if (memory->data)
		(void)munmap(memory->data, memory->size);
}

void integration_release(struct integration *integration)
{
	maker_release(&integration->maker);
	graph_release(&integration->graph);
	cache_close(&integration->cache);
	free(integration->host_system);
	free(integration->host_architecture);
	unmap(&integration->made);
	unmap(&integration->records);
}

static void take_problem(void *context, struct error *problem)
{
	struct integration *integration = context;

	reporter_error(integration->reporter, problem);
	error_free(problem);
	integration->problems++;
}

/* What a target names: the factors at or below a path in a project, or all projects of a product. */
struct target {
	struct product *product;
	struct project *project; /* NULL: all */
	struct slice factor;
};

static int keep_index(
    const struct integration *integration, const struct product *product, struct error **err)
{
	enum index_update update = integration->options->index;

	if (product->implicit || update == INDEX_NEVER || integration->options->reads_only ||
	    (product->indexed && update != INDEX_ALWAYS))
		return 0;
	return product_write_index(product, NULL, err);
}

static void drop_problem(void *context, struct error *problem)
{
	(void)context;
	error_free(problem);
}

/* The nearest directory at or above `path` that this user has built in place as a plain directory: its parts are parts of
 * it. */
static bool find_built(struct slice path, struct str *ret)
{
	struct stat stat_of;

	while (path.len > 1) {
		str_truncate(ret, 0);
		str_add_slice(ret, path);
		str_adds(ret, "/" BUILD_DIRECTORY);
		if (lstat(str_c(ret), &stat_of) == 0 && stat_of.st_uid == geteuid()) {
			str_truncate(ret, path.len);
			return true;
		}
		path = path_parent(path);
	}
	return false;
}

/* Open the product that a path belongs to. What is looked at first is looked at apart: a set keeps what a directory was taken
 * for. A directory that nothing declares, but that has projects, is a product whose index is missing. */
static struct product *open_product(
    struct integration *integration, const char *path, struct error **err)
{
	const struct factor_listener listener = {drop_problem, NULL};
	struct products *products = &integration->graph.products;
	bool rescans = integration->options->index == INDEX_ALWAYS;
	CLEANUP(products_release) struct products around = {0};
	CLEANUP(products_release) struct products below = {0};
	const struct product *product, *found;
	autostr struct str built = STR_INIT;

	products_init(&around, &listener);
	products_init(&below, &listener);
	product = product_of(&around, path, NULL);
	if (product && !product->implicit && rescans)
		return product_open(products, product->path.data, true, err);
	if (!product || !product->implicit || !product->projects[0]->implicit)
		return product_of(products, path, err);
	found = product_open(&below, path, false, NULL);
	if (found && found->project_count)
		return product_open(products, path, rescans, err);
	return product_of(products, find_built(product->path, &built) ? str_c(&built) : path, err);
}

static int take_path(
    struct integration *integration, const char *path, struct target *ret, struct error **err)
{
	ret->product = open_product(integration, path, err);
	if (!ret->product || keep_index(integration, ret->product, err) < 0)
		return -1;
	return product_locate(ret->product, path, &ret->project, &ret->factor, err);
}

static int take_factor_path(
    struct integration *integration, const char *text, struct target *ret, struct error **err)
{
	ret->product = open_product(integration, ".", err);
	if (!ret->product || keep_index(integration, ret->product, err) < 0)
		return -1;
	ret->project = product_split(ret->product, slice_c(text), &ret->factor);
	if (!ret->project)
		return fail(err, ERROR_USAGE,
		    "'%s' does not exist, and no project here has a factor of that path", text);
	return 0;
}

static int take_target(
    struct integration *integration, const char *text, struct target *ret, struct error **err)
{
	*ret = (struct target){NULL, NULL, SLICE_LITERAL("")};
	if (access(text, F_OK) < 0 && path_is_factor(slice_c(text)))
		return take_factor_path(integration, text, ret, err);
	return take_path(integration, text, ret, err);
}

static char *find_context(const struct integration *integration)
{
	const char *named = integration->options->context;
	autofree char *own = NULL;

	if (!named || !*named)
		named = getenv("SYSTEMCONTEXT");
	if (named && *named)
		return xstrdup(named);
	own = xasprintf("%s/.system", integration->product->path.data);
	return access(own, F_OK) == 0 ? steal(&own) : NULL;
}

/* Commands of a context are run: one that is merely found must be by somebody who may as well have run them. */
static int check_context(
    const struct integration *integration, const char *path, struct error **err)
{
	struct slice product = integration->product->path;
	struct stat stat_of;
	struct slice rest;

	if (!path || !path_below(slice_c(path), product, &rest) || !slice_is(rest, ".system"))
		return 0;
	if (stat(path, &stat_of) < 0)
		return fail_errno(err, errno, "cannot examine '%s'", path);
	if (stat_of.st_uid == geteuid() || stat_of.st_uid == 0)
		return 0;
	return fail(err, ERROR_USAGE,
	    "the construction context '%s' belongs to another user: name it by -X to use it", path);
}

/* The variable, or what the system calls itself, in lower case. */
static char *host_name(const char *variable, const char *name)
{
	const char *given = getenv(variable);
	char *copy = xstrdup(given && *given ? given : name);

	for (char *c = copy; !(given && *given) && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return copy;
}

static const char *read_environment(void *context, const char *name)
{
	(void)context;
	return getenv(name);
}

static int check_mode(
    struct context *context, const struct context_request *request, struct error **err)
{
	bool has_mode;

	if (context_has_mode(context, request, &has_mode, err) < 0)
		return -1;
	if (!has_mode)
		return fail(err, ERROR_USAGE,
		    "no section of the construction context takes part in the mode '%s'",
		    request->mode);
	return 0;
}

static int make_modes(struct integration *integration, struct error **err)
{
	const struct integration_options *options = integration->options;
	struct graph *graph = &integration->graph;
	struct utsname names;

	if (uname(&names) < 0)
		return fail_errno(err, errno, "cannot learn what system this is");
	integration->host_system = host_name("FCI_SYSTEM", names.sysname);
	integration->host_architecture = host_name("FCI_ARCHITECTURE", names.machine);
	graph->mode_count = options->modes->count;
	graph->modes = xcalloc(graph->mode_count, sizeof(*graph->modes));
	for (size_t i = 0; i < graph->mode_count; i++) {
		graph->modes[i].request = (struct context_request){
		    .mode = fields_at(options->modes, i).data,
		    .features = options->features,
		    .host_system = integration->host_system,
		    .host_architecture = integration->host_architecture,
		    .host_python = interpreter_variant(),
		    .environment = read_environment,
		};
		if (check_mode(graph->context, &graph->modes[i].request, err) < 0)
			return -1;
	}
	return 0;
}

static int select_project(struct integration *integration, struct project *project,
    struct slice factor, struct error **err)
{
	struct graph *graph = &integration->graph;
	struct site *site = graph_site(graph, project->product, err);
	size_t found = 0;

	if (!site)
		return -1;
	project_walk(project);
	for (size_t i = 0; i < project->factor_count; i++) {
		if (!factor_is_below(project->factors[i], factor))
			continue;
		found++;
		if (graph_select(graph, project->factors[i], err) < 0)
			return -1;
	}
	if (factor.len && !found)
		return fail(err, ERROR_USAGE, "the project '%s' has no factor '%s'",
		    project->path.data, factor.data);
	if (!factor.len)
		*map_at(&site->selected, project->path) = project;
	return 0;
}

static int select_target(
    struct integration *integration, const struct target *target, struct error **err)
{
	struct site *site;

	if (target->project)
		return select_project(integration, target->project, target->factor, err);
	site = graph_site(&integration->graph, target->product, err);
	if (!site)
		return -1;
	site->is_whole = true;
	for (size_t i = 0; i < target->product->project_count; i++) {
		if (select_project(
			integration, target->product->projects[i], SLICE_LITERAL(""), err) < 0)
			return -1;
	}
	return 0;
}

static size_t count_targets(const struct integration_options *options)
{
	size_t count = 0;

	while (options->targets && options->targets[count])
		count++;
	return count;
}

static int open_targets(
    struct integration *integration, struct target *targets, size_t count, struct error **err)
{
	for (size_t i = 0; i < count; i++) {
		const char *text = integration->options->targets[i];

		if (take_target(integration, text ? text : ".", &targets[i], err) < 0)
			return -1;
	}
	integration->product = targets[0].product;
	return 0;
}

int integration_open(struct integration *integration, const struct integration_options *options,
    struct reporter *reporter, struct error **err)
{
	size_t given = count_targets(options), count = given ? given : 1;
	autofree struct target *targets = xcalloc(count, sizeof(*targets));
	struct factor_listener listener = {take_problem, integration};
	autofree char *context = NULL;

	integration->options = options;
	integration->reporter = reporter;
	integration->graph.listener = listener;
	integration->graph.layout = options->layout;
	products_init(&integration->graph.products, &listener);
	if (given ? open_targets(integration, targets, count, err) < 0
		  : take_target(integration, ".", &targets[0], err) < 0)
		return -1;
	integration->product = targets[0].product;
	context = find_context(integration);
	if (check_context(integration, context, err) < 0 ||
	    context_load(context, &integration->graph.context, err) < 0 ||
	    make_modes(integration, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (select_target(integration, &targets[i], err) < 0)
			return -1;
	}
	return graph_complete(&integration->graph, err);
}

/* One build of a product at a time. */
static int lock_site(struct integration *integration, struct site *site, struct error **err)
{
	autofree char *path = xasprintf("%s/lock", site->directory);

	if (place_make(site->fd, site->product->path, path_name(slice_c(site->directory)), err) <
	    0) {
		(*err)->kind = ERROR_SYSTEM; /* nothing can be built */
		return -1;
	}
	site->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (site->lock < 0)
		return fail_errno(err, errno, "cannot open '%s'", path);
	if (flock(site->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK) {
		autostr struct str text = STR_INIT;

		if (!integration->reporter->json) {
			str_addf(&text, "kiln: waiting for another build of '");
			str_add_printable(&text, site->product->path);
			str_adds(&text, "'\n");
			reporter_print(integration->reporter, str_slice(&text));
		}
		if (flock(site->lock, LOCK_EX) == 0)
			return 0;
	}
	if (interrupted())
		return fail(err, ERROR_SYSTEM, "interrupted");
	return fail_errno(err, errno, "cannot lock '%s'", path);
}

static int read_state(struct integration *integration, struct site *site, struct error **err)
{
	autofree char *path = xasprintf("%s/state", site->directory);
	autoerror struct error *warning = NULL;
	autostr struct str text = STR_INIT;
	bool damaged;

	if (state_read(&site->state, path, &damaged, err) < 0)
		return -1;
	if (!damaged)
		return 0;
	(void)fail_at(&warning, path, 0, 0, NULL,
	    "what the last build knew is damaged, or of another version: all is looked at anew");
	reporter_render(integration->reporter, "warning", warning, &text);
	reporter_print(integration->reporter, str_slice(&text));
	return 0;
}

static int compare_sites(const void *a, const void *b)
{
	const struct site *first = *(struct site *const *)a;
	const struct site *second = *(struct site *const *)b;

	return slice_compare(first->product->path, second->product->path);
}

/* In an order that is the same for all builds, so that no two wait for each other. */
static int prepare_sites(struct integration *integration, struct error **err)
{
	struct graph *graph = &integration->graph;

	if (graph->site_count)
		qsort(graph->sites, graph->site_count, sizeof(*graph->sites), compare_sites);
	for (size_t i = 0; i < graph->site_count; i++) {
		struct site *site = graph->sites[i];

		if (!integration->options->reads_only && lock_site(integration, site, err) < 0)
			return -1;
		if (read_state(integration, site, err) < 0)
			return -1;
	}
	return 0;
}

static size_t piece_size(size_t count, size_t size)
{
	return (count * size + 15) / 16 * 16;
}

/* A piece of the shared memory, aligned for what stands in it. */
static void *take_piece(char **at, size_t count, size_t size)
{
	void *piece = *at;

	*at += piece_size(count, size);
	return piece;
}

static int map_shared(size_t size, struct shared_memory *ret, struct error **err)
{
	ret->data = mmap(
	    NULL, size + 16, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ret->data == MAP_FAILED) {
		ret->data = NULL;
		return fail_errno(err, errno, "cannot share memory with workers");
	}
	ret->size = size + 16;
	return 0;
}

/* Room for what workers tell of a node that is not current. */
static size_t record_size(const struct node *node)
{
	return piece_size(1, sizeof(struct record)) +
	       piece_size(node->input_count, sizeof(struct record_input)) +
	       piece_size(node->input_count, sizeof(struct made_input)) +
	       piece_size(node->need_count, sizeof(struct record_need));
}

static void take_record(const struct node *node, struct made *made, char **at)
{
	made->record = take_piece(at, 1, sizeof(*made->record));
	made->record->input_count = node->input_count;
	made->record->inputs = take_piece(at, node->input_count, sizeof(struct record_input));
	made->inputs = take_piece(at, node->input_count, sizeof(struct made_input));
	made->record->need_count = node->need_count;
	made->record->needs = take_piece(at, node->need_count, sizeof(struct record_need));
}

static void decide_node(struct integration *integration, const struct node *node)
{
	const struct integration_options *options = integration->options;
	struct made *made = &integration->maker.made[node->index];
	autoarena struct arena arena = {0};

	made->is_forced = options->forces_needs || (options->is_forced && node->is_selected);
	if (node->is_broken)
		made->outcome = OUTCOME_FAILED;
	else
		maker_decide(
		    &integration->maker, node, state_find(&node->site->state, node->image, &arena));
}

static int prepare_nodes(struct integration *integration, struct error **err)
{
	const struct graph *graph = &integration->graph;
	size_t size = 0;
	char *at;

	for (size_t i = 0; i < graph->node_count; i++) {
		if (integration->maker.made[i].outcome == OUTCOME_WAITING)
			size += record_size(graph->nodes[i]);
	}
	if (!size)
		return 0;
	if (map_shared(size, &integration->records, err) < 0)
		return -1;
	at = integration->records.data;
	for (size_t i = 0; i < graph->node_count; i++) {
		const struct node *node = graph->nodes[i];
		struct made *made = &integration->maker.made[i];

		if (made->outcome != OUTCOME_WAITING)
			continue;
		take_record(node, made, &at);
		made->last = state_find(&node->site->state, node->image, &integration->graph.arena);
		maker_prepare(&integration->maker, node);
	}
	return 0;
}

static bool has_python_headers(void)
{
	autofree char *path = xasprintf("%s/Python.h", interpreter_include());

	return access(path, R_OK) == 0;
}

int integration_decide(struct integration *integration, struct error **err)
{
	struct graph *graph = &integration->graph;

	integration->maker.graph = graph;
	integration->maker.cache = &integration->cache;
	integration->maker.performer = (struct performer){
	    integration->reporter, integration->options->timeout};
	if (has_python_headers())
		integration->maker.python_include = slice_c(interpreter_include());
	if (prepare_sites(integration, err) < 0 ||
	    map_shared(graph->node_count * sizeof(struct made), &integration->made, err) < 0)
		return -1;
	integration->maker.made = integration->made.data;
	for (size_t i = 0; i < graph->node_count; i++)
		decide_node(integration, graph->nodes[i]);
	return prepare_nodes(integration, err);
}

struct node *integration_node(const struct integration *integration, struct slice factor)
{
	autostr struct str name = STR_INIT;

	for (size_t i = 0; i < integration->graph.node_count; i++) {
		struct node *node = integration->graph.nodes[i];

		str_truncate(&name, 0);
		node_name(node, &name);
		if (node->is_selected && slice_equal(str_slice(&name), factor))
			return node;
	}
	return NULL;
}
