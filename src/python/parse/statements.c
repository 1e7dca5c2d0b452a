#include "python/parse/parser.h"

/* Whether a simple statement ends here. */
static bool ends(const struct parser *parser)
{
	return at(parser, TOKEN_NEWLINE) || at(parser, TOKEN_SEMICOLON) || at(parser, TOKEN_END);
}

static expr_ty parse_value(struct parser *parser)
{
	return at(parser, TOKEN_YIELD) ? parse_yield(parser) : parse_star_expressions(parser);
}

/* Whether an expression from `start` to the parser is a name, attribute or subscript, each perhaps
 * in parentheses of its own, as `single_target` has it; `ret_bare` is about these parentheses.
 * CPython refuses some where the first parenthesis is only a part of it, as in (x).y: int. */
static bool is_single_target(
    const struct parser *parser, const struct token *start, expr_ty target, bool *ret_bare)
{
	*ret_bare = start->type != TOKEN_LEFT_PARENTHESIS;
	if (!*ret_bare && start + start->matching != parser->at - 1)
		return false;
	return target->kind == Name_kind || target->kind == Attribute_kind ||
	       target->kind == Subscript_kind;
}

static stmt_ty parse_annotated(struct parser *parser, const struct token *start, expr_ty target)
{
	expr_ty annotation, value = NULL;
	bool is_bare;

	if (!is_single_target(parser, start, target, &is_bare))
		(void)doubt_tokens(parser);
	target = make_target(parser, target, Store);
	expect(parser, TOKEN_COLON);
	annotation = parse_expression(parser);
	if (take_if(parser, TOKEN_EQUAL))
		value = parse_value(parser);
	return _PyAST_AnnAssign(
	    target, annotation, value, is_bare && target->kind == Name_kind, FROM(parser, start));
}

static stmt_ty parse_assignment(struct parser *parser, const struct token *start, expr_ty first)
{
	size_t base = parser->pile.count;
	expr_ty value = first;

	while (take_if(parser, TOKEN_EQUAL)) {
		pile_add(parser, make_target(parser, value, Store));
		value = parse_value(parser);
	}
	return _PyAST_Assign(take_expressions(parser, base), value, NULL, FROM(parser, start));
}

static bool at_augmented(const struct parser *parser)
{
	unsigned type = parser->at->type;

	return type >= TOKEN_PLUS && type < TOKEN_TILDE && (type - TOKEN_PLUS) % 2;
}

static stmt_ty parse_augmented(struct parser *parser, const struct token *start, expr_ty target)
{
	operator_ty operator=(operator_ty)((parser->at->type - TOKEN_PLUS) / 2 + Add);
	bool is_bare;
	expr_ty value;

	if (!is_single_target(parser, start, target, &is_bare))
		(void)doubt_tokens(parser);
	target = make_target(parser, target, Store);
	(void)take(parser);
	value = parse_value(parser);
	return _PyAST_AugAssign(target, operator, value, FROM(parser, start));
}

/* A statement that begins with an expression. */
static stmt_ty parse_expression_statement(struct parser *parser)
{
	const struct token *start = parser->at;
	expr_ty first = parse_value(parser);

	if (at(parser, TOKEN_EQUAL))
		return parse_assignment(parser, start, first);
	if (at(parser, TOKEN_COLON))
		return parse_annotated(parser, start, first);
	if (at_augmented(parser))
		return parse_augmented(parser, start, first);
	return _PyAST_Expr(first, FROM(parser, start));
}

static stmt_ty parse_return(struct parser *parser)
{
	const struct token *start = take(parser);
	expr_ty value = ends(parser) ? NULL : parse_star_expressions(parser);

	return _PyAST_Return(value, FROM(parser, start));
}

static stmt_ty parse_raise(struct parser *parser)
{
	const struct token *start = take(parser);
	expr_ty exception = NULL, cause = NULL;

	if (!ends(parser)) {
		exception = parse_expression(parser);
		if (take_if(parser, TOKEN_FROM))
			cause = parse_expression(parser);
	}
	return _PyAST_Raise(exception, cause, FROM(parser, start));
}

static stmt_ty parse_delete(struct parser *parser)
{
	const struct token *start = take(parser);
	size_t base = parser->pile.count;

	do
		pile_add(parser, make_target(parser, parse_primary(parser), Del));
	while (take_if(parser, TOKEN_COMMA) && !ends(parser));
	return _PyAST_Delete(take_expressions(parser, base), FROM(parser, start));
}

static stmt_ty parse_assert(struct parser *parser)
{
	const struct token *start = take(parser);
	expr_ty test = parse_expression(parser), message = NULL;

	if (take_if(parser, TOKEN_COMMA))
		message = parse_expression(parser);
	return _PyAST_Assert(test, message, FROM(parser, start));
}

/* `global` or `nonlocal`. */
static stmt_ty parse_scope(struct parser *parser)
{
	const struct token *start = take(parser);
	size_t base = parser->pile.count;
	asdl_identifier_seq *names;

	do
		pile_add(parser, take_name(parser));
	while (take_if(parser, TOKEN_COMMA));
	names = take_things(parser, base);
	return start->type == TOKEN_GLOBAL ? _PyAST_Global(names, FROM(parser, start))
					   : _PyAST_Nonlocal(names, FROM(parser, start));
}

/* NAME as NAME; the first may be dotted. What CPython 3.14 and later read differently behind the
 * import of one name from __future__ is left to CPython: `!=` is an error there. */
static alias_ty parse_alias(struct parser *parser, bool is_dotted)
{
	const struct token *start = parser->at;
	PyObject *name = is_dotted ? take_dotted_name(parser) : take_name(parser);
	PyObject *as = take_if(parser, TOKEN_AS) ? take_name(parser) : NULL;

	if (token_is(parser, start, "barry_as_FLUFL"))
		(void)doubt_tokens(parser);
	return checked(parser, _PyAST_alias(name, as, FROM(parser, start)));
}

/* `import`, behind `lazy` if `start` is that. */
static stmt_ty parse_import(struct parser *parser, const struct token *start)
{
	bool is_lazy = start->type == TOKEN_NAME;
	size_t base = parser->pile.count;

	parser->at++;
	do
		pile_add(parser, parse_alias(parser, true));
	while (take_if(parser, TOKEN_COMMA));
	return version_import(take_things(parser, base), is_lazy, FROM(parser, start));
}

/* What `from` imports, put on the pile. */
static void parse_imported(struct parser *parser)
{
	const struct token *start = parser->at;
	bool is_bracketed;

	if (take_if(parser, TOKEN_STAR)) {
		PyObject *star = arena_keep(parser->arena, PyUnicode_InternFromString("*"));

		pile_add(parser, checked(parser, _PyAST_alias(star, NULL, FROM(parser, start))));
		return;
	}
	is_bracketed = take_if(parser, TOKEN_LEFT_PARENTHESIS);
	do
		pile_add(parser, parse_alias(parser, false));
	while (
	    take_if(parser, TOKEN_COMMA) && !(is_bracketed && at(parser, TOKEN_RIGHT_PARENTHESIS)));
	if (is_bracketed)
		expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

/* Whether nothing stands between the last token and the one that the parser is at. */
static bool follows_at_once(const struct parser *parser)
{
	const struct token *last = parser->at - 1;

	return last->begin + last->len == parser->at->begin;
}

/* `from`, behind `lazy` if `start` is that. CPython 3.15 refuses some lazy ones, and warns that
 * `from . lazy import` may be meant for one. */
static stmt_ty parse_import_from(struct parser *parser, const struct token *start)
{
	bool is_lazy = start->type == TOKEN_NAME;
	size_t base = parser->pile.count;
	PyObject *module = NULL;
	int level = 0;

	parser->at++;
	while (at(parser, TOKEN_DOT) || at(parser, TOKEN_ELLIPSIS))
		level += take(parser)->type == TOKEN_DOT ? 1 : 3;
	if (level && at_word(parser, "lazy") && !follows_at_once(parser))
		(void)doubt_tokens(parser);
	if (is_lazy && at_word(parser, "__future__"))
		(void)doubt_tokens(parser);
	if (!level || !at(parser, TOKEN_IMPORT))
		module = take_dotted_name(parser);
	expect(parser, TOKEN_IMPORT);
	if (is_lazy && at(parser, TOKEN_STAR))
		(void)doubt_tokens(parser);
	parse_imported(parser);
	return version_import_from(
	    module, take_things(parser, base), level, is_lazy, FROM(parser, start));
}

static bool at_lazy_import(const struct parser *parser)
{
	return at_word(parser, "lazy") &&
	       (next_is(parser, TOKEN_IMPORT) || next_is(parser, TOKEN_FROM));
}

static stmt_ty parse_lazy_import(struct parser *parser)
{
	const struct token *start = take(parser);

	return at(parser, TOKEN_IMPORT) ? parse_import(parser, start)
					: parse_import_from(parser, start);
}

/* `type` is a name, unless a name follows it. */
static bool at_type_alias(const struct parser *parser)
{
	return next_is(parser, TOKEN_NAME) && at_word(parser, "type");
}

static stmt_ty parse_simple_statement(struct parser *parser)
{
	const struct token *start = parser->at;

	switch (start->type) {
	case TOKEN_RETURN:
		return parse_return(parser);
	case TOKEN_IMPORT:
		return parse_import(parser, start);
	case TOKEN_FROM:
		return parse_import_from(parser, start);
	case TOKEN_RAISE:
		return parse_raise(parser);
	case TOKEN_PASS:
		parser->at++;
		return _PyAST_Pass(FROM(parser, start));
	case TOKEN_BREAK:
		parser->at++;
		return _PyAST_Break(FROM(parser, start));
	case TOKEN_CONTINUE:
		parser->at++;
		return _PyAST_Continue(FROM(parser, start));
	case TOKEN_DEL:
		return parse_delete(parser);
	case TOKEN_ASSERT:
		return parse_assert(parser);
	case TOKEN_GLOBAL:
	case TOKEN_NONLOCAL:
		return parse_scope(parser);
	default:
		if (VERSION_TYPE_PARAMETERS && at_type_alias(parser))
			return parse_type_alias(parser);
		if (VERSION_LAZY_IMPORTS && at_lazy_import(parser))
			return parse_lazy_import(parser);
		return parse_expression_statement(parser);
	}
}

static void parse_simple_statements(struct parser *parser)
{
	do
		pile_add(parser, checked(parser, parse_simple_statement(parser)));
	while (take_if(parser, TOKEN_SEMICOLON) && !at(parser, TOKEN_NEWLINE));
	expect(parser, TOKEN_NEWLINE);
}

asdl_stmt_seq *parse_statements(struct parser *parser, enum token_type end)
{
	size_t base = parser->pile.count;

	do {
		stmt_ty statement;

		if (parse_compound_statement(parser, &statement))
			pile_add(parser, statement);
		else
			parse_simple_statements(parser);
	} while (!at(parser, end) && !at(parser, TOKEN_END));
	if (end != TOKEN_END)
		expect(parser, end);
	return take_things(parser, base);
}

asdl_stmt_seq *parse_block(struct parser *parser)
{
	size_t base = parser->pile.count;
	asdl_stmt_seq *result;

	if (!at(parser, TOKEN_NEWLINE)) {
		parse_simple_statements(parser);
		return take_things(parser, base);
	}
	parser->at++;
	expect(parser, TOKEN_INDENT);
	enter(parser, DEPTH_BLOCK);
	result = parse_statements(parser, TOKEN_DEDENT);
	leave(parser, DEPTH_BLOCK);
	return result;
}
