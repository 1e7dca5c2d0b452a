#include "context/parts.h"

/* The asker of an adapter's vector. */
struct asker {
	const struct context_request *request;
	const struct context_subject *subject;
	const struct mechanism *mechanism;
};

static int answer(
    void *context, struct slice name, struct fields *ret, bool *known, struct error **err)
{
	const struct context_subject *subject = ((const struct asker *)context)->subject;

	return subject->query ? subject->query(subject->query_context, name, ret, known, err) : 0;
}

static const char *variable(void *context, const char *name)
{
	const struct asker *asker = context;

	if (!asker->request->environment ||
	    !fields_have(&asker->mechanism->environment, slice_c(name)))
		return NULL;
	return asker->request->environment(asker->request->environment_context, name);
}

/* Whether the command uses a stream: `used` is the stream's word, "-" means that it does not. */
static int take_stream(struct slice field, const char *used, bool *ret, struct error **err)
{
	*ret = slice_is(field, used);
	if (*ret || slice_is(field, "-"))
		return 0;
	return fail(
	    err, ERROR_USAGE, "'%.*s' is neither '-' nor '%s'", (int)field.len, field.data, used);
}

static int take_composed(
    const struct fields *composed, struct context_command *ret, struct error **err)
{
	if (composed->count < 3)
		return fail(err, ERROR_USAGE,
		    "an adapter must begin with an operation, standard input and standard output");
	str_add_slice(&ret->operation, fields_at(composed, 0));
	if (take_stream(fields_at(composed, 1), "input", &ret->input, err) < 0 ||
	    take_stream(fields_at(composed, 2), "output", &ret->output, err) < 0)
		return -1;
	for (size_t i = 3; i < composed->count; i++)
		fields_add(&ret->arguments, fields_at(composed, i));
	return 0;
}

static void take_plan(const struct execution *plan, struct context_command *ret)
{
	fields_add_all(&ret->environment, &plan->environment);
	str_add_slice(&ret->executable, str_slice(&plan->executable));
	fields_add_all(&ret->plan_arguments, &plan->arguments);
}

static void clear(struct context_command *command)
{
	fields_truncate(&command->environment, 0);
	str_truncate(&command->executable, 0);
	fields_truncate(&command->plan_arguments, 0);
	str_truncate(&command->operation, 0);
	fields_truncate(&command->arguments, 0);
}

static int compose(struct context *context, struct asker *asker, struct error **err)
{
	const struct situation *situation = &asker->mechanism->situation;
	const struct composition composition = {&situation->conclusions, &situation->constants,
	    situation->values, answer, variable, asker};

	fields_truncate(&context->composed, 0);
	return vectors_compose(asker->mechanism->vectors, asker->mechanism->adapter, &composition,
	    &context->composed, err);
}

static int find_mechanism(struct context *context, const struct context_request *request,
    const struct variant *variant, enum context_phase phase, const struct context_subject *subject,
    const struct mechanism **ret, struct error **err)
{
	const struct slice none = {NULL, 0};
	bool translate = phase == PHASE_TRANSLATE;

	return mechanism_get(context, request, variant, phase, &subject->type,
	    translate ? subject->language : none, translate ? subject->dialect : none, ret, err);
}

int context_has_command(struct context *context, const struct context_request *request,
    const struct variant *variant, enum context_phase phase, const struct context_subject *subject,
    bool *ret, struct error **err)
{
	const struct mechanism *mechanism;

	if (find_mechanism(context, request, variant, phase, subject, &mechanism, err) < 0)
		return -1;
	*ret = mechanism->present;
	return 0;
}

int context_command(struct context *context, const struct context_request *request,
    const struct variant *variant, enum context_phase phase, const struct context_subject *subject,
    struct context_command *ret, bool *ret_present, struct error **err)
{
	struct asker asker = {request, subject, NULL};

	clear(ret);
	if (find_mechanism(context, request, variant, phase, subject, &asker.mechanism, err) < 0)
		return -1;
	*ret_present = asker.mechanism->present;
	if (!*ret_present)
		return 0;
	if (compose(context, &asker, err) < 0)
		return -1;
	take_plan(asker.mechanism->plan, ret);
	if (take_composed(&context->composed, ret, err) < 0)
		return fail_prefix(err, "section '%s', vector '%s'", variant->section.data,
		    asker.mechanism->adapter.data);
	return 0;
}

void context_command_release(struct context_command *command)
{
	fields_release(&command->environment);
	str_release(&command->executable);
	fields_release(&command->plan_arguments);
	str_release(&command->operation);
	fields_release(&command->arguments);
}

int context_environment(struct context *context, const struct context_request *request,
    const struct variant *variant, const struct context_type *type, struct fields *ret,
    struct error **err)
{
	const struct slice none = {NULL, 0};
	const struct mechanism *render;

	if (mechanism_get(context, request, variant, PHASE_RENDER, type, none, none, &render, err) <
	    0)
		return -1;
	fields_add_all(ret, &render->environment);
	return 0;
}
