#include "python/internal.h"

#include "base/arena.h"
#include "base/array.h"
#include "python/bytecode.h"
#include "python/values.h"

#define FLAG_REF 0x80

/* How many fields of a code object are objects. They are written in this order. */
#define CODE_OBJECTS 10

struct marshal {
	struct values values;
	struct arena arena; /* children of tuples and code objects, bytes of frozensets */
	struct str *out;
	unsigned depth;
	uint32_t references;
	bool failed; /* an exception is set */
};

/* Indices of the values that a tuple or code object contains. */
struct children {
	uint32_t count;
	uint32_t at[];
};

static void marshal_release(struct marshal *marshal)
{
	values_release(&marshal->values);
	arena_release(&marshal->arena);
}

static uint32_t fail_marshal(struct marshal *marshal, PyObject *type, const char *message)
{
	if (!marshal->failed)
		PyErr_SetString(type, message);
	marshal->failed = true;
	return 0;
}

/* Whether CPython interns a constant with this text: text of name characters only. */
static bool is_name_like(PyObject *string)
{
	const char *text;
	Py_ssize_t len;

	if (!PyUnicode_IS_ASCII(string))
		return false;
	text = PyUnicode_DATA(string);
	len = PyUnicode_GET_LENGTH(string);
	for (Py_ssize_t i = 0; i < len; i++) {
		if (!Py_ISALNUM(text[i]) && text[i] != '_')
			return false;
	}
	return true;
}

static void add_long(struct str *out, int64_t number)
{
	uint32_t bits = (uint32_t)number;
	char bytes[4] = {(char)bits, (char)(bits >> 8), (char)(bits >> 16), (char)(bits >> 24)};

	str_add(out, bytes, sizeof(bytes));
}

/* A type, and a number that follows it: in four bytes, or in one. */
static void add_head(struct str *out, unsigned type, int64_t number)
{
	uint32_t bits = (uint32_t)number;
	char bytes[5] = {
	    (char)type, (char)bits, (char)(bits >> 8), (char)(bits >> 16), (char)(bits >> 24)};

	str_add(out, bytes, sizeof(bytes));
}

static void add_short_head(struct str *out, unsigned type, size_t number)
{
	char bytes[2] = {(char)type, (char)number};

	str_add(out, bytes, sizeof(bytes));
}

/* TYPE_LONG has digits of 15 bits, while CPython's have 30: the highest digit may fill only one
 * of 15. */
static void add_big_int(struct str *out, unsigned flag, const struct value *value)
{
	const digit *digits = (const digit *)(const void *)value->bits;
	int64_t count = (int64_t)(value->len / sizeof(*digits));
	int64_t shorts = 2 * count - (digits[count - 1] >> 15 ? 0 : 1);

	add_head(out, 'l' | flag, value->shape < 0 ? -shorts : shorts);
	for (int64_t i = 0; i < shorts; i++) {
		unsigned part = (digits[i / 2] >> (i % 2 ? 15 : 0)) & 0x7fff;

		str_addc(out, (char)part);
		str_addc(out, (char)(part >> 8));
	}
}

static void add_int(struct str *out, unsigned flag, const struct value *value)
{
	int overflow;
	long number = PyLong_AsLongAndOverflow(value->object, &overflow);

	if (overflow || number < INT32_MIN || number > INT32_MAX) {
		add_big_int(out, flag, value);
		return;
	}
	add_head(out, 'i' | flag, number);
}

static void add_ascii(struct str *out, unsigned flag, const struct value *value)
{
	if (value->len < 256)
		add_short_head(out, (value->interned ? 'Z' : 'z') | flag, value->len);
	else
		add_head(out, (value->interned ? 'A' : 'a') | flag, (int64_t)value->len);
	str_add(out, value->bits, value->len);
}

static void add_str(
    struct marshal *marshal, struct str *out, unsigned flag, const struct value *value)
{
	py_owned PyObject *utf8 = NULL;

	if (PyUnicode_IS_ASCII(value->object)) {
		add_ascii(out, flag, value);
		return;
	}
	utf8 = PyUnicode_AsEncodedString(value->object, "utf-8", "surrogatepass");
	if (!utf8) {
		marshal->failed = true;
		return;
	}
	add_head(out, (value->interned ? 't' : 'u') | flag, PyBytes_GET_SIZE(utf8));
	str_add(out, PyBytes_AS_STRING(utf8), (size_t)PyBytes_GET_SIZE(utf8));
}

static void add_leaf(
    struct marshal *marshal, struct str *out, unsigned flag, const struct value *value)
{
	switch (value->tag) {
	case VALUE_NONE:
		str_addc(out, 'N');
		break;
	case VALUE_TRUE:
		str_addc(out, 'T');
		break;
	case VALUE_FALSE:
		str_addc(out, 'F');
		break;
	case VALUE_ELLIPSIS:
		str_addc(out, '.');
		break;
	case VALUE_INT:
		add_int(out, flag, value);
		break;
	case VALUE_FLOAT:
	case VALUE_COMPLEX:
		str_addc(out, (char)((value->tag == VALUE_FLOAT ? 'g' : 'y') | flag));
		str_add(out, value->bits, value->len);
		break;
	case VALUE_BYTES:
		add_head(out, 's' | flag, (int64_t)value->len);
		str_add(out, value->bits, value->len);
		break;
	default:
		add_str(marshal, out, flag, value);
	}
}

static void add_tuple_head(struct str *out, unsigned flag, int64_t count)
{
	if (count < 256)
		add_short_head(out, ')' | flag, (size_t)count);
	else
		add_head(out, '(' | flag, count);
}

static void add_plain(struct marshal *marshal, struct str *out, PyObject *object, unsigned depth);

static int compare_strs(const void *a, const void *b)
{
	return slice_compare(str_slice(a), str_slice(b));
}

/* The size and the elements of a frozenset, sorted by their bytes. */
static void add_sorted(struct marshal *marshal, struct str *out, PyObject *set, unsigned depth)
{
	Py_ssize_t count = PySet_GET_SIZE(set), at = 0, i = 0;
	struct str *elements = xcalloc((size_t)count + 1, sizeof(*elements));
	PyObject *element;
	Py_hash_t hash;

	while (i < count && _PySet_NextEntry(set, &at, &element, &hash))
		add_plain(marshal, &elements[i++], element, depth + 1);
	array_sort(elements, (size_t)count, sizeof(*elements), compare_strs);
	add_long(out, count);
	for (i = 0; i < count; i++) {
		str_add_slice(out, str_slice(&elements[i]));
		str_release(&elements[i]);
	}
	free(elements);
}

/* Write a constant without references, by its value alone: an element of a frozenset. */
static void add_plain(struct marshal *marshal, struct str *out, PyObject *object, unsigned depth)
{
	PyObject *parts[3];
	struct value value;

	if (depth > MARSHAL_DEPTH_LIMIT) {
		(void)fail_marshal(
		    marshal, PyExc_ValueError, "object too deeply nested to marshal");
	} else if (PyTuple_CheckExact(object)) {
		add_tuple_head(out, 0, PyTuple_GET_SIZE(object));
		for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(object); i++)
			add_plain(marshal, out, PyTuple_GET_ITEM(object, i), depth + 1);
	} else if (PyFrozenSet_CheckExact(object)) {
		str_addc(out, '>');
		add_sorted(marshal, out, object, depth);
	} else if (version_slice(object, parts)) {
		str_addc(out, ':');
		for (size_t i = 0; i < 3; i++)
			add_plain(marshal, out, parts[i], depth + 1);
	} else if (value_describe(object, &value)) {
		value.interned = value.tag == VALUE_STR && is_name_like(object);
		add_leaf(marshal, out, 0, &value);
	} else {
		(void)fail_marshal(marshal, PyExc_ValueError, "unmarshallable object");
	}
}

/* First pass: find the value of each object, and the values that it contains. */

static uint32_t enter(struct marshal *marshal, PyObject *object);

static uint32_t enter_name(struct marshal *marshal, PyObject *name)
{
	int64_t index = values_add(&marshal->values, name);

	marshal->values.items[index].interned = true;
	return (uint32_t)index;
}

static uint32_t enter_children(
    struct marshal *marshal, enum value_tag tag, PyObject *object, const struct children *children)
{
	struct value value = {.tag = (uint8_t)tag, .object = object};

	value.bits = (const char *)children;
	value.len = sizeof(*children) + children->count * sizeof(*children->at);
	return values_at(&marshal->values, &value);
}

static struct children *children_new(struct marshal *marshal, size_t count)
{
	struct children *children = arena_alloc(
	    &marshal->arena, sizeof(*children) + count * sizeof(*children->at));

	children->count = (uint32_t)count;
	return children;
}

/* Whether another level of nesting may be written. Like CPython, counts every object, small ones
 * included. */
static bool descend(struct marshal *marshal)
{
	if (++marshal->depth <= MARSHAL_DEPTH_LIMIT)
		return true;
	(void)fail_marshal(marshal, PyExc_ValueError, "object too deeply nested to marshal");
	return false;
}

static uint32_t enter_tuple(struct marshal *marshal, PyObject *tuple, bool names)
{
	Py_ssize_t count = PyTuple_GET_SIZE(tuple);
	struct children *children = children_new(marshal, (size_t)count);
	bool allowed = !count || descend(marshal);

	for (Py_ssize_t i = 0; i < count; i++) {
		PyObject *item = PyTuple_GET_ITEM(tuple, i);

		if (!allowed)
			children->at[i] = 0; /* the whole write fails */
		else
			children->at[i] = names ? enter_name(marshal, item) : enter(marshal, item);
	}
	marshal->depth -= count > 0;
	return enter_children(marshal, VALUE_TUPLE, tuple, children);
}

static uint32_t enter_frozenset(struct marshal *marshal, PyObject *set)
{
	struct value value = {.tag = VALUE_FROZENSET, .object = set};
	autostr struct str bytes = STR_INIT;

	add_sorted(marshal, &bytes, set, marshal->depth);
	value.bits = arena_copy(&marshal->arena, str_slice(&bytes));
	value.len = bytes.len;
	return values_at(&marshal->values, &value);
}

static uint32_t enter_slice(struct marshal *marshal, PyObject *slice, PyObject *const parts[3])
{
	struct children *children = children_new(marshal, 3);
	bool allowed = descend(marshal);

	for (size_t i = 0; i < 3; i++)
		children->at[i] = allowed ? enter(marshal, parts[i]) : 0;
	marshal->depth--;
	return enter_children(marshal, VALUE_SLICE, slice, children);
}

static uint32_t enter_bytes(struct marshal *marshal, const void *bytes, Py_ssize_t len)
{
	struct value value = {.tag = VALUE_BYTES, .bits = bytes, .len = (size_t)len};

	return values_at(&marshal->values, &value);
}

static void enter_parts(struct marshal *marshal, PyCodeObject *code, struct children *parts)
{
	const void *bytes = "";
	Py_ssize_t len = 0;

	if (version_code_bytes(code, &bytes, &len) < 0)
		marshal->failed = true;
	parts->at[0] = enter_bytes(marshal, bytes, len);
	parts->at[1] = enter_tuple(marshal, code->co_consts, false);
	parts->at[2] = enter_tuple(marshal, code->co_names, true);
	parts->at[3] = enter_tuple(marshal, code->co_localsplusnames, true);
	parts->at[4] = enter(marshal, code->co_localspluskinds);
	parts->at[5] = enter_name(marshal, code->co_filename);
	parts->at[6] = enter_name(marshal, code->co_name);
	parts->at[7] = enter_name(marshal, code->co_qualname);
	parts->at[8] = enter(marshal, code->co_linetable);
	parts->at[9] = enter(marshal, code->co_exceptiontable);
}

/* Code objects differ by identity: `shape` is the address. */
static uint32_t enter_code(struct marshal *marshal, PyObject *object)
{
	struct value value = {.tag = VALUE_CODE, .object = object, .shape = (long)(intptr_t)object};
	struct children *parts = children_new(marshal, CODE_OBJECTS);

	if (descend(marshal))
		enter_parts(marshal, (PyCodeObject *)object, parts);
	marshal->depth--;
	value.bits = (const char *)parts;
	return values_at(&marshal->values, &value);
}

/* Write an object that is nested in another object. */
static uint32_t enter(struct marshal *marshal, PyObject *object)
{
	int64_t index = values_add(&marshal->values, object);
	PyObject *parts[3];

	if (index >= 0) {
		struct value *value = &marshal->values.items[index];

		if (value->tag == VALUE_STR && !value->interned)
			value->interned = is_name_like(object);
		return (uint32_t)index;
	}
	if (PyTuple_CheckExact(object))
		return enter_tuple(marshal, object, false);
	if (PyFrozenSet_CheckExact(object))
		return enter_frozenset(marshal, object);
	if (PyCode_Check(object))
		return enter_code(marshal, object);
	if (version_slice(object, parts))
		return enter_slice(marshal, object, parts);
	return fail_marshal(marshal, PyExc_ValueError, "unmarshallable object");
}

static const struct children *children_of(const struct value *value)
{
	bool has = value->tag == VALUE_TUPLE || value->tag == VALUE_SLICE ||
		   value->tag == VALUE_CODE;

	return has ? (const struct children *)(const void *)value->bits : NULL;
}

/* Second pass: count how often each value will be written. A value written as a reference is not
 * entered again. */
static void count(struct marshal *marshal, uint32_t index)
{
	struct value *value = &marshal->values.items[index];
	const struct children *children = children_of(value);

	if (value->count++ || !children)
		return;
	for (uint32_t i = 0; i < children->count; i++)
		count(marshal, children->at[i]);
}

/* Third pass: write. */

static void write_value(struct marshal *marshal, uint32_t index);

static void write_code(struct marshal *marshal, unsigned flag, const struct value *value)
{
	const struct children *parts = children_of(value);
	PyCodeObject *code = (PyCodeObject *)value->object;
	struct str *out = marshal->out;

	add_head(out, 'c' | flag, code->co_argcount);
	add_long(out, code->co_posonlyargcount);
	add_long(out, code->co_kwonlyargcount);
	add_long(out, code->co_stacksize);
	add_long(out, code->co_flags);
	for (uint32_t i = 0; i < 8; i++)
		write_value(marshal, parts->at[i]);
	add_long(out, code->co_firstlineno);
	write_value(marshal, parts->at[8]);
	write_value(marshal, parts->at[9]);
}

static void write_new(struct marshal *marshal, unsigned flag, const struct value *value)
{
	const struct children *children = children_of(value);

	if (value->tag == VALUE_CODE) {
		write_code(marshal, flag, value);
	} else if (children) {
		if (value->tag == VALUE_SLICE)
			str_addc(marshal->out, (char)(':' | flag));
		else
			add_tuple_head(marshal->out, flag, children->count);
		for (uint32_t i = 0; i < children->count; i++)
			write_value(marshal, children->at[i]);
	} else if (value->tag == VALUE_FROZENSET) {
		str_addc(marshal->out, (char)('>' | flag));
		str_add(marshal->out, value->bits, value->len);
	} else {
		add_leaf(marshal, marshal->out, flag, value);
	}
}

/* None, True, False and Ellipsis are one byte, so no reference to them would be shorter. */
static void write_value(struct marshal *marshal, uint32_t index)
{
	struct value *value = &marshal->values.items[index];
	bool repeated = value->count > 1 && value->tag > VALUE_ELLIPSIS;

	if (repeated && value->number) {
		add_head(marshal->out, 'r', (int64_t)value->number - 1);
		return;
	}
	if (repeated)
		value->number = ++marshal->references;
	write_new(marshal, repeated ? FLAG_REF : 0, value);
}

int code_marshal(const struct code *code, struct str *ret, struct error **err)
{
	CLEANUP(marshal_release) struct marshal marshal = {.out = ret, .depth = 1};
	uint32_t root = enter(&marshal, code->object);

	if (!marshal.failed) {
		count(&marshal, root);
		write_value(&marshal, root);
	}
	if (marshal.failed)
		return python_fail(err, NULL, SLICE_LITERAL(""));
	return 0;
}
