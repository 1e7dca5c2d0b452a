#include "python/parse/strings.h"

/*
 * Strings of CPython 3.12 and later, whose fields are tokens (PEP 701). Their parts are put on the
 * pile as nodes, and neighbouring constants joined in the end.
 */

static bool is_constant(void *const *at, size_t i, size_t count)
{
	return i < count && ((expr_ty)at[i])->kind == Constant_kind;
}

/* The nodes on the pile above `base`, with each run of constants as one, and without empty ones. */
static void fold(struct parser *parser, size_t base)
{
	void **at = &parser->pile.at[base];
	size_t count = parser->pile.count - base, put = 0;

	for (size_t i = 0; i < count; i++) {
		expr_ty node = at[i], last = node;
		PyObject *text = NULL;

		if (!is_constant(at, i, count)) {
			at[put++] = node;
			continue;
		}
		if (is_constant(at, i + 1, count))
			text = Py_NewRef(node->v.Constant.value);
		while (is_constant(at, i + 1, count)) {
			last = at[++i];
			string_append(parser, &text, Py_NewRef(last->v.Constant.value));
		}
		if (last != node) {
			text = checked(parser, arena_keep(parser->arena, text));
			node = made(parser, _PyAST_Constant(text, node->v.Constant.kind,
						node->lineno, node->col_offset, last->end_lineno,
						last->end_col_offset, parser->arena));
		}
		if (node->kind != Constant_kind || PyUnicode_GET_LENGTH(node->v.Constant.value))
			at[put++] = node;
	}
	parser->pile.count = base + put;
}

/* Nothing but escaped line ends is no constant, to which CPython gives no place. */
static void add_text(struct parser *parser, bool is_raw)
{
	const struct token *token = take(parser);
	struct slice text = {parser->text + token->begin, token->len};
	PyObject *value = arena_keep(parser->arena, string_decode(parser, token, text, is_raw));

	if (value && PyUnicode_GET_LENGTH(value) == 0)
		return;
	pile_add(parser, made(parser, _PyAST_Constant(value, NULL, FROM(parser, token))));
}

static void parse_field(struct parser *parser, bool is_raw);

/* What stands behind the colon: text and fields. */
static expr_ty parse_format(struct parser *parser, bool is_raw)
{
	const struct token *start = take(parser);
	size_t base = parser->pile.count;

	while (at(parser, TOKEN_FIELDS_TEXT) || at(parser, TOKEN_LEFT_BRACE)) {
		if (at(parser, TOKEN_FIELDS_TEXT))
			add_text(parser, is_raw);
		else
			parse_field(parser, is_raw);
	}
	if (!VERSION_FIELDS_END_FORMATS && last_token(parser)->type == TOKEN_RIGHT_BRACE)
		(void)doubt_tokens(parser);
	fold(parser, base);
	return made(parser, _PyAST_JoinedStr(take_expressions(parser, base), FROM(parser, start)));
}

/* The source of an expression that is shown with its value, from the brace `start` to what ends
 * it, which the parser is at. Releases of CPython differ about texts with # and ! in them. */
static void add_shown(struct parser *parser, const struct token *start)
{
	const struct token *end = parser->at;
	const char *begin = parser->text + start->begin + 1;
	struct slice shown = {begin, (size_t)(parser->text + end->begin - begin)};
	PyObject *text;

	if (memchr(begin, '#', shown.len) || memchr(begin, '!', shown.len)) {
		(void)doubt_tokens(parser);
		return;
	}
	text = arena_keep(
	    parser->arena, PyUnicode_DecodeUTF8(shown.data, (Py_ssize_t)shown.len, NULL));
	pile_add(
	    parser, made(parser, _PyAST_Constant(checked(parser, text), NULL, start->line,
				     start->column + 1, end->line, end->column, parser->arena)));
}

static int parse_conversion(struct parser *parser)
{
	const struct token *name;
	char letter;

	if (!take_if(parser, TOKEN_EXCLAMATION))
		return -1;
	name = parser->at;
	(void)take_name(parser);
	letter = parser->text[name->begin];
	if (name->len != 1 || !strchr("sra", letter) || name->begin != name[-1].begin + 1)
		(void)doubt_tokens(parser);
	return letter;
}

static void parse_field(struct parser *parser, bool is_raw)
{
	const struct token *start = take(parser);
	expr_ty value, format = NULL;
	bool is_shown;
	int conversion;

	value = at(parser, TOKEN_YIELD) ? parse_yield(parser) : parse_star_expressions(parser);
	is_shown = take_if(parser, TOKEN_EQUAL);
	if (is_shown)
		add_shown(parser, start);
	conversion = parse_conversion(parser);
	if (at(parser, TOKEN_FORMAT))
		format = parse_format(parser, is_raw);
	else if (is_shown && conversion == -1)
		conversion = 'r';
	expect(parser, TOKEN_RIGHT_BRACE);
	pile_add(parser,
	    made(parser, _PyAST_FormattedValue(value, conversion, format, FROM(parser, start))));
}

static void add_with_fields(struct parser *parser)
{
	bool is_raw = string_prefix(parser, take(parser)).is_raw;

	while (!at(parser, TOKEN_FIELDS_END) && !at(parser, TOKEN_END)) {
		if (at(parser, TOKEN_FIELDS_TEXT))
			add_text(parser, is_raw);
		else
			parse_field(parser, is_raw);
	}
	expect(parser, TOKEN_FIELDS_END);
}

expr_ty parse_joined(struct parser *parser)
{
	const struct token *start = parser->at;
	size_t base = parser->pile.count;

	while (at(parser, TOKEN_STRING) || at(parser, TOKEN_FIELDS_BEGIN)) {
		const struct token *token = parser->at;

		if (token->type == TOKEN_FIELDS_BEGIN) {
			add_with_fields(parser);
			continue;
		}
		if (string_prefix(parser, token).is_bytes)
			return refuse_tokens(parser);
		parser->at++;
		pile_add(parser, parse_plain_strings(parser, token, token));
	}
	if (parser->verdict != VERDICT_OPEN)
		return parser->nothing;
	fold(parser, base);
	return made(parser, _PyAST_JoinedStr(take_expressions(parser, base), FROM(parser, start)));
}
