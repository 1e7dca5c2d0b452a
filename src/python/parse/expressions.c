#include "python/parse/parser.h"

/* How tightly operators bind, the loosest first. */
enum precedence {
	NO_OPERATOR,
	OR,
	AND,
	NOT,
	COMPARISON,
	BIT_OR,
	BIT_XOR,
	BIT_AND,
	SHIFT,
	SUM,
	TERM,
	FACTOR,
};

static const struct {
	unsigned char precedence; /* of the binary operator */
	unsigned char operator;	  /* its operator_ty or cmpop_ty */
} operators[TOKEN_TYPES] = {
    [TOKEN_OR] = {OR, Or},
    [TOKEN_AND] = {AND, And},
    [TOKEN_NOT] = {COMPARISON, NotIn},
    [TOKEN_IN] = {COMPARISON, In},
    [TOKEN_IS] = {COMPARISON, Is},
    [TOKEN_EQUALS] = {COMPARISON, Eq},
    [TOKEN_DIFFERS] = {COMPARISON, NotEq},
    [TOKEN_LESS] = {COMPARISON, Lt},
    [TOKEN_LESS_EQUAL] = {COMPARISON, LtE},
    [TOKEN_GREATER] = {COMPARISON, Gt},
    [TOKEN_GREATER_EQUAL] = {COMPARISON, GtE},
    [TOKEN_BAR] = {BIT_OR, BitOr},
    [TOKEN_CARET] = {BIT_XOR, BitXor},
    [TOKEN_AMPERSAND] = {BIT_AND, BitAnd},
    [TOKEN_LEFT_SHIFT] = {SHIFT, LShift},
    [TOKEN_RIGHT_SHIFT] = {SHIFT, RShift},
    [TOKEN_PLUS] = {SUM, Add},
    [TOKEN_MINUS] = {SUM, Sub},
    [TOKEN_STAR] = {TERM, Mult},
    [TOKEN_SLASH] = {TERM, Div},
    [TOKEN_FLOOR] = {TERM, FloorDiv},
    [TOKEN_PERCENT] = {TERM, Mod},
    [TOKEN_AT] = {TERM, MatMult},
};

static expr_ty parse_operators(struct parser *parser, enum precedence least);

/* Of binary operators with this or a greater precedence, the one that the parser is at. */
static enum precedence precedence_at(const struct parser *parser)
{
	if (at(parser, TOKEN_NOT) && !next_is(parser, TOKEN_IN))
		return NO_OPERATOR;
	return operators[parser->at->type].precedence;
}

static expr_ty parse_unary(struct parser *parser, unaryop_ty operator, enum precedence operand)
{
	const struct token *start = take(parser);
	expr_ty value;

	enter(parser, DEPTH_UNARY);
	value = parse_operators(parser, operand);
	leave(parser, DEPTH_UNARY);
	return made(parser, _PyAST_UnaryOp(operator, value, FROM(parser, start)));
}

static expr_ty parse_power(struct parser *parser)
{
	const struct token *start = parser->at;
	expr_ty base = parse_primary(parser), exponent;

	if (!take_if(parser, TOKEN_POWER))
		return base;
	enter(parser, DEPTH_UNARY);
	exponent = parse_operators(parser, FACTOR);
	leave(parser, DEPTH_UNARY);
	return made(parser, _PyAST_BinOp(base, Pow, exponent, FROM(parser, start)));
}

/* An operand with the operators before it. */
static expr_ty parse_operand(struct parser *parser, enum precedence least)
{
	switch (parser->at->type) {
	case TOKEN_NOT:
		return least > NOT ? refuse_tokens(parser) : parse_unary(parser, Not, NOT);
	case TOKEN_PLUS:
		return parse_unary(parser, UAdd, FACTOR);
	case TOKEN_MINUS:
		return parse_unary(parser, USub, FACTOR);
	case TOKEN_TILDE:
		return parse_unary(parser, Invert, FACTOR);
	default:
		return parse_power(parser);
	}
}

/* The rest of `a or b or c`, of one operator. */
static expr_ty parse_boolean(
    struct parser *parser, const struct token *start, expr_ty first, enum token_type type)
{
	size_t base = parser->pile.count;

	pile_add(parser, first);
	while (take_if(parser, type))
		pile_add(parser, parse_operators(parser, operators[type].precedence + 1));
	return made(parser, _PyAST_BoolOp((boolop_ty)operators[type].operator,
				take_expressions(parser, base), FROM(parser, start)));
}

static cmpop_ty take_comparison(struct parser *parser)
{
	enum token_type type = take(parser)->type;

	if (type == TOKEN_NOT)
		(void)take(parser);
	else if (type == TOKEN_IS && take_if(parser, TOKEN_NOT))
		return IsNot;
	return (cmpop_ty)operators[type].operator;
}

static expr_ty parse_comparison(struct parser *parser, const struct token *start, expr_ty left)
{
	size_t base = parser->pile.count, count;
	asdl_int_seq *sequence;
	asdl_expr_seq *values;

	while (precedence_at(parser) == COMPARISON) {
		pile_add(parser, (void *)(uintptr_t)take_comparison(parser));
		pile_add(parser, parse_operators(parser, BIT_OR));
	}
	count = (parser->pile.count - base) / 2;
	sequence = checked(parser, _Py_asdl_int_seq_new((Py_ssize_t)count, parser->arena));
	values = checked(parser, _Py_asdl_expr_seq_new((Py_ssize_t)count, parser->arena));
	for (size_t i = 0; sequence && values && i < count; i++) {
		asdl_seq_SET(sequence, i, (int)(uintptr_t)parser->pile.at[base + 2 * i]);
		asdl_seq_SET(values, i, parser->pile.at[base + 2 * i + 1]);
	}
	parser->pile.count = base;
	return made(parser, _PyAST_Compare(left, sequence, values, FROM(parser, start)));
}

/* An operand, and the operators behind it that bind at least so tightly. */
static expr_ty parse_operators(struct parser *parser, enum precedence least)
{
	const struct token *start = parser->at;
	expr_ty left = parse_operand(parser, least);

	for (;;) {
		enum precedence precedence = precedence_at(parser);
		enum token_type type = parser->at->type;
		expr_ty right;

		if (precedence == NO_OPERATOR || precedence < least)
			return left;
		if (precedence <= AND) {
			left = parse_boolean(parser, start, left, type);
		} else if (precedence == COMPARISON) {
			left = parse_comparison(parser, start, left);
		} else {
			parser->at++;
			right = parse_operators(parser, precedence + 1);
			left = made(
			    parser, _PyAST_BinOp(left, (operator_ty)operators[type].operator, right,
					FROM(parser, start)));
		}
	}
}

static expr_ty parse_deeper(struct parser *parser, enum precedence least)
{
	expr_ty result;

	enter(parser, DEPTH_EXPRESSION);
	result = parse_operators(parser, least);
	leave(parser, DEPTH_EXPRESSION);
	return result;
}

expr_ty parse_bitwise_or(struct parser *parser)
{
	return parse_deeper(parser, BIT_OR);
}

expr_ty parse_disjunction(struct parser *parser)
{
	return parse_deeper(parser, OR);
}

expr_ty parse_expression(struct parser *parser)
{
	const struct token *start = parser->at;
	expr_ty body, test, other;

	if (at(parser, TOKEN_LAMBDA))
		return parse_lambda(parser);
	body = parse_disjunction(parser);
	if (!take_if(parser, TOKEN_IF))
		return body;
	enter(parser, DEPTH_UNARY);
	test = parse_disjunction(parser);
	expect(parser, TOKEN_ELSE);
	other = parse_expression(parser);
	leave(parser, DEPTH_UNARY);
	return made(parser, _PyAST_IfExp(test, body, other, FROM(parser, start)));
}

expr_ty parse_named_expression(struct parser *parser)
{
	const struct token *start = parser->at;
	PyObject *name;
	expr_ty target, value;

	if (!at(parser, TOKEN_NAME) || !next_is(parser, TOKEN_WALRUS))
		return parse_expression(parser);
	name = take_name(parser);
	target = made(parser, _PyAST_Name(name, Store, FROM(parser, start)));
	expect(parser, TOKEN_WALRUS);
	value = parse_expression(parser);
	return made(parser, _PyAST_NamedExpr(target, value, FROM(parser, start)));
}

static expr_ty parse_starred(struct parser *parser)
{
	const struct token *start = take(parser);
	expr_ty value = parse_bitwise_or(parser);

	return made(parser, _PyAST_Starred(value, Load, FROM(parser, start)));
}

expr_ty parse_star_named_expression(struct parser *parser)
{
	return at(parser, TOKEN_STAR) ? parse_starred(parser) : parse_named_expression(parser);
}

expr_ty parse_star_expression(struct parser *parser)
{
	return at(parser, TOKEN_STAR) ? parse_starred(parser) : parse_expression(parser);
}

/* Whether what stands here ends a list of expressions, so that the comma before was the last. */
static bool ends_list(const struct parser *parser)
{
	switch (parser->at->type) {
	case TOKEN_END:
	case TOKEN_NEWLINE:
	case TOKEN_RIGHT_PARENTHESIS:
	case TOKEN_RIGHT_BRACKET:
	case TOKEN_RIGHT_BRACE:
	case TOKEN_COLON:
	case TOKEN_SEMICOLON:
	case TOKEN_EQUAL:
	case TOKEN_EXCLAMATION:
	case TOKEN_FORMAT:
	case TOKEN_IN:
		return true;
	default:
		return parser->at->type >= TOKEN_PLUS && parser->at->type < TOKEN_TILDE &&
		       (parser->at->type - TOKEN_PLUS) % 2; /* an assignment with operator */
	}
}

expr_ty parse_star_expressions(struct parser *parser)
{
	const struct token *start = parser->at;
	size_t base = parser->pile.count;
	expr_ty first = parse_star_expression(parser);

	if (!at(parser, TOKEN_COMMA))
		return first;
	pile_add(parser, first);
	while (take_if(parser, TOKEN_COMMA) && !ends_list(parser))
		pile_add(parser, parse_star_expression(parser));
	return made(
	    parser, _PyAST_Tuple(take_expressions(parser, base), Load, FROM(parser, start)));
}

expr_ty parse_yield(struct parser *parser)
{
	const struct token *start = take(parser);
	expr_ty value = NULL;

	if (take_if(parser, TOKEN_FROM)) {
		value = parse_expression(parser);
		return made(parser, _PyAST_YieldFrom(value, FROM(parser, start)));
	}
	if (!ends_list(parser))
		value = parse_star_expressions(parser);
	return made(parser, _PyAST_Yield(value, FROM(parser, start)));
}
