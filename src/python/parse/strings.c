#include "python/parse/strings.h"

struct string_prefix string_prefix(const struct parser *parser, const struct token *token)
{
	const char *text = parser->text + token->begin;
	struct string_prefix result = {0};

	for (;; text++) {
		switch (*text) {
		case 'r':
		case 'R':
			result.is_raw = true;
			break;
		case 'b':
		case 'B':
			result.is_bytes = true;
			break;
		case 'f':
		case 'F':
			result.has_fields = true;
			break;
		case 'u':
			result.is_unicode = true;
			break;
		case 'U':
			break;
		default:
			return result;
		}
	}
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return 16;
}

/* Whether `count` hexadecimal digits begin here. */
static bool are_digits(const char *at, const char *end, int count)
{
	if (end - at < count)
		return false;
	for (int i = 0; i < count; i++) {
		if (digit_of(at[i]) > 15)
			return false;
	}
	return true;
}

/* Whether CPython takes the escape, whose letter is at `at`, without a warning. */
static bool is_escape(const char *at, const char *end, bool is_bytes)
{
	switch (*at) {
	case '\n':
	case '\\':
	case '\'':
	case '"':
	case 'a':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
	case 'v':
		return true;
	case 'x':
		return are_digits(at + 1, end, 2);
	case 'u':
		return !is_bytes && are_digits(at + 1, end, 4);
	case 'U':
		return !is_bytes && are_digits(at + 1, end, 8);
	case 'N':
		return !is_bytes && end - at > 1 && at[1] == '{';
	default: /* up to 0o377 */
		return digit_of(*at) < 4 ||
		       (digit_of(*at) < 8 &&
			   !(end - at > 2 && digit_of(at[1]) < 8 && digit_of(at[2]) < 8));
	}
}

static bool are_escapes_known(struct slice text, bool is_bytes)
{
	const char *at = text.data, *end = at + text.len;

	while ((at = memchr(at, '\\', (size_t)(end - at)))) {
		if (end - at < 2 || !is_escape(at + 1, end, is_bytes))
			return false;
		at += 2;
	}
	return true;
}

/* An exception that CPython's parser would have made an error of. */
static PyObject *decoding_failed(struct parser *parser)
{
	if (PyErr_ExceptionMatches(PyExc_MemoryError))
		(void)parsing_failed(parser);
	else
		(void)doubt_tokens(parser);
	return NULL;
}

/* Escapes in a text that has other characters than ASCII: these are made escapes, too. */
static PyObject *decode_mixed(struct parser *parser, struct slice text)
{
	PyObject *decoded = PyUnicode_DecodeUTF8(text.data, (Py_ssize_t)text.len, NULL);
	autostr struct str escaped = STR_INIT;
	PyObject *result;

	if (!decoded)
		return decoding_failed(parser);
	for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(decoded); i++) {
		Py_UCS4 c = PyUnicode_READ_CHAR(decoded, i);

		if (c < 0x80)
			str_addc(&escaped, (char)c);
		else
			str_addf(&escaped, "\\U%08x", (unsigned)c);
	}
	Py_DECREF(decoded);
	result = PyUnicode_DecodeUnicodeEscape(str_c(&escaped), (Py_ssize_t)escaped.len, NULL);
	return result ? result : decoding_failed(parser);
}

PyObject *string_decode(
    struct parser *parser, const struct token *token, struct slice text, bool is_raw)
{
	PyObject *result;

	if (!is_raw && token->has_backslash && memchr(text.data, '\\', text.len)) {
		if (!are_escapes_known(text, false)) {
			(void)doubt_tokens(parser);
			return NULL;
		}
		if (token->has_others)
			return decode_mixed(parser, text);
		result = PyUnicode_DecodeUnicodeEscape(text.data, (Py_ssize_t)text.len, NULL);
	} else {
		result = PyUnicode_DecodeUTF8(text.data, (Py_ssize_t)text.len, NULL);
	}
	return result ? result : decoding_failed(parser);
}

static PyObject *decode_bytes(
    struct parser *parser, const struct token *token, struct slice text, bool is_raw)
{
	PyObject *result;

	if (token->has_others || (!is_raw && !are_escapes_known(text, true))) {
		(void)doubt_tokens(parser);
		return NULL;
	}
	result = is_raw || !token->has_backslash
		     ? PyBytes_FromStringAndSize(text.data, (Py_ssize_t)text.len)
		     : PyBytes_DecodeEscape(text.data, (Py_ssize_t)text.len, NULL, 0, NULL);
	return result ? result : decoding_failed(parser);
}

void string_append(struct parser *parser, PyObject **text, PyObject *more)
{
	if (!more)
		return;
	if (!*text)
		*text = more;
	else if (PyBytes_CheckExact(more))
		PyBytes_ConcatAndDel(text, more);
	else
		PyUnicode_AppendAndDel(text, more);
	if (!*text)
		(void)parsing_failed(parser);
}

expr_ty parse_plain_strings(
    struct parser *parser, const struct token *first, const struct token *last)
{
	bool are_bytes = string_prefix(parser, first).is_bytes;
	PyObject *value = NULL;

	for (const struct token *token = first; token <= last; token++) {
		struct string_prefix prefix = string_prefix(parser, token);
		struct slice body = string_body(parser, token);

		if (prefix.is_bytes != are_bytes)
			(void)refuse_tokens(parser);
		string_append(parser, &value,
		    are_bytes ? decode_bytes(parser, token, body, prefix.is_raw)
			      : string_decode(parser, token, body, prefix.is_raw));
	}
	if (parser->verdict != VERDICT_OPEN) {
		Py_XDECREF(value);
		return parser->nothing;
	}
	value = checked(parser, arena_keep(parser->arena, value));
	return made(parser, _PyAST_Constant(value, string_kind(parser, first), first->line,
				first->column, last->end_line, last->end_column, parser->arena));
}
