#include "python/region_walk.h"
#include "python/visit.h"

/* A source may have a constant that looks like that of a counter. The runtime must not replace it,
 * and equal constants of a code object are one: so the code makes its own, `b"%b%b" % (b"_fi_",
 * REST)`, which CPython does not compute when it compiles. The values of patterns stay: the objects
 * that count are equal to what they replace. */

#define FORMAT "%b%b"
#define START_LEN 4 /* of `_fi_` */

struct own {
	PyArena *arena;
	bool failed;
};

static expr_ty make_bytes(struct own *own, const char *data, Py_ssize_t len, struct stretch at)
{
	PyObject *bytes = PyBytes_FromStringAndSize(data, len);

	if (bytes && _PyArena_AddPyObject(own->arena, bytes) == 0)
		return _PyAST_Constant(
		    bytes, NULL, at.line, at.column, at.end_line, at.end_column, own->arena);
	Py_XDECREF(bytes);
	return NULL;
}

static expr_ty make_parts(struct own *own, PyObject *value, struct stretch at)
{
	const char *data = PyBytes_AS_STRING(value);
	expr_ty start = make_bytes(own, data, START_LEN, at);
	expr_ty rest = make_bytes(own, data + START_LEN, PyBytes_GET_SIZE(value) - START_LEN, at);
	asdl_expr_seq *parts = _Py_asdl_expr_seq_new(2, own->arena);

	if (!start || !rest || !parts)
		return NULL;
	asdl_seq_SET(parts, 0, start);
	asdl_seq_SET(parts, 1, rest);
	return _PyAST_Tuple(
	    parts, Load, at.line, at.column, at.end_line, at.end_column, own->arena);
}

static void set_apart(struct own *own, expr_ty expression)
{
	const struct stretch at = STRETCH(expression);
	expr_ty format = make_bytes(own, FORMAT, sizeof(FORMAT) - 1, at);
	expr_ty parts = make_parts(own, expression->v.Constant.value, at);

	if (!format || !parts) {
		own->failed = true;
		return;
	}
	expression->kind = BinOp_kind;
	expression->v.BinOp.left = format;
	expression->v.BinOp.op = Mod;
	expression->v.BinOp.right = parts;
}

static bool is_no_pattern(enum node_type_name type, void *node, void *context)
{
	(void)node, (void)context;
	return type != NODE_PATTERN;
}

static void leave(enum node_type_name type, void *node, void *context)
{
	expr_ty expression = node;

	if (type == NODE_EXPRESSION && expression->kind == Constant_kind &&
	    counter_is_placeholder(expression->v.Constant.value))
		set_apart(context, expression);
}

int counters_set_apart(mod_ty module, struct slice text, PyArena *arena)
{
	struct own own = {.arena = arena};
	const struct visitor visitor = {is_no_pattern, leave, &own};

	/* A zero byte is written so. */
	if (memmem(text.data, text.len, "\\0", 2) || memmem(text.data, text.len, "\\x0", 3))
		visit_nodes(&visitor, NODE_MODULE, module);
	return own.failed ? -1 : 0;
}
