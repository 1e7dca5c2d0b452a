#include "python/runtime/handler.h"

#include <frameobject.h>
#include <string.h>

#define PREFIX "_fi_\0w"
#define PREFIX_LEN (sizeof(PREFIX) - 1)

/* Replaces a bytes object of the code, and is equal to it. */
struct handler {
	PyObject_HEAD PyObject *bytes;
	struct map_block *block;
};

static PyTypeObject handler_type;

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* Whether a text, which ends with a zero byte, is lines of three numbers or more. */
static bool is_lines(const char *text, const char *end)
{
	while (text < end) {
		int numbers = 0;

		do {
			if (!is_digit(*text))
				return false;
			while (is_digit(*text))
				text++;
			numbers++;
		} while (*text++ == ' ');
		if (text[-1] != '\n' || numbers < 3)
			return false;
	}
	return true;
}

bool handler_is_placeholder(PyObject *constant)
{
	const char *bytes;
	size_t len;

	if (!PyBytes_CheckExact(constant))
		return false;
	bytes = PyBytes_AS_STRING(constant);
	len = (size_t)PyBytes_GET_SIZE(constant);
	return len > PREFIX_LEN && memcmp(bytes, PREFIX, PREFIX_LEN) == 0 &&
	       is_lines(bytes + PREFIX_LEN, bytes + len);
}

static struct handler *handler_of(PyObject *self)
{
	return (struct handler *)self;
}

/* The offset of the instruction at which an exception left the frame that handles it; -1 if it did
 * not come from there. */
static long left_at(void)
{
	PyObject *error = PyErr_GetHandledException();
	PyObject *traceback = error ? PyException_GetTraceback(error) : NULL;
	long result = -1;

	if (traceback && ((PyTracebackObject *)traceback)->tb_frame == PyEval_GetFrame())
		result = ((PyTracebackObject *)traceback)->tb_lasti;
	Py_XDECREF(traceback);
	Py_XDECREF(error);
	return result;
}

/* Take a number, and the space or newline behind it. */
static size_t take_number(const char **text)
{
	size_t result = 0;

	for (; is_digit(**text); ++*text)
		result = result * 10 + (size_t)(**text - '0');
	++*text;
	return result;
}

/* The lines are in the order of instructions. */
static int handler_contains(PyObject *self, PyObject *Py_UNUSED(item))
{
	const struct map_block *block = handler_of(self)->block;
	const char *text = PyBytes_AS_STRING(handler_of(self)->bytes) + PREFIX_LEN;
	long at = left_at();

	while (at >= 0 && *text && (size_t)at >= take_number(&text)) {
		bool is_there = (size_t)at < take_number(&text);

		while (text[-1] == ' ') {
			size_t counter = take_number(&text);

			if (is_there && counter < block->count)
				++block->numbers[counter];
		}
		if (is_there)
			break;
	}
	return 1;
}

static Py_hash_t handler_hash(PyObject *self)
{
	return PyObject_Hash(handler_of(self)->bytes);
}

static PyObject *handler_compare(PyObject *self, PyObject *other, int operation)
{
	if (Py_IS_TYPE(other, &handler_type))
		other = handler_of(other)->bytes;
	return PyObject_RichCompare(handler_of(self)->bytes, other, operation);
}

static PyObject *handler_repr(PyObject *self)
{
	return PyObject_Repr(handler_of(self)->bytes);
}

static PyObject *handler_reduce(PyObject *self, PyObject *Py_UNUSED(none))
{
	return Py_BuildValue("O(O)", &PyBytes_Type, handler_of(self)->bytes);
}

/* marshal writes what has a buffer as bytes. */
static int handler_buffer(PyObject *self, Py_buffer *view, int flags)
{
	return PyObject_GetBuffer(handler_of(self)->bytes, view, flags);
}

static void handler_dealloc(PyObject *self)
{
	Py_DECREF(handler_of(self)->bytes);
	PyObject_Free(self);
}

static PyMethodDef handler_methods[] = {
    {"__reduce__", handler_reduce, METH_NOARGS, "The bytes object."},
    {NULL, NULL, 0, NULL},
};

static PyBufferProcs handler_as_buffer = {.bf_getbuffer = handler_buffer};
static PySequenceMethods handler_as_sequence = {.sq_contains = handler_contains};

static PyTypeObject handler_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_fi_counters.handler",
    .tp_basicsize = sizeof(struct handler),
    .tp_dealloc = handler_dealloc,
    .tp_as_sequence = &handler_as_sequence,
    .tp_hash = handler_hash,
    .tp_richcompare = handler_compare,
    .tp_repr = handler_repr,
    .tp_as_buffer = &handler_as_buffer,
    .tp_methods = handler_methods,
    .tp_flags = Py_TPFLAGS_DEFAULT,
};

int handler_ready(void)
{
	return PyType_Ready(&handler_type);
}

PyObject *handler_new(PyObject *placeholder, struct map_block *regions)
{
	struct handler *handler = PyObject_New(struct handler, &handler_type);

	if (!handler)
		return NULL;
	handler->bytes = Py_NewRef(placeholder);
	handler->block = regions;
	return (PyObject *)handler;
}
