#include "build/build_session.h"

#include <ctype.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "base/array.h"
#include "base/path.h"
#include "base/trust.h"
#include "build/workspace.h"
#include "python/interpreter.h"

/* How many projects a warning about an index names at most. */
#define UNLISTED_SHOWN 5

static void unmap(struct shared_memory *memory)
{
	if (memory->data)
		(void)munmap(memory->data, memory->size);
}

void build_session_release(struct build_session *session)
{
	executor_release(&session->executor);
	graph_release(&session->graph);
	cache_close(&session->cache);
	free(session->targets);
	free(session->host_system);
	free(session->host_architecture);
	unmap(&session->statuses);
	unmap(&session->records);
}

static void report_problem(void *context, struct error *problem)
{
	struct build_session *session = context;

	reporter_error(session->reporter, problem);
	error_free(problem);
	session->problems++;
}

static void report_warning(void *context, struct error *warning)
{
	const struct build_session *session = context;

	reporter_warning(session->reporter, warning);
	error_free(warning);
}

/* A build runs the programs that its context names. So a context that was found, not named, must
 * belong to somebody who could run programs as this user anyway. */
static int check_context(const char *path, struct error **err)
{
	struct error *error = NULL;

	if (trust_check_tree(path, &error) == 0)
		return 0;
	if (error->kind != ERROR_USAGE)
		return fail_with(err, error);
	(void)fail(err, ERROR_USAGE,
	    "the construction context '%s' is not trusted: %s; give -X '%s' to use it anyway", path,
	    error->message, path); /* always -1 */
	error_free(error);
	return -1;
}

/* Find the context: the one that was named, else the product's own. *ret is its path, NULL for the
 * built-in one. */
static int find_context(const struct build_session *session, char **ret, struct error **err)
{
	const char *named = session->options->context;
	autofree char *own = NULL;
	struct stat found;

	*ret = NULL;
	if (!named || !*named)
		named = getenv("SYSTEMCONTEXT");
	if (named && *named) {
		*ret = xstrdup(named);
		return 0;
	}
	own = xasprintf("%s/.system", session->product->path.data);
	if (lstat(own, &found) < 0)
		return errno == ENOENT || errno == ENOTDIR
			   ? 0
			   : fail_errno(err, errno, "cannot examine '%s'", own);
	if (check_context(own, err) < 0)
		return -1;
	*ret = steal(&own);
	return 0;
}

/* The variable's value, else the name that the system has for itself, in lower case. */
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
		    "no section of the construction context has the mode '%s'", request->mode);
	return 0;
}

static int make_modes(struct build_session *session, struct error **err)
{
	const struct build_session_options *options = session->options;
	struct graph *graph = &session->graph;
	struct utsname names;

	if (uname(&names) < 0)
		return fail_errno(err, errno, "cannot determine what system this is");
	session->host_system = host_name("FCI_SYSTEM", names.sysname);
	session->host_architecture = host_name("FCI_ARCHITECTURE", names.machine);
	graph->wanted = options->variants;
	graph->mode_count = options->modes->count;
	graph->modes = xcalloc(graph->mode_count, sizeof(*graph->modes));
	for (size_t i = 0; i < graph->mode_count; i++) {
		graph->modes[i].request = (struct context_request){
		    .mode = fields_at(options->modes, i).data,
		    .features = options->features,
		    .host_system = session->host_system,
		    .host_architecture = session->host_architecture,
		    .host_python = options->pythons ? options->pythons : interpreter_variant(),
		    .environment = read_environment,
		};
		if (check_mode(graph->context, &graph->modes[i].request, err) < 0)
			return -1;
	}
	return 0;
}

static int select_project(
    struct build_session *session, struct project *project, struct slice factor, struct error **err)
{
	struct graph *graph = &session->graph;
	struct workspace *workspace = graph_workspace(graph, project->product, err);
	size_t found = 0;

	if (!workspace)
		return -1;
	if (project_walk(project, err) < 0)
		return -1;
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
		*map_at(&workspace->selected, project->path) = project;
	return 0;
}

/* Warn of a target in which there is nothing to build; that may be what is meant, after its last
 * source was removed. */
static void warn_of_nothing(const struct build_session *session, const struct target *target)
{
	const char *product = target->product->path.data;
	autoerror struct error *warning = NULL;
	autostr struct str path = STR_INIT;

	path_join(&path, target->product->path,
	    target->project ? target->project->path : target->directory);
	if (target_is_product(target) || target->project)
		(void)fail(&warning, ERROR_INPUT,
		    "nothing to build: '%s' has no projects and no Python sources", str_c(&path));
	else
		(void)fail(&warning, ERROR_INPUT,
		    "nothing to build: '%s' is in the product '%s', but not in one of its projects",
		    str_c(&path), product);
	reporter_warning(session->reporter, warning);
}

static int select_target(
    struct build_session *session, const struct target *target, struct error **err)
{
	struct workspace *workspace = graph_workspace(&session->graph, target->product, err);
	size_t factors = 0;

	if (!workspace)
		return -1;
	if (session->options->prefetches)
		workspace_prefetch(workspace);
	workspace->is_whole = workspace->is_whole || target_is_product(target);
	for (size_t i = 0; i < target->product->project_count; i++) {
		struct project *project = target->product->projects[i];

		if (!target_has(target, project))
			continue;
		if (select_project(session, project, target->factor, err) < 0)
			return -1;
		factors += project->factor_count;
	}
	if (!factors)
		warn_of_nothing(session, target);
	return 0;
}

/* Whether a target is the first one of its product. */
static bool is_first_of_product(const struct build_session *session, size_t target)
{
	for (size_t i = 0; i < target; i++) {
		if (session->targets[i].product == session->targets[target].product)
			return false;
	}
	return true;
}

/* Warn of projects that an index written by hand does not list. */
static int warn_of(
    const struct build_session *session, const struct product *product, struct error **err)
{
	autofree char *index = xasprintf("%s/.product/PROJECTS", product->path.data);
	autofields struct fields unlisted = FIELDS_INIT;
	autoerror struct error *warning = NULL;
	autostr struct str names = STR_INIT;

	if (product_unlisted(product, &unlisted, err) < 0)
		return -1;
	for (size_t i = 0; i < unlisted.count && i < UNLISTED_SHOWN; i++) {
		str_adds(&names, i ? ", '" : "'");
		str_add_slice(&names, fields_at(&unlisted, i));
		str_addc(&names, '\'');
	}
	if (unlisted.count > UNLISTED_SHOWN)
		str_addf(&names, " and %zu more", unlisted.count - UNLISTED_SHOWN);
	if (!unlisted.count)
		return 0;
	(void)fail_at(&warning, index, 0, 0, NULL,
	    "index does not list %s: update it with 'kiln query --update', or silence this with "
	    "--update-index never",
	    str_c(&names)); /* always -1 */
	reporter_warning(session->reporter, warning);
	return 0;
}

static int warn_unlisted(const struct build_session *session, struct error **err)
{
	if (session->options->index != INDEX_MISSING)
		return 0;
	for (size_t i = 0; i < session->target_count; i++) {
		if (is_first_of_product(session, i) &&
		    warn_of(session, session->targets[i].product, err) < 0)
			return -1;
	}
	return 0;
}

int build_session_find(struct build_session *session, const struct build_session_options *options,
    struct reporter *reporter, struct error **err)
{
	struct factor_listener listener = {report_problem, report_warning, session};
	struct target_search search = {&session->graph.products, options->index};

	session->executor.reader = STAMP_READER_INIT;
	session->executor.image_directory_fd = -1;
	session->options = options;
	session->reporter = reporter;
	session->graph.listener = listener;
	session->graph.layout = options->layout;
	products_init(&session->graph.products, &listener);
	session->graph.products.keeps_indexes = options->index == INDEX_NEVER;
	session->graph.products.trusted = options->trusted;
	if (target_find_all(
		&search, options->targets, &session->targets, &session->target_count, err) < 0)
		return -1;
	session->product = session->targets[0].product;
	return warn_unlisted(session, err);
}

static void report_notes(struct build_session *session)
{
	const struct notes *notes = context_notes(session->graph.context);

	for (size_t i = 0; i < notes->count; i++)
		reporter_note(session->reporter, notes->items[i]);
}

int build_session_load(struct build_session *session, struct error **err)
{
	autofree char *context = NULL;

	foreign_pythons_init(&session->graph.pythons, session->options->installed);
	if (find_context(session, &context, err) < 0 ||
	    context_load(context, &session->graph.context, err) < 0)
		return -1;
	/* The built-in context has no directory. */
	if (*context_path(session->graph.context))
		session->graph.products.context = context_path(session->graph.context);
	if (session->options->is_verbose)
		report_notes(session);
	return make_modes(session, err);
}

int build_session_open(struct build_session *session, const struct build_session_options *options,
    struct reporter *reporter, struct error **err)
{
	if (build_session_find(session, options, reporter, err) < 0 ||
	    build_session_load(session, err) < 0)
		return -1;
	for (size_t i = 0; i < session->target_count; i++) {
		if (select_target(session, &session->targets[i], err) < 0)
			return -1;
	}
	return graph_complete(&session->graph, err);
}

static int compare_workspaces(const void *a, const void *b)
{
	const struct workspace *first = *(struct workspace *const *)a;
	const struct workspace *second = *(struct workspace *const *)b;

	return slice_compare(first->product->path, second->product->path);
}

/* Lock in the order of paths, which is the same for all builds: so no two wait for each other. */
static int prepare_workspaces(struct build_session *session, struct error **err)
{
	struct graph *graph = &session->graph;

	array_sort(graph->workspaces, graph->workspace_count, sizeof(*graph->workspaces),
	    compare_workspaces);
	for (size_t i = 0; i < graph->workspace_count; i++) {
		struct workspace *workspace = graph->workspaces[i];

		if (!session->options->read_only &&
		    workspace_lock(workspace, session->reporter, err) < 0)
			return -1;
		if (workspace_read_state(workspace, session->reporter, true, err) < 0)
			return -1;
	}
	return 0;
}

/* Write the indexes of the targets' products, now that no wrong target can end the build. An index
 * is not written if some projects could not be seen. */
static int write_indexes(const struct build_session *session, struct error **err)
{
	enum index_update index = session->options->index;

	for (size_t i = 0; index != INDEX_NEVER && i < session->target_count; i++) {
		const struct product *product = session->targets[i].product;

		if (product->indexed || product->is_index_current || !product->is_complete)
			continue;
		if (product_write_index(product, NULL, err) < 0)
			return -1;
	}
	return 0;
}

static size_t chunk_size(size_t count, size_t size)
{
	return (count * size + 15) / 16 * 16;
}

/* Cut an aligned chunk off the memory at *at. */
static void *take_chunk(char **at, size_t count, size_t size)
{
	void *chunk = *at;

	*at += chunk_size(count, size);
	return chunk;
}

static int map_shared(size_t size, struct shared_memory *ret, struct error **err)
{
	ret->data = mmap(NULL, size + 16, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (ret->data == MAP_FAILED) {
		ret->data = NULL;
		return fail_errno(err, errno, "cannot share memory with workers");
	}
	ret->size = size + 16;
	return 0;
}

/* The bytes for the record of a node that is not current, and for the status of its inputs. */
static size_t record_size(const struct node *node)
{
	return chunk_size(1, sizeof(struct record)) +
	       chunk_size(node->input_count, sizeof(struct record_input)) +
	       chunk_size(node->input_count, sizeof(struct input_status)) +
	       chunk_size(node->need_count, sizeof(struct record_need));
}

static void place_record(const struct node *node, struct node_status *status, char **at)
{
	status->record = take_chunk(at, 1, sizeof(*status->record));
	status->record->input_count = node->input_count;
	status->record->inputs = take_chunk(at, node->input_count, sizeof(struct record_input));
	status->inputs = take_chunk(at, node->input_count, sizeof(struct input_status));
	status->record->need_count = node->need_count;
	status->record->needs = take_chunk(at, node->need_count, sizeof(struct record_need));
}

static void decide_node(struct build_session *session, const struct node *node)
{
	const struct build_session_options *options = session->options;
	struct node_status *status = &session->executor.statuses[node->index];
	const struct map_entry *entry = map_find(&node->workspace->state.by_image, node->image);
	autoarena struct arena arena = {0};

	status->is_forced = options->forces_needs || (options->is_forced && node->is_selected);
	if (node->is_broken)
		status->outcome = OUTCOME_FAILED;
	else if (entry)
		executor_decide(&session->executor, node,
		    build_state_entry(&node->workspace->state, entry, &arena),
		    node->workspace->prefetch ? prefetch_image(node->workspace->prefetch, entry)
					      : NULL);
	else
		executor_decide(&session->executor, node, NULL, NULL);
	node->workspace->wanted += entry != NULL;
}

static int prepare_nodes(struct build_session *session, struct error **err)
{
	const struct graph *graph = &session->graph;
	size_t size = 0;
	char *at;

	for (size_t i = 0; i < graph->node_count; i++) {
		if (session->executor.statuses[i].outcome == OUTCOME_WAITING)
			size += record_size(graph->nodes[i]);
	}
	if (!size)
		return 0;
	if (map_shared(size, &session->records, err) < 0)
		return -1;
	at = session->records.data;
	for (size_t i = 0; i < graph->node_count; i++) {
		const struct node *node = graph->nodes[i];
		struct node_status *status = &session->executor.statuses[i];

		if (status->outcome != OUTCOME_WAITING)
			continue;
		place_record(node, status, &at);
		status->last = build_state_find(
		    &node->workspace->state, node->image, &session->graph.arena);
		executor_prepare(&session->executor, node);
	}
	return 0;
}

static int find_python_headers(struct slice *ret, struct error **err)
{
	autofree char *path = xasprintf("%s/Python.h", interpreter_include());

	if (access(path, R_OK) == 0)
		*ret = slice_c(interpreter_include());
	else if (errno_kind(errno) != ERROR_INPUT)
		return fail_input(err, errno, path, "cannot examine");
	return 0;
}

int build_session_decide(struct build_session *session, struct error **err)
{
	struct graph *graph = &session->graph;

	session->executor.graph = graph;
	session->executor.cache = &session->cache;
	session->executor.command_runner = (struct command_runner){
	    session->reporter, session->options->timeout};
	if (find_python_headers(&session->executor.python_include, err) < 0 ||
	    prepare_workspaces(session, err) < 0 ||
	    (!session->options->read_only && write_indexes(session, err) < 0) ||
	    map_shared(graph->node_count * sizeof(struct node_status), &session->statuses, err) < 0)
		return -1;
	session->executor.statuses = session->statuses.data;
	/* map_shared() leaves room after the statuses. */
	session->is_stopped = (_Atomic bool *)&session->executor.statuses[graph->node_count];
	for (size_t i = 0; i < graph->node_count; i++)
		decide_node(session, graph->nodes[i]);
	return prepare_nodes(session, err);
}

void build_session_record(struct build_session *session, const struct node *node)
{
	struct node_status *status = &session->executor.statuses[node->index];
	char *at;

	if (status->record)
		return;
	at = arena_zalloc(&session->graph.arena, record_size(node), 1);
	place_record(node, status, &at);
	executor_prepare(&session->executor, node);
}

int build_session_examine(
    struct build_session *session, const struct node *node, struct error **err)
{
	struct node_status *status = &session->executor.statuses[node->index];
	struct error *problem = NULL;

	if (status->outcome != OUTCOME_WAITING)
		return 0;
	for (size_t i = 0; i < node->need_count; i++) {
		enum outcome outcome = session->executor.statuses[node->needs[i]->index].outcome;

		if (outcome == OUTCOME_FAILED || outcome == OUTCOME_SKIPPED) {
			status->outcome = OUTCOME_SKIPPED;
			return 0;
		}
	}
	if (executor_examine(&session->executor, node, &problem) == 0)
		return 0;
	if (!error_is_local(problem))
		return fail_with(err, problem);
	if (!problem->path) {
		autostr struct str name = STR_INIT;

		node_name(node, &name);
		(void)fail_prefix(&problem, "%s", str_c(&name)); /* always -1 */
	}
	report_problem(session, problem);
	status->outcome = OUTCOME_FAILED;
	return 0;
}
