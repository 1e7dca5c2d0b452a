#include "base/presence.h"
#include "command/query.h"

/* Add what an image is for. */
static void describe_variant(
    struct query_output *output, const struct build_mode *mode, const struct variant *variant)
{
	json_member(&output->json, "mode", mode->request.mode);
	query_member(output, "section", variant->section);
	query_member(output, "system", variant->system);
	query_member(output, "architecture", variant->architecture);
	query_member(output, "form", variant->form);
}

static void print_variant(struct query_output *output, const struct factor *factor,
    const struct build_mode *mode, const struct variant *variant)
{
	autostr struct str type = STR_INIT;

	if (output->settings->is_json) {
		json_object(&output->json);
		query_member(output, "type", factor->type);
		query_member(output, "isolation", factor->isolation);
		describe_variant(output, mode, variant);
		query_member_bool(output, "integrates", variant->integrates);
		json_object_end(&output->json);
		return;
	}
	str_add_slice(&type, factor->type);
	if (factor->isolation.len)
		str_addf(&type, "#%s", factor->isolation.data);
	query_field(output, str_slice(&type));
	query_field(output, slice_c(mode->request.mode));
	query_field(output, variant->section);
	query_field(output, variant->system);
	query_field(output, variant->architecture);
	query_field(output, variant->form);
	query_field(output, slice_c(variant->integrates ? "integrated" : ""));
	query_line_end(output);
}

static int print_type(struct query_output *output, struct build_session *session,
    const struct factor *factor, struct error **err)
{
	struct graph *graph = &session->graph;
	struct context_type type = {factor->type, factor->isolation};
	const struct variants *variants;

	for (size_t i = 0; i < graph->mode_count; i++) {
		if (context_variants(
			graph->context, &graph->modes[i].request, &type, &variants, err) < 0)
			return -1;
		for (size_t k = 0; k < variants->count; k++)
			print_variant(output, factor, &graph->modes[i], &variants->items[k]);
	}
	return 0;
}

int query_print_variants(
    struct query_output *output, struct build_session *session, struct error **err)
{
	autofree struct factor **factors = NULL;
	autofree struct factor **types = NULL;
	size_t factor_count, count;

	if (query_factors(session, &factors, &factor_count, err) < 0)
		return -1;
	query_types(factors, factor_count, &types, &count);
	for (size_t i = 0; i < count; i++) {
		if (print_type(output, session, types[i], err) < 0)
			return -1;
	}
	return 0;
}

/* Begin an object about an image. */
static void begin_image(struct query_output *output, const struct node *node)
{
	autostr struct str name = STR_INIT;

	node_name(node, &name);
	json_object(&output->json);
	query_member(output, "product", node->workspace->product->path);
	query_member(output, "factor", str_slice(&name));
	query_member(output, "image", node->image);
}

static int describe_image(struct query_output *output, const struct node *node, struct error **err)
{
	autostr struct str work = STR_INIT;
	int there = presence_of(node->absolute.data, NULL, err);

	if (there < 0)
		return -1;
	node_work(node, &work);
	begin_image(output, node);
	query_member(output, "project", node->factor->project->path);
	query_member(output, "type", node->factor->type);
	describe_variant(output, node->mode, node->variant);
	query_member_bool(output, "exists", there);
	json_key(&output->json, "sources");
	json_array(&output->json);
	for (size_t i = 0; i < node->own_count; i++)
		json_string(&output->json, node->inputs[i].path);
	json_array_end(&output->json);
	json_key(&output->json, "requirements");
	json_array(&output->json);
	for (size_t i = 0; i < node->need_count; i++)
		json_string(&output->json, node->needs[i]->absolute);
	json_array_end(&output->json);
	query_member(output, "work-directory", str_slice(&work));
	json_object_end(&output->json);
	return 0;
}

static int print_image(struct query_output *output, const struct node *node, struct error **err)
{
	autostr struct str name = STR_INIT;

	if (output->settings->is_json)
		return describe_image(output, node, err);
	node_name(node, &name);
	query_field(output, node->absolute);
	query_field(output, str_slice(&name));
	query_field(output, node->variant->system);
	query_field(output, node->variant->architecture);
	query_field(output, node->variant->form);
	query_line_end(output);
	return 0;
}

int query_print_images(
    struct query_output *output, struct build_session *session, struct error **err)
{
	const struct graph *graph = &session->graph;

	for (size_t i = 0; i < graph->node_count; i++) {
		if (graph->nodes[i]->is_selected && print_image(output, graph->nodes[i], err) < 0)
			return -1;
	}
	return 0;
}

static void describe_command(struct query_output *output, const struct query_command *command)
{
	const struct slice none = {"", 0};

	begin_image(output, command->node);
	describe_variant(output, command->node->mode, command->node->variant);
	query_member(output, "source", command->input ? command->input->path : none);
	json_member(&output->json, "target", command->target);
	json_member(&output->json, "operation", str_c(&command->command->operation));
	query_member_bool(output, "internal", command->is_own);
	json_member(&output->json, "executable", str_c(&command->command->executable));
	query_member_fields(output, "command", &command->words);
	query_member_fields(output, "environment", &command->environment);
	query_member_bool(output, "input", command->command->input);
	query_member_bool(output, "output", command->command->output);
	json_object_end(&output->json);
}

static int print_command(void *context, const struct query_command *command, struct error **err)
{
	struct query_output *output = context;
	autostr struct str words = STR_INIT;

	(void)err; /* cannot fail */
	if (output->settings->is_json) {
		describe_command(output, command);
		return 0;
	}
	query_field(output, slice_c(command->target));
	query_field(output, str_slice(&command->command->operation));
	words_quote(&command->words, &words);
	query_field(output, str_slice(&words));
	str_truncate(&words, 0);
	words_quote(&command->environment, &words);
	query_field(output, str_slice(&words));
	query_line_end(output);
	return 0;
}

int query_print_commands(
    struct query_output *output, struct build_session *session, struct error **err)
{
	const struct graph *graph = &session->graph;

	if (build_session_decide(session, err) < 0)
		return -1;
	for (size_t i = 0; i < graph->node_count; i++) {
		const struct node *node = graph->nodes[i];
		struct error *problem = NULL;

		if (!node->is_selected || node->is_broken ||
		    query_commands(session, node, print_command, output, &problem) == 0)
			continue;
		if (!error_is_local(problem))
			return fail_with(err, problem);
		graph->listener.problem(graph->listener.context, problem);
	}
	return 0;
}

static void print_reason(
    struct query_output *output, const struct build_session *session, const struct node *node)
{
	const struct node_status *node_status = &session->executor.statuses[node->index];
	bool failed = node_status->outcome == OUTCOME_FAILED ||
		      node_status->outcome == OUTCOME_SKIPPED;
	const char *status = node_status->outcome == OUTCOME_CURRENT ? "current"
			     : failed				     ? "broken"
								     : "outdated";
	autostr struct str reason = STR_INIT;

	if (node_status->outcome == OUTCOME_SKIPPED)
		str_adds(&reason, "a requirement cannot be built");
	else if (failed)
		str_adds(&reason, "cannot be built");
	else
		executor_explain(&session->executor, node, &reason);
	if (output->settings->is_json) {
		begin_image(output, node);
		describe_variant(output, node->mode, node->variant);
		json_member(&output->json, "status", status);
		query_member(output, "reason", str_slice(&reason));
		json_object_end(&output->json);
		return;
	}
	query_field(output, node->absolute);
	query_field(output, slice_c(status));
	query_field(output, str_slice(&reason));
	query_line_end(output);
}

int query_print_reasons(
    struct query_output *output, struct build_session *session, struct error **err)
{
	const struct graph *graph = &session->graph;

	if (build_session_decide(session, err) < 0)
		return -1;
	/* The order of the graph: required nodes come first. */
	for (size_t i = 0; i < graph->node_count; i++) {
		if (build_session_examine(session, graph->nodes[i], err) < 0)
			return -1;
		if (graph->nodes[i]->is_selected)
			print_reason(output, session, graph->nodes[i]);
	}
	return 0;
}
