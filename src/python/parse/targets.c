#include "python/parse/parser.h"

/* Make each element a target. */
static void make_targets(struct parser *parser, asdl_expr_seq *elements, expr_context_ty context)
{
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(elements); i++)
		(void)make_target(parser, asdl_seq_GET(elements, i), context);
}

expr_ty make_target(struct parser *parser, expr_ty expression, expr_context_ty context)
{
	switch (expression->kind) {
	case Name_kind:
		if (expression != parser->nothing)
			expression->v.Name.ctx = context;
		return expression;
	case Attribute_kind:
		expression->v.Attribute.ctx = context;
		return expression;
	case Subscript_kind:
		expression->v.Subscript.ctx = context;
		return expression;
	case Tuple_kind:
		expression->v.Tuple.ctx = context;
		make_targets(parser, expression->v.Tuple.elts, context);
		return expression;
	case List_kind:
		expression->v.List.ctx = context;
		make_targets(parser, expression->v.List.elts, context);
		return expression;
	case Starred_kind:
		if (context == Del || expression->v.Starred.value->kind == Starred_kind)
			return refuse_tokens(parser);
		expression->v.Starred.ctx = context;
		(void)make_target(parser, expression->v.Starred.value, context);
		return expression;
	default:
		return refuse_tokens(parser);
	}
}

/* What cannot be told from the tree: a target must not begin with `await`, and is no expression of
 * an operator. Both make nodes of other kinds. */
expr_ty parse_star_target(struct parser *parser)
{
	const struct token *start = parser->at;
	expr_ty value;

	if (!take_if(parser, TOKEN_STAR))
		return make_target(parser, parse_primary(parser), Store);
	value = make_target(parser, parse_primary(parser), Store);
	return made(parser, _PyAST_Starred(value, Store, FROM(parser, start)));
}

expr_ty parse_star_targets(struct parser *parser)
{
	const struct token *start = parser->at;
	size_t base = parser->pile.count;
	expr_ty first = parse_star_target(parser);

	if (!at(parser, TOKEN_COMMA))
		return first;
	pile_add(parser, first);
	while (take_if(parser, TOKEN_COMMA) && !at(parser, TOKEN_IN) && !at(parser, TOKEN_EQUAL))
		pile_add(parser, parse_star_target(parser));
	return made(
	    parser, _PyAST_Tuple(take_expressions(parser, base), Store, FROM(parser, start)));
}
