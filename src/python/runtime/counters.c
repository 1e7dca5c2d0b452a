/*
 * The extension module _fi_counters, the native half of templates/_fi_metrics.py: objects that
 * count in mapped files stand in for the counters of instrumented code (docs/formats.rst,
 * "Instrumented modules"). What is counted needs no call, no name and no lock.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "python/runtime/handler.h"
#include "python/runtime/map.h"
#include "python/runtime/timers.h"
#include "python/version/shorten.h"

#define PREFIX "_fi_"
#define PREFIX_LEN (sizeof(PREFIX)) /* with its zero byte */
#define COUNTER_SPACE 32	    /* the longest counter: prefix, letter, 20 digits */

/* Replaces a bytes object of the code, and is equal to it. */
struct counter {
	PyObject_HEAD uint64_t *number; /* of a region */
	struct timer *timer;		/* of a call's event */
	struct map_block *block;
	size_t index;
	char letter;
};

static PyTypeObject region_type, call_type;

static bool is_counter(PyObject *object)
{
	return Py_IS_TYPE(object, &region_type) || Py_IS_TYPE(object, &call_type);
}

/* The bytes that it stands for: a new reference. */
static PyObject *counter_bytes(PyObject *self)
{
	const struct counter *counter = (const struct counter *)self;

	return PyBytes_FromFormat("_fi_%c%c%zu", 0, counter->letter, counter->index);
}

/* A region began. This is how counters count in code that was shortened: they are iterators that
 * end at once. */
static PyObject *region_next(PyObject *self)
{
	++*((struct counter *)self)->number;
	return NULL;
}

static int region_contains(PyObject *self, PyObject *Py_UNUSED(item))
{
	++*((struct counter *)self)->number;
	return 1;
}

/* A call's event, in the same way. */
static PyObject *call_next(PyObject *self)
{
	const struct counter *counter = (const struct counter *)self;

	switch (counter->letter) {
	case 'e':
		timer_enter(counter->timer);
		break;
	case 'x':
		timer_exit(counter->timer);
		break;
	case 's':
		timer_suspend(counter->timer);
		break;
	default:
		timer_resume(counter->timer);
	}
	return NULL;
}

static int call_contains(PyObject *self, PyObject *Py_UNUSED(item))
{
	(void)call_next(self); /* NULL */
	return 1;
}

static Py_hash_t counter_hash(PyObject *self)
{
	PyObject *bytes = counter_bytes(self);
	Py_hash_t hash = bytes ? PyObject_Hash(bytes) : -1;

	Py_XDECREF(bytes);
	return hash;
}

static PyObject *counter_compare(PyObject *self, PyObject *other, int operation)
{
	PyObject *bytes = counter_bytes(self);
	PyObject *others = bytes && is_counter(other) ? counter_bytes(other) : Py_NewRef(other);
	PyObject *result = bytes && others ? PyObject_RichCompare(bytes, others, operation) : NULL;

	Py_XDECREF(bytes);
	Py_XDECREF(others);
	return result;
}

static PyObject *counter_repr(PyObject *self)
{
	PyObject *bytes = counter_bytes(self);
	PyObject *result = bytes ? PyObject_Repr(bytes) : NULL;

	Py_XDECREF(bytes);
	return result;
}

static PyObject *counter_reduce(PyObject *self, PyObject *Py_UNUSED(none))
{
	return Py_BuildValue("O(N)", &PyBytes_Type, counter_bytes(self));
}

/* marshal writes what has a buffer as bytes. */
static int counter_buffer(PyObject *self, Py_buffer *view, int flags)
{
	PyObject *bytes = counter_bytes(self);
	int result = bytes ? PyObject_GetBuffer(bytes, view, flags) : -1;

	if (!bytes)
		view->obj = NULL;
	Py_XDECREF(bytes); /* the view has its own reference */
	return result;
}

static PyMethodDef counter_methods[] = {
    {"__reduce__", counter_reduce, METH_NOARGS, "The bytes object."},
    {NULL, NULL, 0, NULL},
};

static PyBufferProcs counter_as_buffer = {.bf_getbuffer = counter_buffer};
static PySequenceMethods region_as_sequence = {.sq_contains = region_contains};
static PySequenceMethods call_as_sequence = {.sq_contains = call_contains};

#define COUNTER_TYPE(type_name, sequence, next)                                                   \
	{                                                                                         \
		PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_fi_counters." type_name,               \
					    .tp_basicsize = sizeof(struct counter),               \
					    .tp_as_sequence = &(sequence), .tp_iternext = (next), \
					    .tp_hash = counter_hash,                              \
					    .tp_richcompare = counter_compare,                    \
					    .tp_repr = counter_repr,                              \
					    .tp_as_buffer = &counter_as_buffer,                   \
					    .tp_methods = counter_methods,                        \
					    .tp_flags = Py_TPFLAGS_DEFAULT                        \
	}

static PyTypeObject region_type = COUNTER_TYPE("region", region_as_sequence, region_next);
static PyTypeObject call_type = COUNTER_TYPE("call", call_as_sequence, call_next);

/* Read a constant: false if it is no counter of these blocks. */
static bool read_counter(
    PyObject *constant, struct map_block *regions, struct map_block *elements, struct counter *ret)
{
	const char *bytes = PyBytes_AS_STRING(constant);
	size_t len = (size_t)PyBytes_GET_SIZE(constant), limit;

	if (len < PREFIX_LEN + 2 || len >= COUNTER_SPACE || memcmp(bytes, PREFIX, PREFIX_LEN) != 0)
		return false;
	ret->letter = bytes[PREFIX_LEN];
	if (!strchr("cexsr", ret->letter))
		return false;
	ret->block = ret->letter == 'c' ? regions : elements;
	limit = !ret->block ? 0 : ret->letter == 'c' ? regions->count : elements->elements;
	ret->index = 0;
	for (size_t i = PREFIX_LEN + 1; i < len; i++) {
		if (bytes[i] < '0' || bytes[i] > '9' || ret->index > limit)
			return false;
		ret->index = ret->index * 10 + (size_t)(bytes[i] - '0');
	}
	return ret->index < limit;
}

/* A new object that counts. */
static PyObject *make_counter(const struct counter *values)
{
	bool is_region = values->letter == 'c';
	struct timer *timer = is_region ? NULL : timer_get(values->block, values->index);
	struct counter *counter;

	if (!is_region && !timer)
		return PyErr_NoMemory();
	counter = PyObject_New(struct counter, is_region ? &region_type : &call_type);
	if (!counter)
		return NULL;
	counter->block = values->block;
	counter->index = values->index;
	counter->letter = values->letter;
	counter->timer = timer;
	counter->number = is_region ? values->block->numbers + values->index : NULL;
	return (PyObject *)counter;
}

static int replace_all(PyObject *code, struct map_block *regions, struct map_block *elements);

/* Replace the counters of a code's constants, in place: the code may be running already. */
static int replace_constants(
    PyCodeObject *code, struct map_block *regions, struct map_block *elements)
{
	PyObject *constants = code->co_consts;
	bool is_counted = false;

	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constants); i++) {
		PyObject *constant = PyTuple_GET_ITEM(constants, i), *counter;
		struct counter values;

		if (PyCode_Check(constant) && replace_all(constant, regions, elements) < 0)
			return -1;
		if (regions && handler_is_placeholder(constant))
			counter = handler_new(constant, regions);
		else if (PyBytes_CheckExact(constant) &&
			 read_counter(constant, regions, elements, &values))
			counter = make_counter(&values);
		else
			continue;
		if (!counter)
			return -1;
		PyTuple_SET_ITEM(constants, i, counter);
		Py_DECREF(constant);
		is_counted = true;
	}
	return is_counted ? version_shorten(code, is_counter) : 0;
}

static int replace_all(PyObject *code, struct map_block *regions, struct map_block *elements)
{
	int result;

	if (Py_EnterRecursiveCall(" while counters are replaced"))
		return -1;
	result = replace_constants((PyCodeObject *)code, regions, elements);
	Py_LeaveRecursiveCall();
	return result;
}

static PyObject *start(PyObject *Py_UNUSED(module), PyObject *arguments)
{
	static bool is_started;
	const char *host, *process = NULL;
	char *host_copy, *process_copy;

	if (!PyArg_ParseTuple(arguments, "y|y:start", &host, &process))
		return NULL;
	if (is_started)
		Py_RETURN_NONE;
	host_copy = strdup(host); /* for ever */
	process_copy = process ? strdup(process) : NULL;
	if (!host_copy || (process && !process_copy))
		return PyErr_NoMemory();
	if (map_start(host_copy, process_copy, timers_forked) < 0)
		return PyErr_SetFromErrno(PyExc_OSError);
	timers_start();
	(void)Py_AtExit(timers_measure); /* or the rate is that of an earlier time */
	is_started = true;
	Py_RETURN_NONE;
}

static PyObject *add(PyObject *Py_UNUSED(module), PyObject *arguments)
{
	const char *base, *text;
	Py_ssize_t len, digest_len, count;
	const unsigned char *digest;
	struct map_block *block;
	int kind;

	if (!PyArg_ParseTuple(
		arguments, "yiy#y#n:add", &base, &kind, &text, &len, &digest, &digest_len, &count))
		return NULL;
	if (digest_len != 32 || count < 1 || count > INT32_MAX ||
	    (kind != MAP_COVERAGE && kind != MAP_PROFILE)) {
		PyErr_SetString(PyExc_ValueError, "not a block of counters");
		return NULL;
	}
	block = map_add(base, (enum map_kind)kind, text, (size_t)len, digest, (size_t)count);
	if (!block)
		return PyErr_SetFromErrnoWithFilename(PyExc_OSError, base);
	if (kind == MAP_PROFILE)
		timers_measure();
	return PyLong_FromUnsignedLongLong(block->number);
}

static PyObject *replace(PyObject *Py_UNUSED(module), PyObject *arguments)
{
	unsigned long long regions, elements;
	PyObject *code;

	if (!PyArg_ParseTuple(arguments, "O!KK:replace", &PyCode_Type, &code, &regions, &elements))
		return NULL;
	if (replace_all(code, map_find(regions), map_find(elements)) < 0)
		return NULL;
	Py_RETURN_NONE;
}

static PyObject *change(PyObject *Py_UNUSED(module), PyObject *arguments)
{
	const char *identity;

	if (!PyArg_ParseTuple(arguments, "y:switch", &identity))
		return NULL;
	timers_measure();
	if (map_switch(identity) < 0)
		return PyErr_SetFromErrno(PyExc_OSError);
	timers_forget();
	Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"start", start, METH_VARARGS, "start(host[, process]): name the process; before all else"},
    {"add", add, METH_VARARGS,
	"add(base, kind, text, digest, count): make a block of counters; its number"},
    {"replace", replace, METH_VARARGS,
	"replace(code, regions, elements): let code count in blocks; 0 is none"},
    {"switch", change, METH_VARARGS, "switch(identity): what follows belongs to it"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_fi_counters",
    .m_doc = "Counters of instrumented code in mapped files.",
    .m_size = -1, /* one set of counters for the process */
    .m_methods = functions,
};

PyMODINIT_FUNC PyInit__fi_counters(void);

PyMODINIT_FUNC PyInit__fi_counters(void)
{
	if (PyType_Ready(&region_type) < 0 || PyType_Ready(&call_type) < 0 || handler_ready() < 0)
		return NULL;
	return PyModule_Create(&definition);
}
