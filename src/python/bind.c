#include "python/delineator.h"

/* The value of an assignment on its way down to the targets. */
struct bind {
	struct delineator *delineator;
	const struct scope *scope;
	const struct binding *binding;
	expr_ty annotation;	      /* or NULL */
	const struct element *method; /* whose fields are bound; NULL while data is bound */
};

struct binding binding_at(const asdl_stmt_seq *body, Py_ssize_t index, int above)
{
	stmt_ty statement = asdl_seq_GET(body, index);

	return (struct binding){
	    .statement = statement,
	    .stretch = STRETCH(statement),
	    .next = index + 1 < asdl_seq_LEN(body) ? asdl_seq_GET(body, index + 1) : NULL,
	    .above = above,
	};
}

static bool has_star(const asdl_expr_seq *items)
{
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(items); i++) {
		if (asdl_seq_GET(items, i)->kind == Starred_kind)
			return true;
	}
	return false;
}

/* The items of a display that go to targets one by one; NULL if the numbers differ or either side
 * has a star. */
static const asdl_expr_seq *items_for(const asdl_expr_seq *targets, expr_ty value)
{
	const asdl_expr_seq *items = value ? display_items(value) : NULL;

	if (!items || asdl_seq_LEN(items) != asdl_seq_LEN(targets))
		return NULL;
	return has_star(items) || has_star(targets) ? NULL : items;
}

/* What lambdas take is said of data without an annotation. */
static void take_lambda(const struct bind *bind, struct element *element, expr_ty value)
{
	if (bind->annotation || !value || value->kind != Lambda_kind)
		return;
	element->lambda = arena_zalloc(bind->delineator->arena, 1, sizeof(*element->lambda));
	parameters_add(bind->delineator, element->lambda, value->v.Lambda.args);
}

static void describe(const struct bind *bind, struct element *element, expr_ty value)
{
	if (bind->annotation)
		delineator_add_type(bind->delineator, element, bind->annotation);
	assigned_describe(bind->delineator, value, &element->value);
	document_binding(bind->delineator, element, bind->binding);
}

static void bind_name(const struct bind *bind, expr_ty target, expr_ty value)
{
	struct delineator *delineator = bind->delineator;
	struct element *element;

	if (bind->method)
		return;
	element = scope_add(delineator, bind->scope, ELEMENT_DATA,
	    delineator_text(delineator, target->v.Name.id), &bind->binding->stretch);
	element->line = target->lineno;
	describe(bind, element, value);
	take_lambda(bind, element, value);
	if (bind->scope->container == delineator->module && export_is_all(target) &&
	    (value || !bind->annotation))
		export_set(delineator, element, value);
}

/* Whether type checkers look into a function: it has an annotation. */
static bool is_typed(const struct element *function)
{
	const struct element *child = function->first;

	while (child && child->type != ELEMENT_TYPE &&
	       !(child->type == ELEMENT_PARAMETER && child->first))
		child = child->next;
	return child != NULL;
}

/* A field is not added to the children yet: a class's fields follow its body. */
static void bind_attribute(const struct bind *bind, expr_ty target, expr_ty value)
{
	struct delineator *delineator = bind->delineator;
	expr_ty object = target->v.Attribute.value;
	struct element holder = {0};
	struct slice name;
	void **known;

	if (!bind->method || object->kind != Name_kind || !python_is(object->v.Name.id, "self"))
		return;
	name = delineator_text(delineator, target->v.Attribute.attr);
	known = map_at(bind->scope->fields, name);
	if (*known) {
		assigned_merge(delineator, value, &((struct element *)*known)->value);
		return;
	}
	*known = delineator_add(delineator, &holder, ELEMENT_FIELD, name, &bind->binding->stretch);
	holder.last->line = target->end_lineno;
	holder.last->conditional = bind->scope->conditional;
	holder.last->branch = bind->scope->branch;
	holder.last->method = bind->method->identifier;
	describe(bind, holder.last, value);
	holder.last->untyped = delineator->interface && !is_typed(bind->method);
}

static void bind_target(const struct bind *bind, expr_ty target, expr_ty value)
{
	const asdl_expr_seq *targets = display_items(target);
	const asdl_expr_seq *values = targets ? items_for(targets, value) : NULL;

	if (target->kind == Name_kind)
		bind_name(bind, target, value);
	else if (target->kind == Attribute_kind)
		bind_attribute(bind, target, value);
	else if (target->kind == Starred_kind)
		bind_target(bind, target->v.Starred.value, NULL);
	for (Py_ssize_t i = 0; targets && i < asdl_seq_LEN(targets); i++)
		bind_target(
		    bind, asdl_seq_GET(targets, i), values ? asdl_seq_GET(values, i) : NULL);
}

static void bind_all(struct bind *bind)
{
	stmt_ty statement = bind->binding->statement;
	const asdl_expr_seq *targets;

	if (statement->kind == AnnAssign_kind) {
		bind->annotation = statement->v.AnnAssign.annotation;
		bind_target(bind, statement->v.AnnAssign.target, statement->v.AnnAssign.value);
		return;
	}
	targets = statement->v.Assign.targets;
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(targets); i++)
		bind_target(bind, asdl_seq_GET(targets, i), statement->v.Assign.value);
}

void bind_data(
    struct delineator *delineator, const struct scope *scope, const struct binding *binding)
{
	struct bind bind = {delineator, scope, binding, NULL, NULL};

	bind_all(&bind);
}

bool bind_alias(
    struct delineator *delineator, const struct scope *scope, const struct binding *binding)
{
	expr_ty name, value;
	struct element *element;

	if (!version_type_alias(binding->statement, &name, &value))
		return false;
	element = scope_add(delineator, scope, ELEMENT_DATA,
	    delineator_text(delineator, name->v.Name.id), &binding->stretch);
	element->line = name->lineno;
	element->alias = true;
	delineator_add_type_parameters(delineator, element, binding->statement);
	assigned_describe_alias(delineator, value, &element->value);
	document_binding(delineator, element, binding);
	if (scope->container == delineator->module && export_is_all(name))
		export_set(delineator, element, NULL);
	return true;
}

void bind_fields(struct delineator *delineator, const struct scope *scope,
    const struct binding *binding, const struct element *method)
{
	struct bind bind = {delineator, scope, binding, NULL, method};

	bind_all(&bind);
}
