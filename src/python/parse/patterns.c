#include "python/parse/parser.h"

static pattern_ty parse_pattern(struct parser *parser);

bool at_match(const struct parser *parser)
{
	const struct token *token = parser->at + 1;

	if (!at_word(parser, "match") || token->type == TOKEN_NEWLINE)
		return false;
	/* A simple statement never ends with a colon. */
	while (token->type != TOKEN_NEWLINE && token->type != TOKEN_END)
		token += token->type >= TOKEN_LEFT_PARENTHESIS && token->type <= TOKEN_LEFT_BRACE
			     ? token->matching
			     : 1;
	return token[-1].type == TOKEN_COLON;
}

/* A name that is bound: not `_`. What makes another thing of a name does not fit behind one. */
static PyObject *take_capture(struct parser *parser)
{
	if (at_word(parser, "_"))
		(void)refuse_tokens(parser);
	return take_name(parser);
}

/* NAME or NAME.NAME.... */
static expr_ty parse_dotted(struct parser *parser)
{
	const struct token *start = parser->at;
	PyObject *name = take_name(parser);
	expr_ty result = made(parser, _PyAST_Name(name, Load, FROM(parser, start)));

	while (take_if(parser, TOKEN_DOT)) {
		name = take_name(parser);
		result = made(parser, _PyAST_Attribute(result, name, Load, FROM(parser, start)));
	}
	return result;
}

static bool is_imaginary(expr_ty number)
{
	return number->kind == Constant_kind && PyComplex_CheckExact(number->v.Constant.value);
}

/* A number, perhaps negative, and perhaps with an imaginary part. */
static expr_ty parse_signed_number(struct parser *parser)
{
	const struct token *start = parser->at;
	bool is_negative = take_if(parser, TOKEN_MINUS);
	expr_ty real, imaginary;
	operator_ty operator;
	bool is_real;

	if (!at(parser, TOKEN_NUMBER))
		return refuse_tokens(parser);
	real = parse_number(parser);
	is_real = !is_imaginary(real);
	if (is_negative)
		real = made(parser, _PyAST_UnaryOp(USub, real, FROM(parser, start)));
	if (!at(parser, TOKEN_PLUS) && !at(parser, TOKEN_MINUS))
		return real;
	operator= take(parser)->type == TOKEN_PLUS ? Add : Sub;
	if (!is_real || !at(parser, TOKEN_NUMBER))
		return refuse_tokens(parser);
	imaginary = parse_number(parser);
	if (!is_imaginary(imaginary))
		return refuse_tokens(parser);
	return made(parser, _PyAST_BinOp(real, operator, imaginary, FROM(parser, start)));
}

static PyObject *singleton_at(const struct parser *parser)
{
	switch (parser->at->type) {
	case TOKEN_NONE:
		return Py_None;
	case TOKEN_TRUE:
		return Py_True;
	case TOKEN_FALSE:
		return Py_False;
	default:
		return NULL;
	}
}

static bool at_literal(const struct parser *parser)
{
	return at(parser, TOKEN_NUMBER) || at(parser, TOKEN_MINUS) || at(parser, TOKEN_STRING) ||
	       at(parser, TOKEN_FIELDS_BEGIN);
}

/* A literal that is no singleton. */
static expr_ty parse_literal(struct parser *parser)
{
	return at(parser, TOKEN_STRING) || at(parser, TOKEN_FIELDS_BEGIN)
		   ? parse_strings(parser)
		   : parse_signed_number(parser);
}

static pattern_ty parse_star_pattern(struct parser *parser)
{
	const struct token *start = take(parser);
	PyObject *name = NULL;

	if (at_word(parser, "_"))
		parser->at++;
	else
		name = take_capture(parser);
	return checked(parser, _PyAST_MatchStar(name, FROM(parser, start)));
}

static pattern_ty parse_maybe_star_pattern(struct parser *parser)
{
	return at(parser, TOKEN_STAR) ? parse_star_pattern(parser) : parse_pattern(parser);
}

/* Patterns with commas up to a closing bracket, which is taken. NULL for none. */
static asdl_pattern_seq *parse_sequence(struct parser *parser, enum token_type end)
{
	size_t base = parser->pile.count;

	while (!at(parser, end) && !at(parser, TOKEN_END)) {
		pile_add(parser, parse_maybe_star_pattern(parser));
		if (!at(parser, end))
			expect(parser, TOKEN_COMMA);
	}
	expect(parser, end);
	return parser->pile.count > base ? take_things(parser, base) : NULL;
}

/* A sequence or a group. */
static pattern_ty parse_parenthesis(struct parser *parser)
{
	const struct token *start = take(parser);
	size_t base = parser->pile.count;
	pattern_ty first;

	if (take_if(parser, TOKEN_RIGHT_PARENTHESIS))
		return checked(parser, _PyAST_MatchSequence(NULL, FROM(parser, start)));
	if (!at(parser, TOKEN_STAR)) {
		first = parse_pattern(parser);
		if (take_if(parser, TOKEN_RIGHT_PARENTHESIS))
			return first;
	} else {
		first = parse_star_pattern(parser);
	}
	pile_add(parser, first);
	expect(parser, TOKEN_COMMA);
	while (!at(parser, TOKEN_RIGHT_PARENTHESIS) && !at(parser, TOKEN_END)) {
		pile_add(parser, parse_maybe_star_pattern(parser));
		if (!at(parser, TOKEN_RIGHT_PARENTHESIS))
			expect(parser, TOKEN_COMMA);
	}
	expect(parser, TOKEN_RIGHT_PARENTHESIS);
	return checked(
	    parser, _PyAST_MatchSequence(take_things(parser, base), FROM(parser, start)));
}

/* Items of a mapping on the pile: every other one is a key. */
static void take_items(
    struct parser *parser, size_t base, asdl_expr_seq **ret_keys, asdl_pattern_seq **ret_patterns)
{
	size_t count = (parser->pile.count - base) / 2;
	asdl_generic_seq *keys = checked(
	    parser, _Py_asdl_generic_seq_new((Py_ssize_t)count, parser->arena));
	asdl_generic_seq *patterns = checked(
	    parser, _Py_asdl_generic_seq_new((Py_ssize_t)count, parser->arena));

	for (size_t i = 0; keys && patterns && i < count; i++) {
		keys->typed_elements[i] = parser->pile.at[base + 2 * i];
		patterns->typed_elements[i] = parser->pile.at[base + 2 * i + 1];
	}
	parser->pile.count = base;
	*ret_keys = (asdl_expr_seq *)keys;
	*ret_patterns = (asdl_pattern_seq *)patterns;
}

/* A key of a mapping. */
static expr_ty parse_key(struct parser *parser)
{
	const struct token *start = parser->at;
	PyObject *singleton = singleton_at(parser);
	expr_ty result;

	if (singleton) {
		parser->at++;
		return made(parser, _PyAST_Constant(singleton, NULL, FROM(parser, start)));
	}
	if (at_literal(parser))
		return parse_literal(parser);
	result = parse_dotted(parser);
	return result->kind == Attribute_kind ? result : refuse_tokens(parser);
}

static pattern_ty parse_mapping(struct parser *parser)
{
	const struct token *start = take(parser);
	size_t base = parser->pile.count;
	PyObject *rest = NULL;
	asdl_expr_seq *keys = NULL;
	asdl_pattern_seq *patterns = NULL;

	while (!at(parser, TOKEN_RIGHT_BRACE) && !at(parser, TOKEN_END)) {
		if (rest)
			(void)refuse_tokens(parser);
		if (take_if(parser, TOKEN_POWER)) {
			rest = take_capture(parser);
		} else {
			pile_add(parser, parse_key(parser));
			expect(parser, TOKEN_COLON);
			pile_add(parser, parse_pattern(parser));
		}
		if (!at(parser, TOKEN_RIGHT_BRACE))
			expect(parser, TOKEN_COMMA);
	}
	expect(parser, TOKEN_RIGHT_BRACE);
	if (parser->pile.count > base)
		take_items(parser, base, &keys, &patterns);
	return checked(parser, _PyAST_MatchMapping(keys, patterns, rest, FROM(parser, start)));
}

/* The arguments of a class: CPython takes `_` before `=` for a wildcard behind other patterns. */
static pattern_ty parse_class(struct parser *parser, const struct token *start, expr_ty class)
{
	size_t base = parser->pile.count;
	asdl_expr_seq *names = NULL;
	asdl_pattern_seq *positional = NULL, *patterns = NULL;

	expect(parser, TOKEN_LEFT_PARENTHESIS);
	while (!at(parser, TOKEN_RIGHT_PARENTHESIS) && !at(parser, TOKEN_END) &&
	       !(at(parser, TOKEN_NAME) && next_is(parser, TOKEN_EQUAL))) {
		pile_add(parser, parse_pattern(parser));
		if (!at(parser, TOKEN_RIGHT_PARENTHESIS))
			expect(parser, TOKEN_COMMA);
	}
	if (parser->pile.count > base) {
		positional = take_things(parser, base);
		if (at_word(parser, "_"))
			(void)refuse_tokens(parser);
	}
	while (!at(parser, TOKEN_RIGHT_PARENTHESIS) && !at(parser, TOKEN_END)) {
		pile_add(parser, take_name(parser));
		expect(parser, TOKEN_EQUAL);
		pile_add(parser, parse_pattern(parser));
		if (!at(parser, TOKEN_RIGHT_PARENTHESIS))
			expect(parser, TOKEN_COMMA);
	}
	expect(parser, TOKEN_RIGHT_PARENTHESIS);
	if (parser->pile.count > base)
		take_items(parser, base, &names, &patterns);
	return checked(parser, _PyAST_MatchClass(class, positional, (asdl_identifier_seq *)names,
				   patterns, FROM(parser, start)));
}

/* What begins with a name: a wildcard, a capture, a value, or a class. */
static pattern_ty parse_named_pattern(struct parser *parser)
{
	const struct token *start = parser->at;
	expr_ty value;

	if (at_word(parser, "_")) {
		parser->at++;
		return checked(parser, _PyAST_MatchAs(NULL, NULL, FROM(parser, start)));
	}
	if (!next_is(parser, TOKEN_DOT) && !next_is(parser, TOKEN_LEFT_PARENTHESIS)) {
		PyObject *name = take_capture(parser);

		return checked(parser, _PyAST_MatchAs(NULL, name, FROM(parser, start)));
	}
	value = parse_dotted(parser);
	if (at(parser, TOKEN_LEFT_PARENTHESIS))
		return parse_class(parser, start, value);
	return checked(parser, _PyAST_MatchValue(value, FROM(parser, start)));
}

static pattern_ty parse_closed_pattern(struct parser *parser)
{
	const struct token *start = parser->at;
	PyObject *singleton = singleton_at(parser);
	expr_ty value;

	if (singleton) {
		parser->at++;
		return checked(parser, _PyAST_MatchSingleton(singleton, FROM(parser, start)));
	}
	if (at_literal(parser)) {
		value = parse_literal(parser);
		return checked(parser, _PyAST_MatchValue(value, FROM(parser, start)));
	}
	switch (start->type) {
	case TOKEN_NAME:
		return parse_named_pattern(parser);
	case TOKEN_LEFT_PARENTHESIS:
		return parse_parenthesis(parser);
	case TOKEN_LEFT_BRACKET: {
		asdl_pattern_seq *patterns;

		parser->at++;
		patterns = parse_sequence(parser, TOKEN_RIGHT_BRACKET);
		return checked(parser, _PyAST_MatchSequence(patterns, FROM(parser, start)));
	}
	case TOKEN_LEFT_BRACE:
		return parse_mapping(parser);
	default:
		(void)refuse_tokens(parser);
		return NULL;
	}
}

/* Alternatives, and a name for what matches. */
static pattern_ty parse_pattern(struct parser *parser)
{
	const struct token *start = parser->at;
	size_t base = parser->pile.count;
	pattern_ty result;

	result = parse_closed_pattern(parser);
	if (at(parser, TOKEN_BAR)) {
		pile_add(parser, result);
		while (take_if(parser, TOKEN_BAR))
			pile_add(parser, parse_closed_pattern(parser));
		result = checked(
		    parser, _PyAST_MatchOr(take_things(parser, base), FROM(parser, start)));
	}
	if (take_if(parser, TOKEN_AS)) {
		PyObject *name = take_capture(parser);

		result = checked(parser, _PyAST_MatchAs(result, name, FROM(parser, start)));
	}
	return result;
}

/* What stands behind `case`: a pattern, or a sequence without brackets. */
static pattern_ty parse_patterns(struct parser *parser)
{
	const struct token *start = parser->at;
	size_t base = parser->pile.count;
	pattern_ty first = parse_maybe_star_pattern(parser);

	if (!at(parser, TOKEN_COMMA)) {
		if (start->type == TOKEN_STAR)
			(void)refuse_tokens(parser);
		return first;
	}
	pile_add(parser, first);
	while (take_if(parser, TOKEN_COMMA) && !at(parser, TOKEN_COLON) && !at(parser, TOKEN_IF))
		pile_add(parser, parse_maybe_star_pattern(parser));
	return checked(
	    parser, _PyAST_MatchSequence(take_things(parser, base), FROM(parser, start)));
}

static match_case_ty parse_case(struct parser *parser)
{
	pattern_ty pattern;
	expr_ty guard = NULL;
	asdl_stmt_seq *body;

	if (!at_word(parser, "case"))
		(void)refuse_tokens(parser);
	(void)take(parser);
	pattern = parse_patterns(parser);
	if (take_if(parser, TOKEN_IF))
		guard = parse_named_expression(parser);
	expect(parser, TOKEN_COLON);
	body = parse_block(parser);
	return checked(parser, _PyAST_match_case(pattern, guard, body, parser->arena));
}

static expr_ty parse_subject(struct parser *parser)
{
	const struct token *start = parser->at;
	size_t base = parser->pile.count;
	expr_ty first = parse_star_named_expression(parser);

	if (!at(parser, TOKEN_COMMA))
		return start->type == TOKEN_STAR ? refuse_tokens(parser) : first;
	pile_add(parser, first);
	while (take_if(parser, TOKEN_COMMA) && !at(parser, TOKEN_COLON))
		pile_add(parser, parse_star_named_expression(parser));
	return made(
	    parser, _PyAST_Tuple(take_expressions(parser, base), Load, FROM(parser, start)));
}

stmt_ty parse_match(struct parser *parser)
{
	const struct token *start = take(parser);
	expr_ty subject = parse_subject(parser);
	size_t base = parser->pile.count;
	asdl_match_case_seq *cases;

	expect(parser, TOKEN_COLON);
	expect(parser, TOKEN_NEWLINE);
	expect(parser, TOKEN_INDENT);
	do
		pile_add(parser, parse_case(parser));
	while (!at(parser, TOKEN_DEDENT) && !at(parser, TOKEN_END));
	expect(parser, TOKEN_DEDENT);
	cases = take_things(parser, base);
	return checked(parser, _PyAST_Match(subject, cases, FROM(parser, start)));
}
