#include "python/delineator.h"

#include "python/visit.h"

static bool is_name(expr_ty expression, const char *name)
{
	return expression->kind == Name_kind && python_is(expression->v.Name.id, name);
}

/* A statement whose names are looked for. */
struct names {
	struct delineator *delineator;
	const struct scope *scope;
	stmt_ty statement;
};

static void add_name(const struct names *names, enum element_type type, PyObject *name,
    const struct stretch *stretch)
{
	struct delineator *delineator = names->delineator;

	scope_add(delineator, names->scope, type, delineator_text(delineator, name), stretch);
}

static void add_target(const struct names *names, expr_ty expression)
{
	struct stretch stretch = STRETCH(expression);

	if (expression->v.Name.ctx == Store)
		add_name(names, ELEMENT_DATA, expression->v.Name.id, &stretch);
	else if (expression->v.Name.ctx == Del)
		add_name(names, ELEMENT_GONE, expression->v.Name.id, &stretch);
}

static void add_handler(const struct names *names, excepthandler_ty handler)
{
	struct stretch stretch = STRETCH(handler);

	if (!handler->v.ExceptHandler.name)
		return;
	add_name(names, ELEMENT_DATA, handler->v.ExceptHandler.name, &stretch);
	names->scope->container->last->gone = true;
}

static void add_pattern(const struct names *names, pattern_ty pattern)
{
	struct stretch stretch = STRETCH(pattern);
	PyObject *name = NULL;

	if (pattern->kind == MatchAs_kind)
		name = pattern->v.MatchAs.name;
	else if (pattern->kind == MatchStar_kind)
		name = pattern->v.MatchStar.name;
	else if (pattern->kind == MatchMapping_kind)
		name = pattern->v.MatchMapping.rest;
	if (name)
		add_name(names, ELEMENT_DATA, name, &stretch);
}

/* What lambdas and comprehensions bind is theirs. */
static bool look_at(enum node_type_name type, void *node, void *context)
{
	const struct names *names = context;
	expr_ty expression = node;

	switch (type) {
	case NODE_STATEMENT:
		return node == names->statement;
	case NODE_COMPREHENSION:
		return false;
	case NODE_HANDLER:
		add_handler(names, node);
		return true;
	case NODE_PATTERN:
		add_pattern(names, node);
		return true;
	case NODE_EXPRESSION:
		if (expression->kind == Name_kind)
			add_target(names, expression);
		return expression->kind != Lambda_kind;
	default:
		return true;
	}
}

/* Whether one of the handlers is for NameError. */
static bool handles_absence(const asdl_excepthandler_seq *handlers)
{
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(handlers); i++) {
		expr_ty type = asdl_seq_GET(handlers, i)->v.ExceptHandler.type;

		if (type && is_name(type, "NameError"))
			return true;
	}
	return false;
}

void interface_take_back(
    struct delineator *delineator, const struct scope *scope, stmt_ty statement)
{
	const asdl_stmt_seq *body = statement->v.Try.body;
	struct names names = {delineator, scope, statement};
	struct stretch stretch = STRETCH(statement);

	if (!handles_absence(statement->v.Try.handlers))
		return;
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(body); i++) {
		stmt_ty one = asdl_seq_GET(body, i);

		if (one->kind != Expr_kind || one->v.Expr.value->kind != Name_kind)
			continue;
		add_name(&names, ELEMENT_GONE, one->v.Expr.value->v.Name.id, &stretch);
		scope->container->last->gone = true;
	}
}

/* sys.NAME */
static bool is_of_sys(expr_ty expression, const char *name)
{
	return expression->kind == Attribute_kind &&
	       is_name(expression->v.Attribute.value, "sys") &&
	       python_is(expression->v.Attribute.attr, name);
}

/* sys.platform == ..., or != ..., and sys.version_info, an item or a slice of it, also < ... */
static bool is_comparison(expr_ty test)
{
	expr_ty left = test->v.Compare.left;
	cmpop_ty sign = asdl_seq_GET(test->v.Compare.ops, 0);

	if (asdl_seq_LEN(test->v.Compare.ops) != 1)
		return false;
	if (is_of_sys(left, "platform"))
		return sign == Eq || sign == NotEq;
	if (left->kind == Subscript_kind)
		left = left->v.Subscript.value;
	return is_of_sys(left, "version_info") && sign <= GtE;
}

/* sys.platform.startswith(...) */
static bool is_start(expr_ty call)
{
	expr_ty function = call->v.Call.func;

	return function->kind == Attribute_kind &&
	       python_is(function->v.Attribute.attr, "startswith") &&
	       is_of_sys(function->v.Attribute.value, "platform");
}

static bool is_known(expr_ty expression)
{
	if (expression->kind == Attribute_kind)
		return python_is(expression->v.Attribute.attr, "TYPE_CHECKING");
	if (expression->kind == Constant_kind)
		return PyBool_Check(expression->v.Constant.value);
	return is_name(expression, "TYPE_CHECKING");
}

/* The typing specification's "Version and platform checking". Longer conditions than this nobody
 * writes. */
#define TEST_DEPTH 50

static bool is_decided(expr_ty test, int depth)
{
	const asdl_expr_seq *parts;

	if (depth == 0)
		return false;
	if (test->kind == UnaryOp_kind)
		return test->v.UnaryOp.op == Not && is_decided(test->v.UnaryOp.operand, depth - 1);
	if (test->kind == Compare_kind)
		return is_comparison(test);
	if (test->kind == Call_kind)
		return is_start(test);
	if (test->kind != BoolOp_kind)
		return is_known(test);
	parts = test->v.BoolOp.values;
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(parts); i++) {
		if (!is_decided(asdl_seq_GET(parts, i), depth - 1))
			return false;
	}
	return true;
}

/* An assertion that says for which platforms or versions the module is. */
static void add_assertion(
    struct delineator *delineator, const struct scope *scope, stmt_ty statement)
{
	expr_ty test = statement->v.Assert.test;
	struct stretch stretch = STRETCH(statement);

	if (scope->container != delineator->module || scope->conditional ||
	    !is_decided(test, TEST_DEPTH))
		return;
	scope_add(delineator, scope, ELEMENT_ASSERT, SLICE_LITERAL("assert"), &stretch)->syntax =
	    page_text(&delineator->page, STRETCH(test));
}

void interface_add(struct delineator *delineator, const struct scope *scope, stmt_ty statement)
{
	struct names names = {delineator, scope, statement};
	const struct visitor visitor = {.enter = look_at, .context = &names};
	expr_ty name, value;

	if (version_type_alias(statement, &name, &value))
		return;
	if (statement->kind == Assign_kind)
		visit_nodes(&visitor, NODE_EXPRESSION, statement->v.Assign.value);
	else if (statement->kind == AugAssign_kind)
		visit_nodes(&visitor, NODE_EXPRESSION, statement->v.AugAssign.value);
	else if (statement->kind == AnnAssign_kind)
		visit_nodes(&visitor, NODE_EXPRESSION, statement->v.AnnAssign.value);
	else
		visit_nodes(&visitor, NODE_STATEMENT, statement);
	if (statement->kind == Assert_kind)
		add_assertion(delineator, scope, statement);
}

/* __name__ == '__main__' */
static bool is_main(expr_ty test)
{
	expr_ty right;

	if (test->kind != Compare_kind || asdl_seq_LEN(test->v.Compare.ops) != 1 ||
	    asdl_seq_GET(test->v.Compare.ops, 0) != Eq ||
	    !is_name(test->v.Compare.left, "__name__"))
		return false;
	right = asdl_seq_GET(test->v.Compare.comparators, 0);
	return right->kind == Constant_kind && PyUnicode_Check(right->v.Constant.value) &&
	       python_is(right->v.Constant.value, "__main__");
}

void interface_judge(expr_ty test, struct branch *ret)
{
	ret->decided = is_decided(test, TEST_DEPTH);
	ret->main = is_main(test);
}
