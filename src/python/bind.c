#include "python/delineator.h"

/* The value of an assignment on its way down to the targets. */
struct bind {
	struct delineator *delineator;
	const struct scope *scope;
	const struct binding *binding;
	expr_ty annotation;  /* or NULL */
	struct slice method; /* element whose fields are bound; NULL while data is bound */
};

static bool is_display(expr_ty expression)
{
	return expression->kind == Tuple_kind || expression->kind == List_kind;
}

/* The items of a display; NULL if the display is empty, or the expression is no display. */
static const asdl_expr_seq *items_of(expr_ty expression)
{
	if (expression->kind == Tuple_kind)
		return expression->v.Tuple.elts;
	if (expression->kind == List_kind)
		return expression->v.List.elts;
	return NULL;
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
	const asdl_expr_seq *items = value ? items_of(value) : NULL;

	if (!items || asdl_seq_LEN(items) != asdl_seq_LEN(targets))
		return NULL;
	return has_star(items) || has_star(targets) ? NULL : items;
}

/* Append the strings of a display, or of a sum of displays; false if it has anything but strings.
 */
static bool add_names(
    struct delineator *delineator, expr_ty expression, struct texts *ret, int depth)
{
	const asdl_expr_seq *items = items_of(expression);

	if (expression->kind == BinOp_kind && expression->v.BinOp.op == Add && depth > 0)
		return add_names(delineator, expression->v.BinOp.left, ret, depth - 1) &&
		       add_names(delineator, expression->v.BinOp.right, ret, depth - 1);
	for (Py_ssize_t i = 0; items && i < asdl_seq_LEN(items); i++) {
		expr_ty item = asdl_seq_GET(items, i);

		if (item->kind != Constant_kind || !PyUnicode_Check(item->v.Constant.value))
			return false;
		texts_add(
		    ret, delineator->arena, delineator_text(delineator, item->v.Constant.value));
	}
	return is_display(expression);
}

#define SUM_DEPTH 100

static void export_all(struct delineator *delineator, expr_ty value)
{
	struct texts names = {NULL, NULL};
	struct element *module = delineator->module;

	module->has_exported = value && add_names(delineator, value, &names, SUM_DEPTH);
	module->exported = module->has_exported ? names : (struct texts){NULL, NULL};
}

static void export_more(struct delineator *delineator, expr_ty value)
{
	struct texts names = {NULL, NULL};

	if (!delineator->module->has_exported || !add_names(delineator, value, &names, SUM_DEPTH))
		return;
	texts_append(&delineator->module->exported, &names);
}

static bool is_all(expr_ty expression)
{
	return expression->kind == Name_kind && python_is(expression->v.Name.id, "__all__");
}

/* The argument of a call of __all__.extend() with one argument; NULL for any other call. */
static expr_ty extension(expr_ty call)
{
	expr_ty function;

	if (call->kind != Call_kind || asdl_seq_LEN(call->v.Call.args) != 1 ||
	    asdl_seq_LEN(call->v.Call.keywords) != 0)
		return NULL;
	function = call->v.Call.func;
	if (function->kind != Attribute_kind || !is_all(function->v.Attribute.value) ||
	    !python_is(function->v.Attribute.attr, "extend"))
		return NULL;
	return asdl_seq_GET(call->v.Call.args, 0);
}

void bind_export(struct delineator *delineator, stmt_ty statement)
{
	expr_ty more = NULL;

	if (statement->kind == Expr_kind)
		more = extension(statement->v.Expr.value);
	else if (is_all(statement->v.AugAssign.target) && statement->v.AugAssign.op == Add)
		more = statement->v.AugAssign.value;
	if (more)
		export_more(delineator, more);
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

	if (bind->method.data)
		return;
	element = scope_add(delineator, bind->scope, ELEMENT_DATA,
	    delineator_text(delineator, target->v.Name.id), &bind->binding->stretch);
	element->line = target->lineno;
	describe(bind, element, value);
	take_lambda(bind, element, value);
	if (bind->scope->container == delineator->module && is_all(target) &&
	    (value || !bind->annotation))
		export_all(delineator, value);
}

/* A field is not added to the children yet: a class's fields follow its body. */
static void bind_attribute(const struct bind *bind, expr_ty target, expr_ty value)
{
	struct delineator *delineator = bind->delineator;
	expr_ty object = target->v.Attribute.value;
	struct element holder = {0};
	struct slice name;
	void **known;

	if (!bind->method.data || object->kind != Name_kind ||
	    !python_is(object->v.Name.id, "self"))
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
	holder.last->method = bind->method;
	describe(bind, holder.last, value);
}

static void bind_target(const struct bind *bind, expr_ty target, expr_ty value)
{
	const asdl_expr_seq *targets = items_of(target);
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
	struct bind bind = {delineator, scope, binding, NULL, {NULL, 0}};

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
	if (scope->container == delineator->module && is_all(name))
		export_all(delineator, NULL);
	return true;
}

void bind_fields(struct delineator *delineator, const struct scope *scope,
    const struct binding *binding, struct slice method)
{
	struct bind bind = {delineator, scope, binding, NULL, method};

	bind_all(&bind);
}
