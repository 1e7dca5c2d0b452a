#include "python/instrument.h"
#include "python/internal.h"
#include "python/version/raised.h"

#define EXIT "_fi_\0x"

static bool starts_with(PyObject *constant, struct slice start)
{
	return PyBytes_CheckExact(constant) && slice_starts(slice_of(PyBytes_AS_STRING(constant),
								(size_t)PyBytes_GET_SIZE(constant)),
						   start);
}

static bool is_exit(PyObject *constant)
{
	return starts_with(constant, SLICE_LITERAL(EXIT));
}

int python_keep_raised(PyObject *object)
{
	PyCodeObject *code = (PyCodeObject *)object;

	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
		if (starts_with(
			PyTuple_GET_ITEM(code->co_consts, i), SLICE_LITERAL(INSTRUMENT_START)))
			return version_keep_raised(code, is_exit);
	}
	return 0;
}
