#include "python/instrument.h"
#include "python/internal.h"
#include "python/leaving.h"
#include "python/version/raised.h"

/* How the placeholder of an exit begins. */
#define EXIT INSTRUMENT_MARK "x"

static bool is_exit(PyObject *constant)
{
	return python_starts_with(constant, SLICE_LITERAL(EXIT)) ||
	       python_starts_with(constant, SLICE_LITERAL(LEAVING_MARK));
}

int python_keep_raised(PyObject *object)
{
	PyCodeObject *code = (PyCodeObject *)object;

	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
		if (python_starts_with(
			PyTuple_GET_ITEM(code->co_consts, i), SLICE_LITERAL(INSTRUMENT_START)))
			return leaving_place(code) < 0 ? -1 : version_keep_raised(code, is_exit);
	}
	return 0;
}
