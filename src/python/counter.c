#include "python/instrument.h"
#include "python/region_walk.h"

bool counter_is_placeholder(PyObject *constant)
{
	return python_starts_with(constant, SLICE_LITERAL(INSTRUMENT_MARK));
}

/* The placeholder that the runtime finds in the code's constants. */
static PyObject *placeholder(struct region_walk *walk, char letter, int number)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "_fi_%c%c%d", 0, letter, number);
	PyObject *bytes = PyBytes_FromStringAndSize(text, len);

	if (bytes && _PyArena_AddPyObject(walk->arena, bytes) == 0)
		return bytes;
	Py_XDECREF(bytes);
	return NULL;
}

static expr_ty make_constant(struct region_walk *walk, PyObject *value, const struct stretch *at)
{
	return _PyAST_Constant(
	    value, NULL, at->line, at->column, at->end_line, at->end_column, walk->arena);
}

expr_ty counter_expression(
    struct region_walk *walk, char letter, int number, const struct stretch *at)
{
	asdl_expr_seq *comparators = _Py_asdl_expr_seq_new(1, walk->arena);
	asdl_int_seq *operators = _Py_asdl_int_seq_new(1, walk->arena);
	PyObject *zero = PyLong_FromLong(0); /* immortal, or kept by the interpreter */
	PyObject *bytes = placeholder(walk, letter, number);
	expr_ty counter = bytes ? make_constant(walk, bytes, at) : NULL;
	expr_ty left = zero ? make_constant(walk, zero, at) : NULL;
	expr_ty result = NULL;

	Py_XDECREF(zero);
	if (comparators && operators && counter && left) {
		asdl_seq_SET(comparators, 0, counter);
		asdl_seq_SET(operators, 0, NotIn);
		result = _PyAST_Compare(left, operators, comparators, at->line, at->column,
		    at->end_line, at->end_column, walk->arena);
	}
	walk->failed = walk->failed || !result;
	return result;
}

stmt_ty counter_statement(
    struct region_walk *walk, char letter, int number, const struct stretch *at)
{
	expr_ty counter = counter_expression(walk, letter, number, at);
	stmt_ty result = counter ? _PyAST_Expr(counter, at->line, at->column, at->end_line,
				       at->end_column, walk->arena)
				 : NULL;

	walk->failed = walk->failed || !result;
	return result;
}

static asdl_stmt_seq *block_of(struct region_walk *walk, stmt_ty statement)
{
	asdl_stmt_seq *result = statement ? _Py_asdl_stmt_seq_new(1, walk->arena) : NULL;

	if (result)
		asdl_seq_SET(result, 0, statement);
	walk->failed = walk->failed || !result;
	return result;
}

asdl_stmt_seq *counter_block(struct region_walk *walk, int number, const struct stretch *at)
{
	return block_of(walk, counter_statement(walk, 'c', number, at));
}

match_case_ty counter_case(
    struct region_walk *walk, int number, const struct stretch *at, bool is_last)
{
	pattern_ty any = _PyAST_MatchAs(
	    NULL, NULL, at->line, at->column, at->end_line, at->end_column, walk->arena);
	expr_ty guard = is_last ? NULL : counter_expression(walk, 'c', number, at);
	asdl_stmt_seq *body = is_last
				  ? counter_block(walk, number, at)
				  : block_of(walk, _PyAST_Pass(at->line, at->column, at->end_line,
						       at->end_column, walk->arena));
	match_case_ty result = any && body && (guard || is_last)
				   ? _PyAST_match_case(any, guard, body, walk->arena)
				   : NULL;

	walk->failed = walk->failed || !result;
	return result;
}

/* What is evaluated first in a conditional expression or operation: to count there does not nest
 * the rest of a long chain deeper. */
static expr_ty *first_of(expr_ty *slot)
{
	for (;;) {
		expr_ty *first;

		if ((*slot)->kind == IfExp_kind)
			first = &(*slot)->v.IfExp.test;
		else if ((*slot)->kind == BoolOp_kind)
			first = &(*slot)->v.BoolOp.values->typed_elements[0];
		else
			return slot;
		if (truth_is_constant(*first))
			return slot;
		slot = first;
	}
}

void counter_wrap(struct region_walk *walk, expr_ty *slot, int number)
{
	expr_ty *first = first_of(slot);
	const struct stretch at = STRETCH(*first);
	expr_ty counter = counter_expression(walk, 'c', number, &at);

	if (counter)
		counter_precede(walk, first, counter);
}

void counter_precede(struct region_walk *walk, expr_ty *slot, expr_ty counter)
{
	const struct stretch at = STRETCH(*slot);
	asdl_expr_seq *values = _Py_asdl_expr_seq_new(2, walk->arena);
	expr_ty result = NULL;

	if (values) {
		asdl_seq_SET(values, 0, counter);
		asdl_seq_SET(values, 1, *slot);
		result = _PyAST_BoolOp(
		    Or, values, at.line, at.column, at.end_line, at.end_column, walk->arena);
	}
	if (result)
		*slot = result;
	walk->failed = walk->failed || !result;
}
