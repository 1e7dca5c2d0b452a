#include "python/parse/parser.h"

static void *parse_type_parameter(struct parser *parser)
{
	const struct token *start = parser->at;
	struct version_type_parameter parts = {.kind = VERSION_TYPE_VAR};

	if (take_if(parser, TOKEN_STAR))
		parts.kind = VERSION_TYPE_VAR_TUPLE;
	else if (take_if(parser, TOKEN_POWER))
		parts.kind = VERSION_PARAM_SPEC;
	parts.name = take_name(parser);
	if (parts.kind == VERSION_TYPE_VAR && take_if(parser, TOKEN_COLON))
		parts.bound = parse_expression(parser);
	if (VERSION_TYPE_PARAMETER_DEFAULTS && take_if(parser, TOKEN_EQUAL))
		parts.given = parts.kind == VERSION_TYPE_VAR_TUPLE ? parse_star_expression(parser)
								   : parse_expression(parser);
	parts.lineno = start->line;
	parts.col_offset = start->column;
	parts.end_lineno = last_token(parser)->end_line;
	parts.end_col_offset = last_token(parser)->end_column;
	return checked(parser, version_new_type_parameter(&parts, parser->arena));
}

void *parse_type_parameters(struct parser *parser)
{
	size_t base = parser->pile.count;

	expect(parser, TOKEN_LEFT_BRACKET);
	do
		pile_add(parser, parse_type_parameter(parser));
	while (take_if(parser, TOKEN_COMMA) && !at(parser, TOKEN_RIGHT_BRACKET));
	expect(parser, TOKEN_RIGHT_BRACKET);
	return take_things(parser, base);
}

stmt_ty parse_type_alias(struct parser *parser)
{
	const struct token *start = take(parser), *named = parser->at;
	PyObject *name = take_name(parser);
	expr_ty target = made(parser, _PyAST_Name(name, Store, FROM(parser, named))), value;
	asdl_type_param_seq *parameters = NULL;

	if (at(parser, TOKEN_LEFT_BRACKET))
		parameters = parse_type_parameters(parser);
	expect(parser, TOKEN_EQUAL);
	value = parse_expression(parser);
	return _PyAST_TypeAlias(target, parameters, value, FROM(parser, start));
}
