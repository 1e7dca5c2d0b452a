#include "python/region_walk.h"

/* An expression that is nested deeper is not looked into. */
#define DEPTH 50

/* Functions that take no time but that of an operation of their argument's. */
static const char *const functions[] = {"abs", "bool", "callable", "chr", "float", "getattr",
    "hasattr", "int", "isinstance", "issubclass", "len", "ord", "range", "repr", "str"};

static bool is_calm(expr_ty expression, int depth);

static bool are_calm(const asdl_expr_seq *expressions, int depth)
{
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(expressions); i++) {
		if (!is_calm(asdl_seq_GET(expressions, i), depth))
			return false;
	}
	return true;
}

static bool is_calm_call(expr_ty call, int depth)
{
	expr_ty function = call->v.Call.func;

	if (function->kind != Name_kind || asdl_seq_LEN(call->v.Call.keywords))
		return false;
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
		if (python_is(function->v.Name.id, functions[i]))
			return are_calm(call->v.Call.args, depth);
	}
	return false;
}

/* A part that may not be there. */
static bool is_calm_part(expr_ty expression, int depth)
{
	return !expression || is_calm(expression, depth);
}

static bool is_calm(expr_ty expression, int depth)
{
	if (!depth--)
		return false;
	switch (expression->kind) {
	case Constant_kind:
	case Name_kind:
		return true;
	case BoolOp_kind:
		return are_calm(expression->v.BoolOp.values, depth);
	case NamedExpr_kind:
		return is_calm(expression->v.NamedExpr.value, depth);
	case BinOp_kind:
		return is_calm(expression->v.BinOp.left, depth) &&
		       is_calm(expression->v.BinOp.right, depth);
	case UnaryOp_kind:
		return is_calm(expression->v.UnaryOp.operand, depth);
	case IfExp_kind:
		return is_calm(expression->v.IfExp.test, depth) &&
		       is_calm(expression->v.IfExp.body, depth) &&
		       is_calm(expression->v.IfExp.orelse, depth);
	case Compare_kind:
		return is_calm(expression->v.Compare.left, depth) &&
		       are_calm(expression->v.Compare.comparators, depth);
	case Attribute_kind:
		return is_calm(expression->v.Attribute.value, depth);
	case Subscript_kind:
		return is_calm(expression->v.Subscript.value, depth) &&
		       is_calm(expression->v.Subscript.slice, depth);
	case Slice_kind:
		return is_calm_part(expression->v.Slice.lower, depth) &&
		       is_calm_part(expression->v.Slice.upper, depth) &&
		       is_calm_part(expression->v.Slice.step, depth);
	case Tuple_kind:
		return are_calm(expression->v.Tuple.elts, depth);
	case List_kind:
		return are_calm(expression->v.List.elts, depth);
	case Call_kind:
		return is_calm_call(expression, depth);
	default:
		return false;
	}
}

bool calm_expression(expr_ty expression)
{
	return is_calm(expression, DEPTH);
}

bool calm_statement(stmt_ty statement)
{
	switch (statement->kind) {
	case Pass_kind:
		return true;
	case Expr_kind:
		return calm_expression(statement->v.Expr.value);
	case Assign_kind:
		return calm_expression(statement->v.Assign.value) &&
		       are_calm(statement->v.Assign.targets, DEPTH);
	case AugAssign_kind:
		return calm_expression(statement->v.AugAssign.target) &&
		       calm_expression(statement->v.AugAssign.value);
	default:
		return false;
	}
}
