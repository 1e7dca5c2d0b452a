/* Commands, as the construction context composes them for a node (for executor.h). */
#include "build/executor.h"

int executor_compose(struct executor *executor, const struct node *node, size_t input,
    struct context_command *ret, bool *ret_present, struct error **err)
{
	bool translates = input != SIZE_MAX;
	const struct node_input *source = translates ? &node->inputs[input] : NULL;
	struct factor *factor = translates ? source->factor : node->factor;
	const struct format *format = translates ? source->source->format : NULL;
	const struct node_status *status = &executor->statuses[node->index];
	autofields struct fields units = FIELDS_INIT;
	autostr struct str unit = STR_INIT;
	autostr struct str work = STR_INIT;
	struct factor_view view = {
	    .factor = factor,
	    .variant = {node->variant->system, node->variant->architecture, node->variant->form},
	    .layout = executor->graph->layout,
	    .source = translates ? source->source : NULL,
	    .units = &units,
	    .context = slice_c(context_path(executor->graph->context)),
	    .python_include = executor->python_include,
	};
	struct context_subject subject = {
	    .type = {factor->type, factor->isolation},
	    .language = format ? format->language : SLICE_LITERAL(""),
	    .dialect = format ? format->dialect : SLICE_LITERAL(""),
	    .query = factor_answer,
	    .query_context = &view,
	};

	node_work(node, &work);
	view.work = str_slice(&work);
	for (size_t i = 0; i < node->own_count; i++) {
		if (translates ? i != input : !status->record->inputs[i].has_unit)
			continue;
		str_truncate(&unit, 0);
		node_unit(node, i, &unit);
		fields_add(&units, str_slice(&unit));
	}
	return context_command(executor->graph->context, &node->mode->request, node->variant,
	    translates ? PHASE_TRANSLATE : PHASE_RENDER, &subject, ret, ret_present, err);
}

int executor_compose_unit(struct executor *executor, const struct node *node, size_t input,
    bool *ret_present, struct error **err)
{
	*ret_present = false;
	if (!node->inputs[input].source->format)
		return 0;
	return executor_compose(executor, node, input, &executor->command, ret_present, err);
}

int executor_compose_image(struct executor *executor, const struct node *node, struct error **err)
{
	bool present;

	if (executor_compose(executor, node, SIZE_MAX, &executor->command, &present, err) < 0)
		return -1;
	if (!present)
		return fail(err, ERROR_INPUT, "the construction context has no command for this");
	return 0;
}
