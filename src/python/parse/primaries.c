#include "python/parse/parser.h"

/* What begins with `*` in arguments and subscripts. */
static expr_ty parse_unpacked(struct parser *parser)
{
	const struct token *start = take(parser);
	expr_ty value = parse_expression(parser);

	return made(parser, _PyAST_Starred(value, Load, FROM(parser, start)));
}

/* NAME=VALUE or **VALUE. */
static keyword_ty parse_keyword(struct parser *parser)
{
	const struct token *start = parser->at;
	PyObject *name = NULL;
	expr_ty value;

	if (!take_if(parser, TOKEN_POWER)) {
		name = take_name(parser);
		expect(parser, TOKEN_EQUAL);
	}
	value = parse_expression(parser);
	return checked(parser, _PyAST_keyword(name, value, FROM(parser, start)));
}

/* The arguments from the first keyword on: those with `*` are put on the pile above the positional
 * ones, once all keywords are known. */
static asdl_keyword_seq *parse_keywords(struct parser *parser)
{
	size_t base = parser->pile.count, count = 0, unpacked = 0;
	asdl_keyword_seq *result;
	bool has_mapping = false;

	/* Pairs: a keyword or NULL, an expression or NULL. */
	do {
		if (at(parser, TOKEN_RIGHT_PARENTHESIS))
			break;
		if (at(parser, TOKEN_STAR)) {
			if (has_mapping)
				(void)refuse_tokens(parser);
			pile_add(parser, NULL);
			pile_add(parser, parse_unpacked(parser));
			unpacked++;
			continue;
		}
		has_mapping |= at(parser, TOKEN_POWER);
		pile_add(parser, parse_keyword(parser));
		pile_add(parser, NULL);
		count++;
	} while (take_if(parser, TOKEN_COMMA));
	result = checked(
	    parser, (asdl_keyword_seq *)_Py_asdl_generic_seq_new((Py_ssize_t)count, parser->arena));
	count = 0;
	for (size_t i = 0, pairs = (parser->pile.count - base) / 2, put = 0; i < pairs; i++) {
		void **pair = &parser->pile.at[base + 2 * i];

		if (pair[1])
			parser->pile.at[base + put++] = pair[1];
		else if (result)
			result->typed_elements[count++] = pair[0];
	}
	parser->pile.count = base + unpacked;
	return result;
}

struct call parse_arguments(struct parser *parser, const struct token *open)
{
	size_t base = parser->pile.count;
	struct call result = {NULL, NULL};

	while (!at(parser, TOKEN_RIGHT_PARENTHESIS)) {
		if (at(parser, TOKEN_POWER) ||
		    (at(parser, TOKEN_NAME) && next_is(parser, TOKEN_EQUAL))) {
			result.keywords = parse_keywords(parser);
			break;
		}
		pile_add(parser, at(parser, TOKEN_STAR) ? parse_unpacked(parser)
							: parse_named_expression(parser));
		if (open && parser->pile.count == base + 1 && at_comprehension(parser)) {
			parser->pile.at[base] = parse_generator(
			    parser, open, parser->pile.at[base]);
			result.positional = take_expressions(parser, base);
			return result;
		}
		if (!take_if(parser, TOKEN_COMMA))
			break;
	}
	expect(parser, TOKEN_RIGHT_PARENTHESIS);
	if (parser->pile.count > base)
		result.positional = take_expressions(parser, base);
	return result;
}

static expr_ty parse_call(struct parser *parser, const struct token *start, expr_ty callable)
{
	const struct token *open = take(parser);
	struct call call = parse_arguments(parser, open);

	return made(
	    parser, _PyAST_Call(callable, call.positional, call.keywords, FROM(parser, start)));
}

/* LOWER:UPPER:STEP, or an expression. */
static expr_ty parse_slice(struct parser *parser)
{
	const struct token *start = parser->at;
	expr_ty lower = NULL, upper = NULL, step = NULL;

	if (!at(parser, TOKEN_COLON)) {
		lower = parse_named_expression(parser);
		if (!at(parser, TOKEN_COLON))
			return lower;
		if (start[1].type == TOKEN_WALRUS && start->type == TOKEN_NAME)
			return refuse_tokens(parser);
	}
	expect(parser, TOKEN_COLON);
	if (!at(parser, TOKEN_COLON) && !at(parser, TOKEN_COMMA) &&
	    !at(parser, TOKEN_RIGHT_BRACKET))
		upper = parse_expression(parser);
	if (take_if(parser, TOKEN_COLON) && !at(parser, TOKEN_COMMA) &&
	    !at(parser, TOKEN_RIGHT_BRACKET))
		step = parse_expression(parser);
	return made(parser, _PyAST_Slice(lower, upper, step, FROM(parser, start)));
}

static expr_ty parse_slices(struct parser *parser)
{
	const struct token *start = parser->at;
	size_t base = parser->pile.count;

	if (!at(parser, TOKEN_STAR)) {
		expr_ty first = parse_slice(parser);

		if (!at(parser, TOKEN_COMMA))
			return first;
		pile_add(parser, first);
	} else {
		pile_add(parser, parse_unpacked(parser));
	}
	while (take_if(parser, TOKEN_COMMA) && !at(parser, TOKEN_RIGHT_BRACKET))
		pile_add(
		    parser, at(parser, TOKEN_STAR) ? parse_unpacked(parser) : parse_slice(parser));
	return made(
	    parser, _PyAST_Tuple(take_expressions(parser, base), Load, FROM(parser, start)));
}

static expr_ty parse_trailer(struct parser *parser, const struct token *start, expr_ty value)
{
	PyObject *name;
	expr_ty slice;

	if (at(parser, TOKEN_LEFT_PARENTHESIS))
		return parse_call(parser, start, value);
	if (take_if(parser, TOKEN_DOT)) {
		name = take_name(parser);
		return made(parser, _PyAST_Attribute(value, name, Load, FROM(parser, start)));
	}
	expect(parser, TOKEN_LEFT_BRACKET);
	slice = parse_slices(parser);
	expect(parser, TOKEN_RIGHT_BRACKET);
	return made(parser, _PyAST_Subscript(value, slice, Load, FROM(parser, start)));
}

expr_ty parse_primary(struct parser *parser)
{
	const struct token *start = parser->at, *operand;
	bool awaits = take_if(parser, TOKEN_AWAIT);
	expr_ty value;

	operand = parser->at;
	value = parse_atom(parser);
	while (at(parser, TOKEN_DOT) || at(parser, TOKEN_LEFT_PARENTHESIS) ||
	       at(parser, TOKEN_LEFT_BRACKET))
		value = parse_trailer(parser, operand, value);
	return awaits ? made(parser, _PyAST_Await(value, FROM(parser, start))) : value;
}
