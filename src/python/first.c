#include "python/region_walk.h"

/* Literals with more items are made empty first, and those with more items that are all constant
 * (CPython's compiler: STACK_USE_GUIDELINE, starunpack_helper). */
#define ITEMS_LIMIT 30
#define CONSTANTS_LIMIT 2

static bool are_constant(const asdl_expr_seq *items)
{
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(items); i++) {
		if (asdl_seq_GET(items, i)->kind != Constant_kind)
			return false;
	}
	return true;
}

/* The first item of a literal, or NULL if the literal itself is first. */
static expr_ty first_item(const asdl_expr_seq *items, bool is_tuple)
{
	Py_ssize_t count = asdl_seq_LEN(items);

	if (!count || count > ITEMS_LIMIT ||
	    ((is_tuple || count > CONSTANTS_LIMIT) && are_constant(items)))
		return NULL;
	return asdl_seq_GET(items, 0);
}

static expr_ty first_of_dictionary(expr_ty expression)
{
	const asdl_expr_seq *keys = expression->v.Dict.keys;

	if (!asdl_seq_LEN(keys) || 2 * asdl_seq_LEN(keys) > ITEMS_LIMIT)
		return NULL;
	return asdl_seq_GET(keys, 0);
}

/* A comprehension is a function of its own before CPython 3.12. */
static expr_ty first_of_comprehension(const asdl_comprehension_seq *generators)
{
	return VERSION_INLINES_COMPREHENSIONS ? asdl_seq_GET(generators, 0)->iter : NULL;
}

static expr_ty first_of_literal(expr_ty expression)
{
	switch (expression->kind) {
	case Tuple_kind:
		return first_item(expression->v.Tuple.elts, true);
	case List_kind:
		return first_item(expression->v.List.elts, false);
	case Set_kind:
		return first_item(expression->v.Set.elts, false);
	case Dict_kind:
		return first_of_dictionary(expression);
	case ListComp_kind:
		return first_of_comprehension(expression->v.ListComp.generators);
	case SetComp_kind:
		return first_of_comprehension(expression->v.SetComp.generators);
	case DictComp_kind:
		return first_of_comprehension(expression->v.DictComp.generators);
	case JoinedStr_kind:
		return first_item(expression->v.JoinedStr.values, false);
	case FormattedValue_kind:
		return expression->v.FormattedValue.value;
	default:
		return NULL;
	}
}

/* The part of an expression that is evaluated first; NULL if that is none. */
static expr_ty first_part(expr_ty expression)
{
	switch (expression->kind) {
	case BoolOp_kind:
		return asdl_seq_GET(expression->v.BoolOp.values, 0);
	case NamedExpr_kind:
		return expression->v.NamedExpr.value;
	case BinOp_kind:
		return expression->v.BinOp.left;
	case UnaryOp_kind:
		return expression->v.UnaryOp.operand;
	case IfExp_kind:
		return expression->v.IfExp.test;
	case Await_kind:
		return expression->v.Await.value;
	case Yield_kind:
		return expression->v.Yield.value;
	case YieldFrom_kind:
		return expression->v.YieldFrom.value;
	case Compare_kind:
		return expression->v.Compare.left;
	case Call_kind:
		return expression->v.Call.func;
	case Attribute_kind:
		return expression->v.Attribute.value;
	case Subscript_kind:
		return expression->v.Subscript.value;
	case Starred_kind:
		return expression->v.Starred.value;
	default:
		return first_of_literal(expression);
	}
}

struct stretch first_in_expression(expr_ty expression)
{
	expr_ty part = first_part(expression);

	for (; part; part = first_part(expression))
		expression = part;
	return STRETCH(expression);
}

/* What a definition evaluates first; constant defaults are no code. */
static expr_ty first_of_function(const asdl_expr_seq *decorators, arguments_ty arguments)
{
	if (asdl_seq_LEN(decorators))
		return asdl_seq_GET(decorators, 0);
	return first_item(arguments->defaults, true);
}

static expr_ty first_of_simple(stmt_ty statement)
{
	switch (statement->kind) {
	case Return_kind:
		return statement->v.Return.value;
	case Delete_kind:
		return asdl_seq_GET(statement->v.Delete.targets, 0);
	case Assign_kind:
		return statement->v.Assign.value;
	case AugAssign_kind:
		return statement->v.AugAssign.target;
	case AnnAssign_kind:
		return statement->v.AnnAssign.value;
	case Raise_kind:
		return statement->v.Raise.exc;
	case Assert_kind:
		return statement->v.Assert.test;
	case Expr_kind:
		return statement->v.Expr.value;
	default:
		return NULL;
	}
}

struct stretch first_in_statement(stmt_ty statement)
{
	expr_ty first;

	switch (statement->kind) {
	case FunctionDef_kind:
		first = first_of_function(
		    statement->v.FunctionDef.decorator_list, statement->v.FunctionDef.args);
		break;
	case AsyncFunctionDef_kind:
		first = first_of_function(statement->v.AsyncFunctionDef.decorator_list,
		    statement->v.AsyncFunctionDef.args);
		break;
	case ClassDef_kind:
		first = first_item(statement->v.ClassDef.decorator_list, false);
		break;
	case For_kind:
		first = statement->v.For.iter;
		break;
	case AsyncFor_kind:
		first = statement->v.AsyncFor.iter;
		break;
	case While_kind:
		first = statement->v.While.test;
		break;
	case If_kind:
		first = statement->v.If.test;
		break;
	case With_kind:
		first = asdl_seq_GET(statement->v.With.items, 0)->context_expr;
		break;
	case AsyncWith_kind:
		first = asdl_seq_GET(statement->v.AsyncWith.items, 0)->context_expr;
		break;
	case Match_kind:
		first = statement->v.Match.subject;
		break;
	default:
		first = first_of_simple(statement);
		break;
	}
	return first ? first_in_expression(first) : STRETCH(statement);
}
