#include "python/delineator.h"

#include "base/json.h"

/* The longest integer that data.json writes in decimal, in bits: about 100,000 digits. Conversion
 * to decimal takes time that grows with the square of the length; a longer integer is written as in
 * the source, which is as exact. */
#define BITS_LIMIT 332192

/* The value of one element while it is written. */
struct writer {
	struct delineator *delineator;
	struct json_writer json;
};

static void write_expression(struct writer *writer, expr_ty expression);

static void write_syntax(struct writer *writer, expr_ty expression)
{
	struct page *page = &writer->delineator->page;
	struct area area = page_area(page, STRETCH(expression));
	struct json_writer *json = &writer->json;

	json_object(json);
	json_member_slice(json, "syntax", page_text(page, STRETCH(expression)));
	json_key(json, "area");
	json_array(json);
	json_array(json);
	json_integer(json, area.first.line);
	json_integer(json, area.first.column);
	json_array_end(json);
	json_array(json);
	json_integer(json, area.last.line);
	json_integer(json, area.last.column);
	json_array_end(json);
	json_array_end(json);
	json_object_end(json);
}

/* An integer's decimal digits; NULL with an exception. CPython refuses integers of more than 4300
 * digits because of the time that conversion takes; here the limit is ours. */
static PyObject *digits_of(PyObject *integer)
{
	int *limit = version_digits_limit(), before = *limit;
	PyObject *digits;

	*limit = 0;
	digits = PyObject_Str(integer);
	*limit = before;
	return digits;
}

static void write_large(struct writer *writer, expr_ty expression)
{
	py_owned PyObject *digits = NULL;

	if (version_bit_count(expression->v.Constant.value) > BITS_LIMIT) {
		write_syntax(writer, expression);
		return;
	}
	digits = digits_of(expression->v.Constant.value);
	if (digits) {
		json_raw(&writer->json, delineator_text(writer->delineator, digits));
		return;
	}
	writer->delineator->failed = true;
	json_null(&writer->json);
}

static void write_integer(struct writer *writer, expr_ty expression)
{
	int overflow;
	long long number = PyLong_AsLongLongAndOverflow(expression->v.Constant.value, &overflow);

	if (overflow)
		write_large(writer, expression);
	else
		json_integer(&writer->json, number);
}

static void write_float(struct writer *writer, expr_ty expression)
{
	double number = PyFloat_AS_DOUBLE(expression->v.Constant.value);
	char *text;

	if (number - number != 0) { /* infinite */
		write_syntax(writer, expression);
		return;
	}
	text = PyOS_double_to_string(number, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
	if (!text)
		writer->delineator->failed = true;
	json_raw(&writer->json, slice_c(text ? text : "0"));
	PyMem_Free(text);
}

/* The text between the quotes of repr(). */
static void write_bytes(struct writer *writer, PyObject *bytes)
{
	py_owned PyObject *repr = PyObject_Repr(bytes);
	struct slice text = {"", 0};

	if (repr)
		text = delineator_text(writer->delineator, repr);
	else
		writer->delineator->failed = true;
	json_string(&writer->json,
	    text.len > 3 ? slice_of(text.data + 2, text.len - 3) : SLICE_LITERAL(""));
}

static void write_constant(struct writer *writer, expr_ty expression)
{
	PyObject *value = expression->v.Constant.value;

	if (value == Py_None)
		json_null(&writer->json);
	else if (PyBool_Check(value))
		json_bool(&writer->json, value == Py_True);
	else if (PyLong_Check(value))
		write_integer(writer, expression);
	else if (PyFloat_Check(value))
		write_float(writer, expression);
	else if (PyUnicode_Check(value))
		json_string(&writer->json, delineator_text(writer->delineator, value));
	else if (PyBytes_Check(value))
		write_bytes(writer, value);
	else
		write_syntax(writer, expression);
}

static void write_items(struct writer *writer, const asdl_expr_seq *items)
{
	json_array(&writer->json);
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(items); i++)
		write_expression(writer, asdl_seq_GET(items, i));
	json_array_end(&writer->json);
}

static void write_expression(struct writer *writer, expr_ty expression)
{
	if (expression->kind == Constant_kind)
		write_constant(writer, expression);
	else if (expression->kind == Tuple_kind)
		write_items(writer, expression->v.Tuple.elts);
	else if (expression->kind == List_kind)
		write_items(writer, expression->v.List.elts);
	else
		write_syntax(writer, expression);
}

static enum value_kind kind_of_constant(PyObject *value)
{
	if (value == Py_None)
		return VALUE_NULL;
	if (PyBool_Check(value))
		return VALUE_BOOL;
	if (PyLong_Check(value))
		return VALUE_INT;
	if (PyFloat_Check(value))
		return VALUE_FLOAT;
	if (PyUnicode_Check(value))
		return VALUE_STR;
	return PyBytes_Check(value) ? VALUE_BYTES : VALUE_OTHER;
}

static enum value_kind kind_of_unary(unaryop_ty operator, expr_ty operand)
{
	enum value_kind kind = VALUE_OTHER;

	if (operator== Not)
		return VALUE_BOOL;
	if (operator== USub && operand->kind == Constant_kind)
		kind = kind_of_constant(operand->v.Constant.value);
	return kind == VALUE_INT || kind == VALUE_FLOAT ? kind : VALUE_OTHER;
}

#define UNION_DEPTH 100

/* Whether an expression may be a union of types. */
static bool is_union(struct delineator *delineator, expr_ty expression, int depth)
{
	switch (expression->kind) {
	case BinOp_kind:
		return depth > 0 && expression->v.BinOp.op == BitOr &&
		       is_union(delineator, expression->v.BinOp.left, depth - 1) &&
		       is_union(delineator, expression->v.BinOp.right, depth - 1);
	case Subscript_kind:
		return delineator_dotted(delineator, expression->v.Subscript.value).len > 0;
	case Constant_kind:
		return expression->v.Constant.value == Py_None ||
		       PyUnicode_Check(expression->v.Constant.value);
	default:
		return delineator_dotted(delineator, expression).len > 0;
	}
}

static enum value_kind kind_of(
    struct delineator *delineator, expr_ty expression, struct slice *name)
{
	expr_ty named = expression;
	enum value_kind kind = VALUE_NAME;

	switch (expression->kind) {
	case Constant_kind:
		return kind_of_constant(expression->v.Constant.value);
	case UnaryOp_kind:
		return kind_of_unary(expression->v.UnaryOp.op, expression->v.UnaryOp.operand);
	case BinOp_kind:
		return is_union(delineator, expression, UNION_DEPTH) ? VALUE_UNION : VALUE_OTHER;
	case Tuple_kind:
		return VALUE_TUPLE;
	case List_kind:
	case ListComp_kind:
		return VALUE_LIST;
	case Dict_kind:
	case DictComp_kind:
		return VALUE_DICT;
	case Set_kind:
	case SetComp_kind:
		return VALUE_SET;
	case Subscript_kind:
		kind = VALUE_SUBSCRIPT;
		named = expression->v.Subscript.value;
		break;
	case Call_kind:
		kind = VALUE_CALL;
		named = expression->v.Call.func;
		break;
	default:
		break;
	}
	*name = delineator_dotted(delineator, named);
	return name->len ? kind : VALUE_OTHER;
}

void assigned_merge(struct delineator *delineator, expr_ty expression, struct value *ret)
{
	struct slice name;
	enum value_kind kind = expression ? kind_of(delineator, expression, &name) : VALUE_OTHER;

	ret->null = ret->null || kind == VALUE_NULL;
	if (ret->kind == VALUE_NULL)
		ret->kind = kind;
	else if (kind != VALUE_NULL && kind != ret->kind)
		ret->kind = VALUE_OTHER;
}

/* Take the text of an expression, and what `write` writes of it. */
static void take_value(struct delineator *delineator, expr_ty expression,
    void (*write)(struct writer *writer, expr_ty expression), struct value *ret)
{
	struct writer writer = {.delineator = delineator};
	autostr struct str text = STR_INIT;

	ret->syntax = page_text(&delineator->page, STRETCH(expression));
	if (ret->kind == VALUE_NULL)
		return;
	json_begin(&writer.json, &text);
	write(&writer, expression);
	delineator->written += text.len;
	ret->json = arena_slice(delineator->arena, str_slice(&text));
}

static bool is_full(const struct delineator *delineator)
{
	return delineator->failed || delineator->written > DELINEATION_LIMIT;
}

void assigned_describe(struct delineator *delineator, expr_ty expression, struct value *ret)
{
	*ret = (struct value){.kind = VALUE_NONE};
	if (!expression || is_full(delineator))
		return;
	ret->kind = kind_of(delineator, expression, &ret->name);
	ret->null = ret->kind == VALUE_NULL;
	take_value(delineator, expression, write_expression, ret);
}

void assigned_describe_alias(struct delineator *delineator, expr_ty expression, struct value *ret)
{
	*ret = (struct value){.kind = VALUE_OTHER};
	if (!is_full(delineator))
		take_value(delineator, expression, write_syntax, ret);
}
