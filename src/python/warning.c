#include "python/warning.h"

#include "python/internal.h"

#include "base/file.h"
#include "base/path.h"
#include "python/source.h"

/* Find a file as the module linecache does: relative paths are also searched below the
 * interpreter's library. */
static int read_file(const char *path, struct str *ret)
{
	autostr struct str other = STR_INIT;

	if (file_read(path, FILE_READ_LIMIT, ret, NULL, NULL) == 0)
		return 0;
	if (*path == '/')
		return -1;
	path_join(&other, slice_c(KILN_PYTHON_STDLIB), slice_c(path));
	return file_read(str_c(&other), FILE_READ_LIMIT, ret, NULL, NULL);
}

/* A string without white space at both ends. */
static PyObject *stripped(PyObject *string)
{
	Py_ssize_t begin = 0, end = PyUnicode_GET_LENGTH(string);

	while (begin < end && Py_UNICODE_ISSPACE(PyUnicode_READ_CHAR(string, begin)))
		begin++;
	while (begin < end && Py_UNICODE_ISSPACE(PyUnicode_READ_CHAR(string, end - 1)))
		end--;
	return PyUnicode_Substring(string, begin, end);
}

/* Line `number` of a file as text, stripped; NULL if the line cannot be shown. */
static PyObject *line_of(const char *path, long number)
{
	autostr struct str bytes = STR_INIT;
	autostr struct str text = STR_INIT;
	py_owned PyObject *string = NULL;
	struct slice rest, line = SLICE_LITERAL("");

	if (number < 1 || read_file(path, &bytes) < 0)
		return NULL;
	/* Bytes that are not UTF-8 compile in comments, but cannot be read as text. */
	if (!source_may_have_cookie(str_slice(&bytes)) && !slice_is_utf8(str_slice(&bytes)))
		return NULL;
	if (source_decode(str_slice(&bytes), NULL, path, &text, NULL) < 0)
		return NULL;
	rest = str_slice(&text);
	while (number && slice_next(&rest, '\n', &line))
		number--;
	if (number)
		return NULL;
	string = PyUnicode_DecodeUTF8(line.data, (Py_ssize_t)line.len, "replace");
	return string ? stripped(string) : NULL;
}

/* Print a WarningMessage's arguments as the module warnings prints them. */
static int show(PyObject *arguments, void *context)
{
	struct str *printed = context;
	py_owned PyObject *message = PyObject_Str(PyTuple_GET_ITEM(arguments, 0));
	PyTypeObject *category = Py_TYPE(PyTuple_GET_ITEM(arguments, 0));
	PyObject *file = PyTuple_GET_ITEM(arguments, 2);
	long number = PyLong_AsLong(PyTuple_GET_ITEM(arguments, 3));
	py_owned PyObject *bytes = PyUnicode_EncodeFSDefault(file);
	py_owned PyObject *line = NULL;

	if (!message || !bytes || (number == -1 && PyErr_Occurred()))
		return -1;
	python_add_text(printed, file);
	str_addf(printed, ":%ld: %s: ", number, category->tp_name);
	python_add_text(printed, message);
	str_addc(printed, '\n');
	line = line_of(PyBytes_AS_STRING(bytes), number);
	PyErr_Clear(); /* without a line only the message is printed */
	if (line && PyUnicode_GET_LENGTH(line)) {
		str_adds(printed, "  ");
		python_add_text(printed, line);
		str_addc(printed, '\n');
	}
	return 0;
}

int warning_begin(struct str *printed)
{
	return python_warn_as_cpython(show, printed);
}

void warning_end(void)
{
	python_warn_no_more();
}

void warning_forget(void)
{
	/* Where no Python code runs, the compiler's warnings are those of the module sys. */
	if (PySys_SetObject("__warningregistry__", NULL) < 0)
		PyErr_Clear(); /* there was none */
}
