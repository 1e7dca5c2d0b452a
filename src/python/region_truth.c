#include "python/region_walk.h"

static bool are_constant(const asdl_expr_seq *expressions)
{
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(expressions); i++) {
		if (!truth_is_constant(asdl_seq_GET(expressions, i)))
			return false;
	}
	return true;
}

static bool is_number(expr_ty expression)
{
	return expression->kind == Constant_kind &&
	       (PyLong_Check(expression->v.Constant.value) ||
		   PyFloat_Check(expression->v.Constant.value));
}

/* Integers with which no operation below overflows. */
#define INTEGER_LIMIT (1L << 30)

#define INTEGER_DEPTH 30

/* The value of an operation on integers, which is one, within the limit. */
static bool operate(operator_ty operation, long left, long right, long *ret)
{
	switch (operation) {
	case Add:
		*ret = left + right;
		return true;
	case Sub:
		*ret = left - right;
		return true;
	case Mult:
		*ret = left * right;
		return true;
	case BitAnd:
		*ret = left & right;
		return true;
	case BitOr:
		*ret = left | right;
		return true;
	case BitXor:
		*ret = left ^ right;
		return true;
	default:
		return false;
	}
}

/* Whether an expression is made of small integers only, and its value. Sums may be nested deeper
 * than C functions can recurse: at `depth` 0 it is none. */
static bool integer_of(expr_ty expression, int depth, long *ret)
{
	long left, right;
	int overflow;

	if (expression->kind == Constant_kind && PyLong_Check(expression->v.Constant.value))
		*ret = PyLong_AsLongAndOverflow(expression->v.Constant.value, &overflow);
	else if (expression->kind != BinOp_kind || !depth ||
		 !integer_of(expression->v.BinOp.right, depth - 1, &right) ||
		 !integer_of(expression->v.BinOp.left, depth - 1, &left) ||
		 !operate(expression->v.BinOp.op, left, right, ret))
		return false;
	return *ret > -INTEGER_LIMIT && *ret < INTEGER_LIMIT;
}

bool truth_is_constant(expr_ty expression)
{
	long value;

	switch (expression->kind) {
	case Constant_kind:
		return true;
	case Name_kind:
		return python_is(expression->v.Name.id, "__debug__");
	case BinOp_kind:
		return integer_of(expression, INTEGER_DEPTH, &value);
	case UnaryOp_kind:
		return truth_is_constant(expression->v.UnaryOp.operand) &&
		       (expression->v.UnaryOp.op == Not ||
			   is_number(expression->v.UnaryOp.operand));
	case Tuple_kind:
		return are_constant(expression->v.Tuple.elts);
	default:
		return false;
	}
}

static unsigned truth_of_constant(expr_ty expression)
{
	long value = 0;
	int result;

	switch (expression->kind) {
	case Name_kind: /* at level 0, which instrumented code has */
		return TRUTH_CAN_BE_TRUE;
	case BinOp_kind:
		result = integer_of(expression, INTEGER_DEPTH, &value) && value;
		break;
	case Tuple_kind:
		result = asdl_seq_LEN(expression->v.Tuple.elts) > 0;
		break;
	case UnaryOp_kind:
		if (expression->v.UnaryOp.op == Invert)
			return TRUTH_UNKNOWN; /* only -1 gives false */
		return truth_of(expression->v.UnaryOp.operand);
	default:
		result = PyObject_IsTrue(expression->v.Constant.value);
		break;
	}
	return result ? TRUTH_CAN_BE_TRUE : TRUTH_CAN_BE_FALSE;
}

static unsigned opposite(unsigned truth)
{
	return (truth & TRUTH_CAN_BE_TRUE ? TRUTH_CAN_BE_FALSE : 0) |
	       (truth & TRUTH_CAN_BE_FALSE ? TRUTH_CAN_BE_TRUE : 0);
}

/* An operation ends at the first operand that is `decisive`. */
static unsigned truth_of_operands(const asdl_expr_seq *operands, unsigned decisive)
{
	unsigned result = 0;

	for (Py_ssize_t i = 0; i < asdl_seq_LEN(operands); i++) {
		unsigned truth = truth_of(asdl_seq_GET(operands, i));

		result |= truth & decisive;
		if (!(truth & ~decisive))
			return result;
	}
	return result | (TRUTH_UNKNOWN & ~decisive);
}

static unsigned truth_of_arms(expr_ty expression)
{
	unsigned test = truth_of(expression->v.IfExp.test);

	return (test & TRUTH_CAN_BE_TRUE ? truth_of(expression->v.IfExp.body) : 0) |
	       (test & TRUTH_CAN_BE_FALSE ? truth_of(expression->v.IfExp.orelse) : 0);
}

unsigned truth_of(expr_ty expression)
{
	if (expression->kind == BoolOp_kind)
		return truth_of_operands(expression->v.BoolOp.values,
		    expression->v.BoolOp.op == And ? TRUTH_CAN_BE_FALSE : TRUTH_CAN_BE_TRUE);
	if (expression->kind == UnaryOp_kind && expression->v.UnaryOp.op == Not)
		return opposite(truth_of(expression->v.UnaryOp.operand));
	if (expression->kind == IfExp_kind)
		return truth_of_arms(expression);
	return truth_is_constant(expression) ? truth_of_constant(expression) : TRUTH_UNKNOWN;
}

bool truth_is_irrefutable(pattern_ty pattern)
{
	asdl_pattern_seq *patterns;

	switch (pattern->kind) {
	case MatchAs_kind:
		return !pattern->v.MatchAs.pattern ||
		       truth_is_irrefutable(pattern->v.MatchAs.pattern);
	case MatchOr_kind:
		patterns = pattern->v.MatchOr.patterns;
		return truth_is_irrefutable(asdl_seq_GET(patterns, asdl_seq_LEN(patterns) - 1));
	default:
		return false;
	}
}

bool truth_takes_rest(const asdl_match_case_seq *cases)
{
	match_case_ty last = asdl_seq_GET(cases, asdl_seq_LEN(cases) - 1);

	return !last->guard && truth_is_irrefutable(last->pattern);
}
