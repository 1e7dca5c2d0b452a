#include "python/instrument.h"
#include "python/internal.h"
#include "python/version/raised.h"

/* How the placeholder of an exit begins. */
#define EXIT INSTRUMENT_MARK "x"

static bool is_exit(PyObject *constant)
{
	return python_starts_with(constant, SLICE_LITERAL(EXIT));
}

int python_keep_raised(PyObject *object)
{
	PyCodeObject *code = (PyCodeObject *)object;

	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
		if (python_starts_with(
			PyTuple_GET_ITEM(code->co_consts, i), SLICE_LITERAL(INSTRUMENT_START)))
			return version_keep_raised(code, is_exit);
	}
	return 0;
}
