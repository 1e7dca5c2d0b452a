#include "python/delineator.h"

/* Append the strings of a display, or of a sum of displays; false if it has anything but strings.
 */
static bool add_names(
    struct delineator *delineator, expr_ty expression, struct texts *ret, int depth)
{
	const asdl_expr_seq *items = display_items(expression);

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

bool export_is_all(expr_ty expression)
{
	return expression->kind == Name_kind && python_is(expression->v.Name.id, "__all__");
}

/* The parts of an __all__ while they are collected. */
struct parts {
	struct delineator *delineator;
	struct exports *exports;
};

static void add_part(const struct parts *parts, enum export_kind kind, struct slice text)
{
	struct export *part = arena_alloc(parts->delineator->arena, sizeof(*part));

	*part = (struct export){kind, text, NULL};
	if (parts->exports->last)
		parts->exports->last->next = part;
	else
		parts->exports->first = part;
	parts->exports->last = part;
}

/* The module of MODULE.__all__; empty for any other expression. */
static struct slice module_of(struct delineator *delineator, expr_ty expression)
{
	if (expression->kind != Attribute_kind ||
	    !python_is(expression->v.Attribute.attr, "__all__"))
		return SLICE_LITERAL("");
	return delineator_dotted(delineator, expression->v.Attribute.value);
}

/* The argument of list(...) or tuple(...); NULL for any other expression. */
static expr_ty converted(expr_ty expression)
{
	expr_ty function;

	if (expression->kind != Call_kind || asdl_seq_LEN(expression->v.Call.args) != 1 ||
	    asdl_seq_LEN(expression->v.Call.keywords) != 0)
		return NULL;
	function = expression->v.Call.func;
	if (function->kind != Name_kind ||
	    (!python_is(function->v.Name.id, "list") && !python_is(function->v.Name.id, "tuple")))
		return NULL;
	return asdl_seq_GET(expression->v.Call.args, 0);
}

static void add_parts(const struct parts *parts, expr_ty expression, int depth)
{
	struct delineator *delineator = parts->delineator;
	const asdl_expr_seq *items = display_items(expression);
	struct slice module = module_of(delineator, expression);
	expr_ty inner = converted(expression);

	if (module.len) {
		add_part(parts, EXPORT_MODULE, module);
	} else if (depth > 0 && expression->kind == BinOp_kind && expression->v.BinOp.op == Add) {
		add_parts(parts, expression->v.BinOp.left, depth - 1);
		add_parts(parts, expression->v.BinOp.right, depth - 1);
	} else if (depth > 0 && (inner || expression->kind == Starred_kind)) {
		add_parts(parts, inner ? inner : expression->v.Starred.value, depth - 1);
	} else if (expression->kind == Constant_kind &&
		   PyUnicode_Check(expression->v.Constant.value)) {
		add_part(
		    parts, EXPORT_NAME, delineator_text(delineator, expression->v.Constant.value));
	} else if (depth == 0 || !is_display(expression)) {
		add_part(parts, EXPORT_UNKNOWN, page_text(&delineator->page, STRETCH(expression)));
	} else {
		for (Py_ssize_t i = 0; i < asdl_seq_LEN(items); i++)
			add_parts(parts, asdl_seq_GET(items, i), depth - 1);
	}
}

/* Say whether an expression makes a tuple: the first summand decides. */
static void tell_tuple(struct delineator *delineator, expr_ty value, struct exports *ret)
{
	expr_ty first = value;

	while (first->kind == BinOp_kind && first->v.BinOp.op == Add)
		first = first->v.BinOp.left;
	ret->tuple = converted(first) ? python_is(first->v.Call.func->v.Name.id, "tuple")
				      : first->kind == Tuple_kind;
	ret->as_first = first->kind == Name_kind || module_of(delineator, first).len > 0;
}

/* What an expression gives to __all__, for interfaces. */
static void give(struct delineator *delineator, struct element *element, enum export_change change,
    expr_ty value)
{
	struct parts parts = {
	    delineator, arena_zalloc(delineator->arena, 1, sizeof(*parts.exports))};

	if (change == EXPORT_ALL && value->kind == BinOp_kind && value->v.BinOp.op == Add &&
	    export_is_all(value->v.BinOp.left)) {
		change = EXPORT_MORE;
		value = value->v.BinOp.right;
	}
	parts.exports->change = change;
	tell_tuple(delineator, value, parts.exports);
	add_parts(&parts, value, SUM_DEPTH);
	element->exports = parts.exports;
}

void export_set(struct delineator *delineator, struct element *data, expr_ty value)
{
	struct texts names = {NULL, NULL};
	struct element *module = delineator->module;

	module->has_exported = value && add_names(delineator, value, &names, SUM_DEPTH);
	module->exported_open = !module->has_exported;
	module->exported = module->has_exported ? names : (struct texts){NULL, NULL};
	if (value && delineator->interface)
		give(delineator, data, EXPORT_ALL, value);
}

static void export_more(struct delineator *delineator, expr_ty value)
{
	struct texts names = {NULL, NULL};
	struct element *module = delineator->module;

	if (module->has_exported && add_names(delineator, value, &names, SUM_DEPTH))
		texts_append(&module->exported, &names);
	else
		module->exported_open = true;
}

/* Whether an expression is a call of a method of __all__. */
static bool is_method(expr_ty call)
{
	return call->kind == Call_kind && call->v.Call.func->kind == Attribute_kind &&
	       export_is_all(call->v.Call.func->v.Attribute.value);
}

static bool calls(expr_ty call, const char *method)
{
	return python_is(call->v.Call.func->v.Attribute.attr, method) &&
	       asdl_seq_LEN(call->v.Call.args) == 1 && asdl_seq_LEN(call->v.Call.keywords) == 0;
}

static void add_change(struct delineator *delineator, const struct scope *scope, stmt_ty statement,
    enum export_change change, expr_ty value)
{
	struct stretch stretch = STRETCH(statement);

	if (delineator->interface)
		give(delineator,
		    scope_add(
			delineator, scope, ELEMENT_EXPORT, SLICE_LITERAL("__all__"), &stretch),
		    change, value);
}

void export_change(struct delineator *delineator, const struct scope *scope, stmt_ty statement)
{
	expr_ty call, first = NULL;
	bool less;

	if (statement->kind == AugAssign_kind) {
		if (!export_is_all(statement->v.AugAssign.target))
			return;
		if (statement->v.AugAssign.op == Add)
			export_more(delineator, statement->v.AugAssign.value);
		else
			delineator->module->exported_open = true;
		add_change(delineator, scope, statement, EXPORT_MORE, statement->v.AugAssign.value);
		return;
	}
	call = statement->v.Expr.value;
	if (!is_method(call))
		return;
	if (asdl_seq_LEN(call->v.Call.args))
		first = asdl_seq_GET(call->v.Call.args, 0);
	if (calls(call, "extend")) {
		export_more(delineator, first);
		add_change(delineator, scope, statement, EXPORT_MORE, first);
		return;
	}
	delineator->module->exported_open = true;
	less = calls(call, "remove");
	add_change(delineator, scope, statement, less ? EXPORT_LESS : EXPORT_MORE,
	    less || calls(call, "append") ? first : call);
}

/* Make a change of __all__ of a comment, which no statement stands for. */
static void add_remark(struct delineator *delineator, const struct scope *scope,
    const struct stretch *stretch, enum export_change change)
{
	struct parts parts = {
	    delineator, arena_zalloc(delineator->arena, 1, sizeof(*parts.exports))};
	struct element *element;

	parts.exports->change = change;
	add_part(&parts, EXPORT_UNKNOWN, page_text(&delineator->page, *stretch));
	element = scope_add(delineator, scope, ELEMENT_EXPORT, SLICE_LITERAL("__all__"), stretch);
	element->exports = parts.exports;
}

/* Take the comment behind a statement that gives __all__ names. */
static void take_remark_behind(
    struct delineator *delineator, const struct scope *scope, stmt_ty statement)
{
	struct slice line = page_line(&delineator->page, statement->end_lineno);
	struct element *last = scope->container->last;
	int end = statement->end_col_offset;
	struct stretch stretch = {
	    statement->end_lineno, end + 2, statement->end_lineno, (int)line.len};
	struct parts parts = {delineator, NULL};

	if (!last || !last->exports ||
	    !slice_is(slice_from(line, (size_t)end), "  " EXPORT_PARTLY_OPEN))
		return;
	if (last->exports->change != EXPORT_MORE) {
		add_remark(delineator, scope, &stretch, EXPORT_MORE);
		return;
	}
	parts.exports = (struct exports *)(uintptr_t)last->exports; /* of the arena */
	add_part(&parts, EXPORT_UNKNOWN, page_text(&delineator->page, stretch));
}

/* The line that a statement begins in, with its decorators, which may have strings of any lines. */
static int first_line(stmt_ty statement)
{
	const asdl_expr_seq *decorators = NULL;

	if (statement->kind == FunctionDef_kind)
		decorators = statement->v.FunctionDef.decorator_list;
	else if (statement->kind == AsyncFunctionDef_kind)
		decorators = statement->v.AsyncFunctionDef.decorator_list;
	else if (statement->kind == ClassDef_kind)
		decorators = statement->v.ClassDef.decorator_list;
	return asdl_seq_LEN(decorators) ? asdl_seq_GET(decorators, 0)->lineno : statement->lineno;
}

void export_remarks(struct delineator *delineator, const struct scope *scope,
    const asdl_stmt_seq *body, Py_ssize_t index, int above)
{
	const struct page *page = &delineator->page;
	bool behind = index == asdl_seq_LEN(body);
	int end = behind ? page_lines(page) + 1 : first_line(asdl_seq_GET(body, index));
	size_t column = 0;

	if (asdl_seq_LEN(body))
		column = (size_t)asdl_seq_GET(body, 0)->col_offset;
	if (index > 0) {
		above = later(above, asdl_seq_GET(body, index - 1)->end_lineno);
		take_remark_behind(delineator, scope, asdl_seq_GET(body, index - 1));
	}
	for (int number = above + 1; number < end; number++) {
		struct slice line = page_line(page, number);
		size_t blank = 0;

		while (blank < line.len && line.data[blank] == ' ')
			blank++;
		if (blank == column && slice_is(slice_from(line, blank), EXPORT_OPEN))
			add_remark(delineator, scope,
			    &(struct stretch){number, (int)blank, number, (int)line.len},
			    EXPORT_ALL);
		else if (behind)
			break;
	}
}
