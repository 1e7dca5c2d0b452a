#include "python/instrument.h"
#include "python/region_walk.h"

bool counter_is_placeholder(PyObject *constant)
{
	return python_starts_with(constant, SLICE_LITERAL(INSTRUMENT_MARK));
}

bool counter_is_one(expr_ty expression)
{
	expr_ty last;

	if (expression->kind != Compare_kind || expression->v.Compare.left->kind != Constant_kind ||
	    asdl_seq_LEN(expression->v.Compare.comparators) != 1)
		return false;
	last = asdl_seq_GET(expression->v.Compare.comparators, 0);
	return last->kind == Constant_kind && counter_is_placeholder(last->v.Constant.value);
}

bool counter_is_handler(stmt_ty statement)
{
	expr_ty type;

	if (statement->kind != Try_kind || asdl_seq_LEN(statement->v.Try.handlers) != 1)
		return false;
	type = asdl_seq_GET(statement->v.Try.handlers, 0)->v.ExceptHandler.type;
	return type && type->kind == BoolOp_kind &&
	       counter_is_one(asdl_seq_GET(type->v.BoolOp.values, 0));
}

/* The placeholder that the runtime finds in the code's constants. */
static PyObject *placeholder(struct region_walk *walk, char letter, struct slice rest)
{
	autostr struct str text = STR_INIT;
	PyObject *bytes;

	str_add(&text, INSTRUMENT_MARK, sizeof(INSTRUMENT_MARK) - 1);
	str_addc(&text, letter);
	str_add_slice(&text, rest);
	bytes = PyBytes_FromStringAndSize(text.data, (Py_ssize_t)text.len);
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

/* `0 not in PLACEHOLDER`. */
static expr_ty make_counter(
    struct region_walk *walk, char letter, struct slice rest, const struct stretch *at)
{
	asdl_expr_seq *comparators = _Py_asdl_expr_seq_new(1, walk->arena);
	asdl_int_seq *operators = _Py_asdl_int_seq_new(1, walk->arena);
	PyObject *zero = PyLong_FromLong(0); /* immortal, or kept by the interpreter */
	PyObject *bytes = placeholder(walk, letter, rest);
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

expr_ty counter_expression(
    struct region_walk *walk, char letter, int number, const struct stretch *at)
{
	char digits[16];
	int len = snprintf(digits, sizeof(digits), "%d", number);

	return make_counter(walk, letter, slice_of(digits, (size_t)len), at);
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

/* The first statement's position, and no position. */
stmt_ty counter_handler(struct region_walk *walk, asdl_stmt_seq *body, struct slice text)
{
	static const struct stretch nowhere = {-1, -1, -1, -1};
	PyArena *arena = walk->arena;
	const struct stretch first = first_in_statement(asdl_seq_GET(body, 0));
	stmt_ty last = asdl_seq_GET(body, asdl_seq_LEN(body) - 1);
	expr_ty type = make_counter(walk, 'w', text, &nowhere);
	expr_ty none = _PyAST_Tuple(_Py_asdl_expr_seq_new(0, arena), Load, -1, -1, -1, -1, arena);
	asdl_excepthandler_seq *handlers = _Py_asdl_excepthandler_seq_new(1, arena);
	asdl_expr_seq *values = _Py_asdl_expr_seq_new(2, arena);
	asdl_stmt_seq *again = block_of(walk, _PyAST_Raise(NULL, NULL, -1, -1, -1, -1, arena));
	excepthandler_ty handler = NULL;
	stmt_ty result = NULL;

	if (type && none && values) {
		asdl_seq_SET(values, 0, type);
		asdl_seq_SET(values, 1, none);
		type = _PyAST_BoolOp(Or, values, -1, -1, -1, -1, arena);
		handler = type && again
			      ? _PyAST_ExceptHandler(type, NULL, again, -1, -1, -1, -1, arena)
			      : NULL;
	}
	if (handler && handlers) {
		asdl_seq_SET(handlers, 0, handler);
		result = _PyAST_Try(body, handlers, NULL, NULL, first.line, first.column,
		    last->end_lineno, last->end_col_offset, arena);
	}
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
