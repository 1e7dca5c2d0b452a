#include "python/text.h"

#include "python/internal.h"

#include "python/character.h"
#include "python/interpreter.h"

/* ASCII that repr() leaves alone, but for quotes and backslashes. */
static bool is_plain(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < ' ' || text.data[i] == 0x7f)
			return false;
	}
	return true;
}

int python_repr(struct slice name, struct str *ret, struct error **err)
{
	char quote = '\'';

	if (!is_plain(name)) {
		py_owned PyObject *string = NULL;
		py_owned PyObject *repr = NULL;

		if (interpreter_need(err) < 0)
			return -1;
		string = PyUnicode_DecodeFSDefaultAndSize(name.data, (Py_ssize_t)name.len);
		repr = string ? PyObject_Repr(string) : NULL;
		if (!repr)
			return python_fail(err, NULL, SLICE_LITERAL(""));
		python_add_text(ret, repr);
		return 0;
	}
	if (memchr(name.data, '\'', name.len) && !memchr(name.data, '"', name.len))
		quote = '"';
	str_addc(ret, quote);
	for (size_t i = 0; i < name.len; i++) {
		if (name.data[i] == quote || name.data[i] == '\\')
			str_addc(ret, '\\');
		str_addc(ret, name.data[i]);
	}
	str_addc(ret, quote);
	return 0;
}

int python_check_utf8(struct slice text, struct error **err)
{
	py_owned PyObject *string = NULL;

	if (slice_is_utf8(text))
		return 0;
	if (interpreter_need(err) < 0)
		return -1;
	string = PyUnicode_DecodeUTF8(text.data, (Py_ssize_t)text.len, "strict");
	return string ? 0 : python_fail(err, NULL, SLICE_LITERAL(""));
}

void python_encode(struct slice utf8, const char *encoding, struct str *ret)
{
	py_owned PyObject *string = NULL;
	py_owned PyObject *bytes = NULL;

	if (interpreter_need(NULL) == 0) {
		string = PyUnicode_DecodeUTF8(utf8.data, (Py_ssize_t)utf8.len, "replace");
		if (string)
			bytes = PyUnicode_AsEncodedString(string, encoding, "backslashreplace");
		PyErr_Clear();
	}
	if (bytes)
		str_add(ret, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
	else
		str_add_slice(ret, utf8);
}

int python_compare_names(const char *a, const char *b)
{
	struct slice rest_a, rest_b;

	for (; *a && *a == *b && !(*a & 0x80); a++)
		b++;
	rest_a = slice_c(a);
	rest_b = slice_c(b);
	while (rest_a.len && rest_b.len) {
		uint32_t point_a = python_take_character(&rest_a);
		uint32_t point_b = python_take_character(&rest_b);

		if (point_a != point_b)
			return point_a < point_b ? -1 : 1;
	}
	return (rest_a.len > 0) - (rest_b.len > 0);
}
