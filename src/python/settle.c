#include "python/region_walk.h"
#include "python/visit.h"

/* CPython 3.11 evaluates the parts of a condition one by one and goes to where they lead. What it
 * does then, such as to raise an AssertionError or to ask a value for its truth, has the position
 * of the last comparison in the condition, or that of the statement. Counters are comparisons. */

static void place(expr_ty expression, const struct stretch *at)
{
	expression->lineno = at->line;
	expression->col_offset = at->column;
	expression->end_lineno = at->end_line;
	expression->end_col_offset = at->end_column;
}

/* `at` is the position that follows without counters. The first counter keeps its own if it is of
 * another line, which a tracer would see. */
static void settle(expr_ty expression, struct stretch *at, bool is_first)
{
	asdl_expr_seq *operands;

	switch (expression->kind) {
	case UnaryOp_kind:
		if (expression->v.UnaryOp.op == Not)
			settle(expression->v.UnaryOp.operand, at, is_first);
		break;
	case BoolOp_kind:
		operands = expression->v.BoolOp.values;
		for (Py_ssize_t i = 0; i < asdl_seq_LEN(operands); i++)
			settle(asdl_seq_GET(operands, i), at, is_first && i == 0);
		break;
	case IfExp_kind:
		settle(expression->v.IfExp.test, at, is_first);
		settle(expression->v.IfExp.body, at, false);
		settle(expression->v.IfExp.orelse, at, false);
		break;
	case Compare_kind:
		if (!counter_is_one(expression)) {
			*at = STRETCH(expression);
		} else if (!is_first || expression->lineno == at->line) {
			place(expression, at);
			place(expression->v.Compare.left, at);
			place(asdl_seq_GET(expression->v.Compare.comparators, 0), at);
		}
		break;
	default:
		break;
	}
}

static void settle_statement(stmt_ty statement)
{
	struct stretch at = STRETCH(statement);

	if (statement->kind == If_kind)
		settle(statement->v.If.test, &at, true);
	else if (statement->kind == While_kind)
		settle(statement->v.While.test, &at, true);
	else if (statement->kind == Assert_kind)
		settle(statement->v.Assert.test, &at, true);
}

static void settle_generators(expr_ty expression, const asdl_comprehension_seq *generators)
{
	struct stretch at = STRETCH(expression);

	for (Py_ssize_t i = 0; i < asdl_seq_LEN(generators); i++) {
		const asdl_expr_seq *conditions = asdl_seq_GET(generators, i)->ifs;

		for (Py_ssize_t j = 0; j < asdl_seq_LEN(conditions); j++)
			settle(asdl_seq_GET(conditions, j), &at, true);
	}
}

static void settle_expression(expr_ty expression)
{
	struct stretch at = STRETCH(expression);

	switch (expression->kind) {
	case IfExp_kind:
		settle(expression->v.IfExp.test, &at, true);
		break;
	case ListComp_kind:
		settle_generators(expression, expression->v.ListComp.generators);
		break;
	case SetComp_kind:
		settle_generators(expression, expression->v.SetComp.generators);
		break;
	case DictComp_kind:
		settle_generators(expression, expression->v.DictComp.generators);
		break;
	case GeneratorExp_kind:
		settle_generators(expression, expression->v.GeneratorExp.generators);
		break;
	default:
		break;
	}
}

static void settle_node(enum node_type_name type, void *node, void *context)
{
	(void)context;
	if (type == NODE_STATEMENT)
		settle_statement(node);
	else if (type == NODE_EXPRESSION)
		settle_expression(node);
}

void counters_settle(mod_ty module)
{
	/* A condition decides for those in it, which come first. */
	const struct visitor visitor = {.leave = settle_node};

	if (VERSION_COMPARISONS_MOVE)
		visit_nodes(&visitor, NODE_MODULE, module);
}
