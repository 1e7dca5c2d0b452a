#include "python/internal.h"

#include "python/library.h"

void python_add_text(struct str *ret, PyObject *string)
{
	py_owned PyObject *bytes = NULL;

	if (string)
		bytes = PyUnicode_AsEncodedString(string, "utf-8", "backslashreplace");
	if (bytes)
		str_add(ret, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
	PyErr_Clear();
}

/* What the traceback module takes from a SyntaxError. A number that is absent is `missing`. */
struct syntax_error {
	PyObject *file, *text, *message; /* owned; NULL for None */
	Py_ssize_t line, end_line, offset, end_offset;
};

#define MISSING PY_SSIZE_T_MIN

static void syntax_error_release(struct syntax_error *error)
{
	Py_XDECREF(error->file);
	Py_XDECREF(error->text);
	Py_XDECREF(error->message);
}

/* An attribute that is a string; NULL for any other. */
static PyObject *string_of(PyObject *exception, const char *name)
{
	PyObject *value = PyObject_GetAttrString(exception, name);

	PyErr_Clear();
	if (value && PyUnicode_Check(value))
		return value;
	Py_XDECREF(value);
	return NULL;
}

static Py_ssize_t number_of(PyObject *exception, const char *name)
{
	py_owned PyObject *value = PyObject_GetAttrString(exception, name);
	Py_ssize_t number = value && PyLong_Check(value) ? PyLong_AsSsize_t(value) : MISSING;

	if (PyErr_Occurred())
		number = MISSING;
	PyErr_Clear();
	return number;
}

static struct syntax_error read_syntax_error(PyObject *exception)
{
	return (struct syntax_error){
	    .file = string_of(exception, "filename"),
	    .text = string_of(exception, "text"),
	    .message = string_of(exception, "msg"),
	    .line = number_of(exception, "lineno"),
	    .end_line = number_of(exception, "end_lineno"),
	    .offset = number_of(exception, "offset"),
	    .end_offset = number_of(exception, "end_offset"),
	};
}

static int write_characters(_PyUnicodeWriter *writer, Py_UCS4 character, Py_ssize_t count)
{
	for (Py_ssize_t i = 0; i < count; i++) {
		if (_PyUnicodeWriter_WriteChar(writer, character) < 0)
			return -1;
	}
	return 0;
}

/* Where marks begin and end, both counted from 1. */
static void find_marks(const struct syntax_error *error, Py_ssize_t *offset, Py_ssize_t *end_offset)
{
	*offset = error->offset;
	*end_offset = error->end_offset;
	if (*end_offset == MISSING || *end_offset == 0)
		*end_offset = *offset;
	if (*end_offset == *offset || *end_offset == -1)
		*end_offset = *offset + 1;
}

/* The same in versions that keep marks within the line, which has `len` characters. */
static void find_bounded_marks(
    const struct syntax_error *error, Py_ssize_t len, Py_ssize_t *offset, Py_ssize_t *end_offset)
{
	Py_ssize_t all = PyUnicode_GET_LENGTH(error->text);

	*offset = error->offset;
	*end_offset = error->end_offset;
	if (error->line != error->end_line)
		*end_offset = len + 1;
	else if (*end_offset == MISSING || *end_offset == 0)
		*end_offset = *offset;
	if (all && *offset > all)
		*offset = len + 1;
	if (all && *end_offset > all)
		*end_offset = len + 1;
	if (*offset >= *end_offset || *end_offset < 0)
		*end_offset = *offset + 1;
}

/* The marks below the line, from `begin` to `end` of the error's text. */
static int write_marks(
    _PyUnicodeWriter *writer, const struct syntax_error *error, Py_ssize_t begin, Py_ssize_t end)
{
	Py_ssize_t offset, end_offset, column;

	if (error->offset == MISSING)
		return 0;
	if (library.bounds_marks)
		find_bounded_marks(error, end, &offset, &end_offset);
	else
		find_marks(error, &offset, &end_offset);
	column = offset - 1 - begin;
	if (column < 0)
		return 0;
	if (write_characters(writer, ' ', 4) < 0)
		return -1;
	/* Keep white space such as tabs, so that the marks stand below their characters. */
	for (Py_ssize_t i = begin; i < begin + column && i < end; i++) {
		Py_UCS4 character = PyUnicode_READ_CHAR(error->text, i);

		if (!Py_UNICODE_ISSPACE(character))
			character = ' ';
		if (_PyUnicodeWriter_WriteChar(writer, character) < 0)
			return -1;
	}
	if (write_characters(writer, '^', end_offset - offset) < 0)
		return -1;
	return _PyUnicodeWriter_WriteChar(writer, '\n');
}

static int write_line(_PyUnicodeWriter *writer, const struct syntax_error *error)
{
	Py_ssize_t begin = 0, end;

	if (!error->text)
		return 0;
	end = PyUnicode_GET_LENGTH(error->text);
	while (end > 0 && PyUnicode_READ_CHAR(error->text, end - 1) == '\n')
		end--;
	for (; begin < end; begin++) {
		Py_UCS4 character = PyUnicode_READ_CHAR(error->text, begin);

		if (character != ' ' && character != '\n' && character != '\f')
			break;
	}
	if (write_characters(writer, ' ', 4) < 0 ||
	    _PyUnicodeWriter_WriteSubstring(writer, error->text, begin, end) < 0 ||
	    _PyUnicodeWriter_WriteChar(writer, '\n') < 0)
		return -1;
	return write_marks(writer, error, begin, end);
}

static int write_formatted(_PyUnicodeWriter *writer, const struct syntax_error *error)
{
	bool named = error->file && PyUnicode_GET_LENGTH(error->file);
	py_owned PyObject *place = NULL;
	py_owned PyObject *last = NULL;

	if (error->line != MISSING)
		place = named
			    ? PyUnicode_FromFormat(
				  "  File \"%U\", line %zd\n", error->file, error->line)
			    : PyUnicode_FromFormat("  File \"<string>\", line %zd\n", error->line);
	else
		place = PyUnicode_New(0, 0);
	last = PyUnicode_FromFormat("SyntaxError: %U", error->message);
	if (!place || !last || _PyUnicodeWriter_WriteStr(writer, place) < 0 ||
	    write_line(writer, error) < 0 || _PyUnicodeWriter_WriteStr(writer, last) < 0)
		return -1;
	if (error->line == MISSING && error->file) {
		py_owned PyObject *where = PyUnicode_FromFormat(" (%U)", error->file);

		if (!where || _PyUnicodeWriter_WriteStr(writer, where) < 0)
			return -1;
	}
	return _PyUnicodeWriter_WriteChar(writer, '\n');
}

static bool contains(PyObject *string, const char *text)
{
	const char *utf8 = PyUnicode_AsUTF8(string);

	PyErr_Clear(); /* a string with surrogates does not count */
	return utf8 && strstr(utf8, text);
}

/* Let the library format an error for which it may know better words. NULL without an exception if
 * it does not, or if the library is not there. */
static PyObject *format_with_suggestion(PyObject *exception, const struct syntax_error *error)
{
	py_owned PyObject *traceback = NULL;
	py_owned PyObject *lines = NULL;
	py_owned PyObject *nothing = PyUnicode_New(0, 0);
	PyObject *text = NULL;

	if (!nothing || !error->message || !library.suggests_keywords ||
	    !(python_is(error->message, "invalid syntax") ||
		contains(error->message, "Perhaps you forgot a comma")))
		return NULL;
	if (python_enter_library() == 0) {
		traceback = PyImport_ImportModule("traceback");
		if (traceback)
			lines = PyObject_CallMethod(
			    traceback, "format_exception_only", "O", exception);
		text = lines ? PyUnicode_Join(nothing, lines) : NULL;
		python_leave_library();
	}
	PyErr_Clear(); /* then the error is formatted without the library */
	return text;
}

PyObject *python_format_syntax_error(PyObject *exception)
{
	CLEANUP(syntax_error_release) struct syntax_error error = read_syntax_error(exception);
	PyObject *suggestion = format_with_suggestion(exception, &error);
	_PyUnicodeWriter writer;

	if (suggestion)
		return suggestion;
	if (!error.message || !PyUnicode_GET_LENGTH(error.message))
		Py_XSETREF(error.message, PyUnicode_FromString("<no detail available>"));
	if (!error.message)
		return NULL;
	_PyUnicodeWriter_Init(&writer);
	writer.overallocate = 1;
	if (write_formatted(&writer, &error) < 0) {
		_PyUnicodeWriter_Dealloc(&writer);
		return NULL;
	}
	return _PyUnicodeWriter_Finish(&writer);
}
