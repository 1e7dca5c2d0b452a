#include "python/parse/strings.h"

/* A number's text, short enough to stay on the stack, without underscores. */
#define NUMBER_LIMIT 255

/* A decimal integer of few digits; false for anything else. */
static bool read_small(const char *text, size_t len, long *ret)
{
	long value = 0;

	for (; len > 1 && *text == '0'; len--)
		text++;
	if (len > 18)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = 10 * value + (text[i] - '0');
	}
	*ret = value;
	return true;
}

static bool is_decimal(const char *text)
{
	return text[0] != '0' || !(text[1] == 'x' || text[1] == 'X' || text[1] == 'o' ||
				     text[1] == 'O' || text[1] == 'b' || text[1] == 'B');
}

/* A float or an imaginary number. */
static PyObject *read_float(const char *text, size_t len)
{
	bool is_imaginary = text[len - 1] == 'j' || text[len - 1] == 'J';
	char *end;
	double value = PyOS_string_to_double(text, &end, NULL);

	if (value == -1 && PyErr_Occurred())
		return NULL;
	if (end != text + len - is_imaginary)
		return NULL;
	return is_imaginary ? PyComplex_FromDoubles(0, value) : PyFloat_FromDouble(value);
}

static PyObject *read_number(const char *text, size_t len)
{
	long value;

	if (read_small(text, len, &value))
		return PyLong_FromLong(value);
	if (is_decimal(text) && strpbrk(text, ".eEjJ"))
		return read_float(text, len);
	return PyLong_FromString(text, NULL, 0);
}

expr_ty parse_number(struct parser *parser)
{
	const struct token *start = take(parser);
	const char *source = parser->text + start->begin;
	char text[NUMBER_LIMIT + 1];
	size_t len = 0;
	PyObject *value;

	if (start->len > NUMBER_LIMIT)
		return doubt_tokens(parser);
	for (size_t i = 0; i < start->len; i++) {
		if (source[i] != '_')
			text[len++] = source[i];
	}
	text[len] = '\0';
	value = arena_keep(parser->arena, read_number(text, len));
	if (!value)
		return PyErr_ExceptionMatches(PyExc_MemoryError) ? parsing_failed(parser)
								 : doubt_tokens(parser);
	return made(parser, _PyAST_Constant(value, NULL, FROM(parser, start)));
}

expr_ty parse_strings(struct parser *parser)
{
	const struct token *first = parser->at;
	bool have_fields = false;

	while (at(parser, TOKEN_STRING)) {
		have_fields |= string_prefix(parser, parser->at).has_fields;
		parser->at++;
	}
	if (!have_fields && !at(parser, TOKEN_FIELDS_BEGIN))
		return parse_plain_strings(parser, first, parser->at - 1);
	parser->at = first;
	return parse_joined(parser);
}
