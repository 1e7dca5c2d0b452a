#include "python/parse/parser.h"

bool at_comprehension(const struct parser *parser)
{
	return at(parser, TOKEN_FOR) || (at(parser, TOKEN_ASYNC) && next_is(parser, TOKEN_FOR));
}

/* One or more: for TARGETS in ITERABLE, if CONDITION.... */
static asdl_comprehension_seq *parse_comprehensions(struct parser *parser)
{
	size_t base = parser->pile.count;

	do {
		bool is_async = take_if(parser, TOKEN_ASYNC);
		expr_ty target, iterable;
		size_t conditions;
		asdl_expr_seq *sequence;

		expect(parser, TOKEN_FOR);
		target = parse_star_targets(parser);
		expect(parser, TOKEN_IN);
		iterable = parse_disjunction(parser);
		conditions = parser->pile.count;
		while (take_if(parser, TOKEN_IF))
			pile_add(parser, parse_disjunction(parser));
		sequence = take_expressions(parser, conditions);
		pile_add(parser, checked(parser, _PyAST_comprehension(target, iterable, sequence,
						     is_async, parser->arena)));
	} while (at_comprehension(parser));
	return (asdl_comprehension_seq *)take_things(parser, base);
}

expr_ty parse_generator(struct parser *parser, const struct token *start, expr_ty element)
{
	asdl_comprehension_seq *generators = parse_comprehensions(parser);

	if (element->kind == Starred_kind)
		return refuse_tokens(parser);
	expect(parser, TOKEN_RIGHT_PARENTHESIS);
	return made(parser, _PyAST_GeneratorExp(element, generators, FROM(parser, start)));
}

/* The rest of a list of elements, whose first one is parsed, through the closing bracket. */
static asdl_expr_seq *parse_elements(struct parser *parser, expr_ty first, enum token_type end)
{
	size_t base = parser->pile.count;

	pile_add(parser, first);
	while (take_if(parser, TOKEN_COMMA) && !at(parser, end))
		pile_add(parser, parse_star_named_expression(parser));
	expect(parser, end);
	return take_expressions(parser, base);
}

/* A tuple, a group, or a generator expression. */
static expr_ty parse_parenthesis(struct parser *parser)
{
	const struct token *start = take(parser);
	expr_ty first;

	if (take_if(parser, TOKEN_RIGHT_PARENTHESIS))
		return made(parser, _PyAST_Tuple(NULL, Load, FROM(parser, start)));
	if (at(parser, TOKEN_YIELD)) {
		first = parse_yield(parser);
		expect(parser, TOKEN_RIGHT_PARENTHESIS);
		return first;
	}
	first = parse_star_named_expression(parser);
	if (at_comprehension(parser))
		return parse_generator(parser, start, first);
	if (at(parser, TOKEN_COMMA)) {
		asdl_expr_seq *elements = parse_elements(parser, first, TOKEN_RIGHT_PARENTHESIS);

		return made(parser, _PyAST_Tuple(elements, Load, FROM(parser, start)));
	}
	if (first->kind == Starred_kind)
		return refuse_tokens(parser);
	expect(parser, TOKEN_RIGHT_PARENTHESIS);
	return first;
}

static expr_ty parse_list(struct parser *parser)
{
	const struct token *start = take(parser);
	asdl_expr_seq *elements;
	expr_ty first;

	if (take_if(parser, TOKEN_RIGHT_BRACKET))
		return made(parser, _PyAST_List(NULL, Load, FROM(parser, start)));
	first = parse_star_named_expression(parser);
	if (at_comprehension(parser)) {
		asdl_comprehension_seq *generators = parse_comprehensions(parser);

		if (first->kind == Starred_kind)
			return refuse_tokens(parser);
		expect(parser, TOKEN_RIGHT_BRACKET);
		return made(parser, _PyAST_ListComp(first, generators, FROM(parser, start)));
	}
	elements = parse_elements(parser, first, TOKEN_RIGHT_BRACKET);
	return made(parser, _PyAST_List(elements, Load, FROM(parser, start)));
}

static expr_ty parse_set(struct parser *parser, const struct token *start, expr_ty first)
{
	asdl_expr_seq *elements;

	if (at_comprehension(parser)) {
		asdl_comprehension_seq *generators = parse_comprehensions(parser);

		if (first->kind == Starred_kind)
			return refuse_tokens(parser);
		expect(parser, TOKEN_RIGHT_BRACE);
		return made(parser, _PyAST_SetComp(first, generators, FROM(parser, start)));
	}
	elements = parse_elements(parser, first, TOKEN_RIGHT_BRACE);
	return made(parser, _PyAST_Set(elements, FROM(parser, start)));
}

/* Put the key, NULL for `**`, and the value of an item on the pile. */
static void parse_item(struct parser *parser)
{
	if (take_if(parser, TOKEN_POWER)) {
		pile_add(parser, NULL);
		pile_add(parser, parse_bitwise_or(parser));
		return;
	}
	pile_add(parser, parse_expression(parser));
	expect(parser, TOKEN_COLON);
	pile_add(parser, parse_expression(parser));
}

/* The rest of a dictionary behind its first item, which is on the pile above `base`. */
static expr_ty parse_dictionary(struct parser *parser, const struct token *start, size_t base)
{
	asdl_expr_seq *keys, *values;
	size_t count;

	while (take_if(parser, TOKEN_COMMA) && !at(parser, TOKEN_RIGHT_BRACE))
		parse_item(parser);
	expect(parser, TOKEN_RIGHT_BRACE);
	count = (parser->pile.count - base) / 2;
	keys = checked(parser, _Py_asdl_expr_seq_new((Py_ssize_t)count, parser->arena));
	values = checked(parser, _Py_asdl_expr_seq_new((Py_ssize_t)count, parser->arena));
	for (size_t i = 0; keys && values && i < count; i++) {
		asdl_seq_SET(keys, i, parser->pile.at[base + 2 * i]);
		asdl_seq_SET(values, i, parser->pile.at[base + 2 * i + 1]);
	}
	parser->pile.count = base;
	return made(parser, _PyAST_Dict(keys, values, FROM(parser, start)));
}

static expr_ty parse_brace(struct parser *parser)
{
	const struct token *start = take(parser);
	size_t base = parser->pile.count;
	expr_ty key, value;

	if (at(parser, TOKEN_STAR))
		return parse_set(parser, start, parse_star_named_expression(parser));
	if (at(parser, TOKEN_RIGHT_BRACE))
		return parse_dictionary(parser, start, base);
	if (at(parser, TOKEN_POWER)) {
		parse_item(parser);
		return parse_dictionary(parser, start, base);
	}
	if (at(parser, TOKEN_NAME) && next_is(parser, TOKEN_WALRUS))
		return parse_set(parser, start, parse_named_expression(parser));
	key = parse_expression(parser);
	if (!take_if(parser, TOKEN_COLON))
		return parse_set(parser, start, key);
	value = parse_expression(parser);
	if (at_comprehension(parser)) {
		asdl_comprehension_seq *generators = parse_comprehensions(parser);

		expect(parser, TOKEN_RIGHT_BRACE);
		return made(parser, _PyAST_DictComp(key, value, generators, FROM(parser, start)));
	}
	pile_add(parser, key);
	pile_add(parser, value);
	return parse_dictionary(parser, start, base);
}

static expr_ty parse_bracketed(struct parser *parser)
{
	if (at(parser, TOKEN_LEFT_PARENTHESIS))
		return parse_parenthesis(parser);
	if (at(parser, TOKEN_LEFT_BRACKET))
		return parse_list(parser);
	return parse_brace(parser);
}

static expr_ty parse_constant(struct parser *parser, PyObject *value)
{
	const struct token *start = take(parser);

	return made(parser, _PyAST_Constant(value, NULL, FROM(parser, start)));
}

expr_ty parse_atom(struct parser *parser)
{
	const struct token *start = parser->at;
	PyObject *name;

	switch (start->type) {
	case TOKEN_NAME:
		name = take_name(parser);
		return made(parser, _PyAST_Name(name, Load, FROM(parser, start)));
	case TOKEN_NUMBER:
		return parse_number(parser);
	case TOKEN_STRING:
	case TOKEN_FIELDS_BEGIN:
		return parse_strings(parser);
	case TOKEN_LEFT_PARENTHESIS:
	case TOKEN_LEFT_BRACKET:
	case TOKEN_LEFT_BRACE:
		return parse_bracketed(parser);
	case TOKEN_NONE:
		return parse_constant(parser, Py_None);
	case TOKEN_TRUE:
		return parse_constant(parser, Py_True);
	case TOKEN_FALSE:
		return parse_constant(parser, Py_False);
	case TOKEN_ELLIPSIS:
		return parse_constant(parser, Py_Ellipsis);
	default:
		return refuse_tokens(parser);
	}
}
