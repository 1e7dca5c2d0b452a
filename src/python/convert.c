#include "python/internal.h"

PyObject *python_path(const char *path)
{
	return python_path_of(slice_c(path));
}

PyObject *python_path_of(struct slice path)
{
	return PyUnicode_DecodeUTF8(path.data, (Py_ssize_t)path.len, "surrogateescape");
}

/* The UTF-8 of a Python string as a C string, with lone surrogates replaced. If the conversion
 * fails, returns NULL and clears the exception. */
static char *text_of(PyObject *object)
{
	py_owned PyObject *string = object && object != Py_None ? PyObject_Str(object) : NULL;
	py_owned PyObject *bytes = NULL;

	if (string)
		bytes = PyUnicode_AsEncodedString(string, "utf-8", "replace");
	if (!bytes) {
		PyErr_Clear();
		return NULL;
	}
	return xmemdup0(PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
}

static long number_of(PyObject *exception, const char *name)
{
	py_owned PyObject *value = PyObject_GetAttrString(exception, name);
	long number = value && PyLong_Check(value) ? PyLong_AsLong(value) : 0;

	PyErr_Clear();
	return number > 0 ? number : 0;
}

/* Line `number` of the source, without line end. */
static struct slice line_of(struct slice bytes, long number)
{
	struct slice line;

	for (long i = 1; slice_next(&bytes, '\n', &line); i++) {
		if (i < number)
			continue;
		while (line.len && line.data[line.len - 1] == '\r')
			line.len--;
		return line;
	}
	return SLICE_LITERAL("");
}

char *python_line(struct slice bytes, long number)
{
	struct slice line = number > 0 ? line_of(bytes, number) : SLICE_LITERAL("");

	return line.len && slice_is_utf8(line) ? xmemdup0(line.data, line.len) : NULL;
}

/* CPython's text has its line end, or, for an error in an f-string, several lines. */
static char *syntax_text(PyObject *exception, long line, struct slice bytes)
{
	py_owned PyObject *value = PyObject_GetAttrString(exception, "text");
	char *text = text_of(value);

	PyErr_Clear();
	if (text) {
		text[strcspn(text, "\r\n")] = '\0';
		return text;
	}
	return python_line(bytes, line);
}

static int fail_syntax(
    struct error **err, const char *shown, PyObject *exception, struct slice bytes)
{
	py_owned PyObject *message = PyObject_GetAttrString(exception, "msg");
	autofree char *text = text_of(message);
	autofree char *source = NULL;
	long line = number_of(exception, "lineno");
	long column = number_of(exception, "offset");

	PyErr_Clear();
	source = syntax_text(exception, line, bytes);
	(void)fail_at(err, shown, line, column, source, "%s", text ? text : "invalid syntax");
	if (err) {
		(*err)->end_line = number_of(exception, "end_lineno");
		(*err)->end_column = number_of(exception, "end_offset");
	}
	return -1;
}

int python_fail_too_deep(const char *shown, struct error **err)
{
	return fail_at(err, shown, 0, 0, NULL,
	    "RecursionError: maximum recursion depth exceeded during compilation");
}

int python_fail(struct error **err, const char *shown, struct slice bytes)
{
	py_owned PyObject *value = version_take_exception();
	autofree char *text = NULL;
	const char *name;

	/* An error while compiling a source counts as the source's, even if CPython is at fault:
	 * other sources can still be compiled. */
	if (!value && shown)
		return fail_at(
		    err, shown, 0, 0, NULL, "SystemError: CPython failed without an exception");
	if (!value)
		return fail(err, ERROR_INTERNAL, "CPython failed without an exception");
	if (PyErr_GivenExceptionMatches(value, PyExc_SyntaxError))
		return fail_syntax(err, shown, value, bytes);
	text = text_of(value);
	name = Py_TYPE(value)->tp_name;
	if (PyErr_GivenExceptionMatches(value, PyExc_SystemExit))
		return fail(err, ERROR_SYSTEM, "%s", text ? text : name);
	if (text && *text)
		return fail_at(err, shown, 0, 0, NULL, "%s: %s", name, text);
	return fail_at(err, shown, 0, 0, NULL, "%s", name);
}
