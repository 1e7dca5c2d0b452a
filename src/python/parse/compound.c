#include "python/parse/parser.h"

/* `else` and its block; NULL if there is none. */
static asdl_stmt_seq *parse_else(struct parser *parser)
{
	if (!take_if(parser, TOKEN_ELSE))
		return NULL;
	expect(parser, TOKEN_COLON);
	return parse_block(parser);
}

/* `if` or `elif`. */
static stmt_ty parse_if(struct parser *parser)
{
	const struct token *start = take(parser);
	expr_ty test = parse_named_expression(parser);
	asdl_stmt_seq *body, *rest;

	expect(parser, TOKEN_COLON);
	body = parse_block(parser);
	if (at(parser, TOKEN_ELIF)) {
		size_t base = parser->pile.count;

		enter(parser, DEPTH_UNARY);
		pile_add(parser, parse_if(parser));
		leave(parser, DEPTH_UNARY);
		rest = take_things(parser, base);
	} else {
		rest = parse_else(parser);
	}
	return checked(parser, _PyAST_If(test, body, rest, FROM(parser, start)));
}

static stmt_ty parse_while(struct parser *parser)
{
	const struct token *start = take(parser);
	expr_ty test = parse_named_expression(parser);
	asdl_stmt_seq *body, *rest;

	expect(parser, TOKEN_COLON);
	body = parse_block(parser);
	rest = parse_else(parser);
	return checked(parser, _PyAST_While(test, body, rest, FROM(parser, start)));
}

/* `for`, behind `async` if `start` is that. */
static stmt_ty parse_for(struct parser *parser, const struct token *start)
{
	expr_ty target, iterable;
	asdl_stmt_seq *body, *rest;

	expect(parser, TOKEN_FOR);
	target = parse_star_targets(parser);
	expect(parser, TOKEN_IN);
	iterable = parse_star_expressions(parser);
	expect(parser, TOKEN_COLON);
	body = parse_block(parser);
	rest = parse_else(parser);
	return start->type == TOKEN_ASYNC
		   ? checked(parser,
			 _PyAST_AsyncFor(target, iterable, body, rest, NULL, FROM(parser, start)))
		   : checked(parser,
			 _PyAST_For(target, iterable, body, rest, NULL, FROM(parser, start)));
}

/* One item of `with`, put on the pile. */
static void parse_with_item(struct parser *parser)
{
	expr_ty context = parse_expression(parser), target = NULL;

	if (take_if(parser, TOKEN_AS))
		target = parse_star_target(parser);
	pile_add(parser, checked(parser, _PyAST_withitem(context, target, parser->arena)));
}

/* Try items in parentheses, which are what CPython's grammar tries first. If the tokens are not
 * that, false, and the parser is where it was. */
static bool try_bracketed_items(struct parser *parser)
{
	const struct token *start = parser->at, *close;
	size_t base = parser->pile.count;
	int depth = parser->depth;

	if (!at(parser, TOKEN_LEFT_PARENTHESIS))
		return false;
	close = start + start->matching;
	if (close[1].type != TOKEN_COLON)
		return false;
	parser->at++;
	do
		parse_with_item(parser);
	while (take_if(parser, TOKEN_COMMA) && !at(parser, TOKEN_RIGHT_PARENTHESIS));
	expect(parser, TOKEN_RIGHT_PARENTHESIS);
	expect(parser, TOKEN_COLON);
	if (parser->verdict != VERDICT_REFUSED)
		return true;
	PyErr_Clear();
	parser->verdict = VERDICT_OPEN;
	parser->at = start;
	parser->pile.count = base;
	parser->depth = depth;
	return false;
}

static stmt_ty parse_with(struct parser *parser, const struct token *start)
{
	size_t base = parser->pile.count;
	asdl_withitem_seq *items;
	asdl_stmt_seq *body;

	expect(parser, TOKEN_WITH);
	if (!try_bracketed_items(parser)) {
		do
			parse_with_item(parser);
		while (take_if(parser, TOKEN_COMMA));
		expect(parser, TOKEN_COLON);
	}
	items = take_things(parser, base);
	body = parse_block(parser);
	return start->type == TOKEN_ASYNC
		   ? checked(parser, _PyAST_AsyncWith(items, body, NULL, FROM(parser, start)))
		   : checked(parser, _PyAST_With(items, body, NULL, FROM(parser, start)));
}

/* What is caught: an expression, or several with commas. */
static expr_ty parse_type(struct parser *parser)
{
	const struct token *start = parser->at;
	size_t base = parser->pile.count;
	expr_ty first = parse_expression(parser);

	if (!VERSION_EXCEPT_WITHOUT_PARENTHESES || !at(parser, TOKEN_COMMA))
		return first;
	pile_add(parser, first);
	while (take_if(parser, TOKEN_COMMA) && !at(parser, TOKEN_COLON))
		pile_add(parser, parse_expression(parser));
	if (!at(parser, TOKEN_COLON))
		return refuse_tokens(parser);
	return made(
	    parser, _PyAST_Tuple(take_expressions(parser, base), Load, FROM(parser, start)));
}

/* `except` or `except*`, put on the pile. */
static void parse_handler(struct parser *parser, bool is_group)
{
	const struct token *start = take(parser);
	expr_ty type = NULL;
	PyObject *name = NULL;
	asdl_stmt_seq *body;

	if (at(parser, TOKEN_STAR) != is_group)
		(void)refuse_tokens(parser);
	if (is_group)
		(void)take(parser);
	if (is_group || !at(parser, TOKEN_COLON)) {
		type = parse_type(parser);
		if (take_if(parser, TOKEN_AS))
			name = take_name(parser);
	}
	expect(parser, TOKEN_COLON);
	body = parse_block(parser);
	pile_add(
	    parser, checked(parser, _PyAST_ExceptHandler(type, name, body, FROM(parser, start))));
}

static stmt_ty parse_try(struct parser *parser)
{
	const struct token *start = take(parser);
	size_t base = parser->pile.count;
	asdl_stmt_seq *body, *rest = NULL, *final = NULL;
	asdl_excepthandler_seq *handlers = NULL;
	bool is_group;

	expect(parser, TOKEN_COLON);
	body = parse_block(parser);
	is_group = next_is(parser, TOKEN_STAR);
	while (at(parser, TOKEN_EXCEPT))
		parse_handler(parser, is_group);
	if (parser->pile.count > base) {
		handlers = take_things(parser, base);
		rest = parse_else(parser);
	}
	if (take_if(parser, TOKEN_FINALLY)) {
		expect(parser, TOKEN_COLON);
		final = parse_block(parser);
	} else if (!handlers) {
		(void)refuse_tokens(parser);
	}
	return handlers && is_group
		   ? checked(
			 parser, _PyAST_TryStar(body, handlers, rest, final, FROM(parser, start)))
		   : checked(parser, _PyAST_Try(body, handlers, rest, final, FROM(parser, start)));
}

/* `def`, behind `async` if `start` is that. */
static stmt_ty parse_function(
    struct parser *parser, const struct token *start, asdl_expr_seq *decorators)
{
	struct version_definition parts = {
	    .decorators = decorators, .is_async = start->type == TOKEN_ASYNC};

	expect(parser, TOKEN_DEF);
	parts.name = take_name(parser);
	if (VERSION_TYPE_PARAMETERS && at(parser, TOKEN_LEFT_BRACKET))
		parts.type_parameters = parse_type_parameters(parser);
	expect(parser, TOKEN_LEFT_PARENTHESIS);
	parts.parameters = parse_parameters(parser, TOKEN_RIGHT_PARENTHESIS, true);
	expect(parser, TOKEN_RIGHT_PARENTHESIS);
	if (take_if(parser, TOKEN_ARROW))
		parts.returns = parse_expression(parser);
	expect(parser, TOKEN_COLON);
	parts.body = parse_block(parser);
	return checked(parser, version_function(&parts, FROM(parser, start)));
}

static stmt_ty parse_class(struct parser *parser, asdl_expr_seq *decorators)
{
	const struct token *start = take(parser);
	struct version_definition parts = {.decorators = decorators};
	struct call call = {NULL, NULL};

	parts.name = take_name(parser);
	if (VERSION_TYPE_PARAMETERS && at(parser, TOKEN_LEFT_BRACKET))
		parts.type_parameters = parse_type_parameters(parser);
	if (take_if(parser, TOKEN_LEFT_PARENTHESIS))
		call = parse_arguments(parser, NULL);
	parts.bases = call.positional;
	parts.keywords = call.keywords;
	expect(parser, TOKEN_COLON);
	parts.body = parse_block(parser);
	return checked(parser, version_class(&parts, FROM(parser, start)));
}

static stmt_ty parse_decorated(struct parser *parser)
{
	size_t base = parser->pile.count;
	asdl_expr_seq *decorators;

	while (at(parser, TOKEN_AT)) {
		const struct token *token = take(parser);

		if (parser->layout)
			layout_add(parser->layout, LAYOUT_DECORATOR, parser->text + token->begin);
		pile_add(parser, parse_named_expression(parser));
		expect(parser, TOKEN_NEWLINE);
	}
	decorators = take_expressions(parser, base);
	if (at(parser, TOKEN_CLASS))
		return parse_class(parser, decorators);
	if (at(parser, TOKEN_ASYNC))
		return parse_function(parser, take(parser), decorators);
	return parse_function(parser, parser->at, decorators);
}

static stmt_ty parse_async(struct parser *parser)
{
	const struct token *start = take(parser);

	switch (parser->at->type) {
	case TOKEN_DEF:
		return parse_function(parser, start, NULL);
	case TOKEN_WITH:
		return parse_with(parser, start);
	default:
		return parse_for(parser, start);
	}
}

bool parse_compound_statement(struct parser *parser, stmt_ty *ret)
{
	const struct token *start = parser->at;

	switch (start->type) {
	case TOKEN_IF:
		*ret = parse_if(parser);
		return true;
	case TOKEN_WHILE:
		*ret = parse_while(parser);
		return true;
	case TOKEN_FOR:
		*ret = parse_for(parser, start);
		return true;
	case TOKEN_WITH:
		*ret = parse_with(parser, start);
		return true;
	case TOKEN_TRY:
		*ret = parse_try(parser);
		return true;
	case TOKEN_DEF:
		*ret = parse_function(parser, start, NULL);
		return true;
	case TOKEN_CLASS:
		*ret = parse_class(parser, NULL);
		return true;
	case TOKEN_AT:
		*ret = parse_decorated(parser);
		return true;
	case TOKEN_ASYNC:
		*ret = parse_async(parser);
		return true;
	case TOKEN_NAME:
		if (!at_match(parser))
			return false;
		*ret = parse_match(parser);
		return true;
	default:
		return false;
	}
}
