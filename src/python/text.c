#include "python/text.h"

#include "python/internal.h"

#include "python/character.h"
#include "python/interpreter.h"

/* ASCII characters that repr() leaves as they are; quotes and backslashes are not among them. */
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
		string = python_path_of(name);
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

struct python_stream {
	char *encoding;
	bool is_seekable, is_behind;
	bool is_tried;
	PyObject *encoder; /* owned; NULL: no encoder */
};

struct python_stream *python_stream_new(const char *encoding, bool is_seekable, bool is_behind)
{
	struct python_stream *stream = xcalloc(1, sizeof(*stream));

	*stream = (struct python_stream){xstrdup(encoding), is_seekable, is_behind, false, NULL};
	return stream;
}

void python_stream_free(struct python_stream *stream)
{
	if (!stream)
		return;
	Py_XDECREF(stream->encoder);
	free(stream->encoding);
	free(stream);
}

/* Whether TextIOWrapper writes such an encoding's byte order mark only if the stream can tell its
 * position. */
static bool needs_seeking(const char *encoding)
{
	py_owned PyObject *info = _PyCodec_Lookup(encoding);
	py_owned PyObject *name = info ? PyObject_GetAttrString(info, "name") : NULL;

	return name && PyUnicode_Check(name) &&
	       (python_is(name, "utf-16") || python_is(name, "utf-32"));
}

/* Make the encoder that TextIOWrapper would use, in its first state. */
static void make_encoder(struct python_stream *stream)
{
	py_owned PyObject *none = NULL;

	stream->is_tried = true;
	if (interpreter_need(NULL) < 0)
		return;
	stream->encoder = PyCodec_IncrementalEncoder(stream->encoding, "backslashreplace");
	if (stream->encoder &&
	    (stream->is_seekable ? stream->is_behind : needs_seeking(stream->encoding)))
		none = PyObject_CallMethod(stream->encoder, "setstate", "i", 0);
	PyErr_Clear(); /* without an encoder, text is written as UTF-8 */
}

void python_stream_encode(struct python_stream *stream, struct slice utf8, struct str *ret)
{
	py_owned PyObject *string = NULL;
	py_owned PyObject *bytes = NULL;

	if (!utf8.len)
		return;
	if (!stream->is_tried)
		make_encoder(stream);
	if (stream->encoder) {
		string = PyUnicode_DecodeUTF8(utf8.data, (Py_ssize_t)utf8.len, "replace");
		if (string)
			bytes = PyObject_CallMethod(stream->encoder, "encode", "O", string);
		PyErr_Clear();
	}
	if (bytes && PyBytes_Check(bytes))
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
