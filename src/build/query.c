#include "build/query.h"

/* A list of pointers, each once, in the order in which they were added. */
struct collection {
	struct arena arena;
	struct map known;
	struct str items;
};

static void collection_release(struct collection *collection)
{
	arena_release(&collection->arena);
	map_release(&collection->known);
	str_release(&collection->items);
}

static void collection_add(struct collection *collection, struct slice key, const void *item)
{
	if (map_get(&collection->known, key))
		return;
	key.data = arena_copy(&collection->arena, key);
	*map_at(&collection->known, key) = collection;
	str_add(&collection->items, &item, sizeof(item));
}

/* Add an item whose address is its key. */
static void collection_add_pointer(struct collection *collection, const void *item)
{
	collection_add(collection, slice_of((const char *)&item, sizeof(item)), item);
}

static size_t collection_take(struct collection *collection, void *ret)
{
	size_t count = collection->items.len / sizeof(void *);

	*(void **)ret = str_take(&collection->items);
	return count;
}

static int add_connections(
    struct collection *collection, const struct product *product, struct error **err)
{
	for (size_t i = 0; i < product->connection_count; i++) {
		struct product *connected;

		if (product_connected(product, i, &connected, err) < 0)
			return -1;
		if (connected)
			collection_add_pointer(collection, connected);
	}
	return 0;
}

int query_products(
    struct build_session *session, struct product ***ret, size_t *ret_count, struct error **err)
{
	CLEANUP(collection_release) struct collection collection = {0};

	for (size_t i = 0; i < session->target_count; i++)
		collection_add_pointer(&collection, session->targets[i].product);
	for (size_t i = 0; i < session->target_count; i++) {
		if (add_connections(&collection, session->targets[i].product, err) < 0)
			return -1;
	}
	*ret_count = collection_take(&collection, ret);
	return 0;
}

void query_projects(const struct build_session *session, struct project ***ret, size_t *ret_count)
{
	CLEANUP(collection_release) struct collection collection = {0};

	for (size_t i = 0; i < session->target_count; i++) {
		const struct target *target = &session->targets[i];

		for (size_t k = 0; k < target->product->project_count; k++) {
			if (target_has(target, target->product->projects[k]))
				collection_add_pointer(&collection, target->product->projects[k]);
		}
	}
	*ret_count = collection_take(&collection, ret);
}

static int add_factors(
    struct collection *collection, struct project *project, struct slice path, struct error **err)
{
	bool found = false;

	if (project_walk(project, err) < 0)
		return -1;
	for (size_t i = 0; i < project->factor_count; i++) {
		if (!factor_is_below(project->factors[i], path))
			continue;
		found = true;
		collection_add_pointer(collection, project->factors[i]);
	}
	if (path.len && !found)
		return fail(err, ERROR_USAGE, "the project '%s' has no factor '%s'",
		    project->path.data, path.data);
	return 0;
}

int query_factors(const struct build_session *session, struct factor ***ret, size_t *ret_count,
    struct error **err)
{
	CLEANUP(collection_release) struct collection collection = {0};

	for (size_t i = 0; i < session->target_count; i++) {
		const struct target *target = &session->targets[i];

		for (size_t k = 0; k < target->product->project_count; k++) {
			struct project *project = target->product->projects[k];

			if (target_has(target, project) &&
			    add_factors(&collection, project, target->factor, err) < 0)
				return -1;
		}
	}
	*ret_count = collection_take(&collection, ret);
	return 0;
}

void query_types(
    struct factor *const *factors, size_t count, struct factor ***ret, size_t *ret_count)
{
	CLEANUP(collection_release) struct collection collection = {0};
	autostr struct str key = STR_INIT;

	for (size_t i = 0; i < count; i++) {
		str_truncate(&key, 0);
		str_add_slice(&key, factors[i]->type);
		str_addc(&key, '#');
		str_add_slice(&key, factors[i]->isolation);
		collection_add(&collection, str_slice(&key), factors[i]);
	}
	*ret_count = collection_take(&collection, ret);
}

static int visit_command(struct build_session *session, struct query_command *command,
    int (*visit)(void *context, const struct query_command *command, struct error **err),
    void *context, struct error **err)
{
	const struct node *node = command->node;
	struct context_type type = {node->factor->type, node->factor->isolation};
	autofields struct fields names = FIELDS_INIT;
	size_t skip;

	fields_truncate(&command->environment, 0);
	fields_truncate(&command->words, 0);
	command_words(command->command, &command->words);
	command->is_own = command_is_own(command->command, &skip);
	if (command->is_own)
		return visit(context, command, err);
	if (context_environment(session->graph.context, &node->mode->request, node->variant, &type,
		&names, err) < 0)
		return -1;
	command_environment(command->command, &names, false, &command->environment);
	return visit(context, command, err);
}

static void query_command_release(struct query_command *command)
{
	fields_release(&command->environment);
	fields_release(&command->words);
}

int query_commands(struct build_session *session, const struct node *node,
    int (*visit)(void *context, const struct query_command *command, struct error **err),
    void *context, struct error **err)
{
	struct executor *executor = &session->executor;
	CLEANUP(query_command_release) struct query_command command = {.node = node};
	autostr struct str unit = STR_INIT;
	bool present;

	command.command = &executor->command;
	build_session_record(session, node);
	for (size_t i = 0; i < node->own_count; i++) {
		present = false;
		if (node->inputs[i].source->format &&
		    executor_compose(executor, node, i, &executor->command, &present, err) < 0)
			return -1;
		/* The image's command gets the units of these inputs. */
		executor->statuses[node->index].record->inputs[i].has_unit = present;
		if (!present)
			continue;
		str_truncate(&unit, 0);
		node_unit(node, i, &unit);
		command.input = &node->inputs[i];
		command.target = str_c(&unit);
		if (visit_command(session, &command, visit, context, err) < 0)
			return -1;
	}
	if (executor_compose(executor, node, SIZE_MAX, &executor->command, &present, err) < 0)
		return -1;
	if (!present)
		return fail(err, ERROR_INPUT, "the construction context has no command for this");
	command.input = NULL;
	command.target = node->absolute.data;
	return visit_command(session, &command, visit, context, err);
}
