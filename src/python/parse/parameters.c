#include "python/parse/parser.h"

/* Sequences of an `arguments` node: none of them is NULL. */
struct parameters {
	asdl_arg_seq *positional_only, *positional, *keyword_only;
	asdl_expr_seq *defaults, *keyword_defaults;
	arg_ty variable, keywords;
};

static arg_ty parse_parameter(struct parser *parser, bool is_annotated, bool may_be_starred)
{
	const struct token *start = parser->at;
	PyObject *name = take_name(parser);
	expr_ty annotation = NULL;

	if (is_annotated && take_if(parser, TOKEN_COLON))
		annotation = may_be_starred && at(parser, TOKEN_STAR)
				 ? parse_star_expression(parser)
				 : parse_expression(parser);
	return checked(parser, _PyAST_arg(name, annotation, NULL, FROM(parser, start)));
}

/* Pairs on the pile, of a parameter and its default or NULL: the parameters from index `begin` to
 * `end`. */
static asdl_arg_seq *parameters_of(struct parser *parser, size_t begin, size_t end)
{
	size_t count = (end - begin) / 2;
	asdl_generic_seq *result = checked(
	    parser, _Py_asdl_generic_seq_new((Py_ssize_t)count, parser->arena));

	for (size_t i = 0; result && i < count; i++)
		result->typed_elements[i] = parser->pile.at[begin + 2 * i];
	return (asdl_arg_seq *)result;
}

/* Their defaults: without or with a NULL for each that has none. */
static asdl_expr_seq *defaults_of(
    struct parser *parser, size_t begin, size_t end, bool with_missing)
{
	size_t count = 0;
	asdl_expr_seq *result;

	for (size_t i = begin; i < end; i += 2)
		count += with_missing || parser->pile.at[i + 1];
	result = checked(parser, _Py_asdl_expr_seq_new((Py_ssize_t)count, parser->arena));
	count = 0;
	for (size_t i = begin; result && i < end; i += 2) {
		if (with_missing || parser->pile.at[i + 1])
			result->typed_elements[count++] = parser->pile.at[i + 1];
	}
	return result;
}

/* The list through its end, which is not taken. */
struct list {
	struct parser *parser;
	enum token_type end;
	bool is_annotated;
};

/* Put a parameter and its default on the pile. */
static void parse_pair(const struct list *list)
{
	struct parser *parser = list->parser;

	pile_add(parser, parse_parameter(parser, list->is_annotated, false));
	pile_add(parser, take_if(parser, TOKEN_EQUAL) ? parse_expression(parser) : NULL);
}

/* A comma, or the end. */
static void separate(const struct list *list)
{
	if (!at(list->parser, list->end))
		expect(list->parser, TOKEN_COMMA);
}

/* `**NAME`, the last. */
static arg_ty parse_last(const struct list *list)
{
	arg_ty result;

	expect(list->parser, TOKEN_POWER);
	result = parse_parameter(list->parser, list->is_annotated, false);
	separate(list);
	return result;
}

/* From the star on. */
static void parse_behind_star(const struct list *list, struct parameters *ret)
{
	struct parser *parser = list->parser;
	size_t base = parser->pile.count;

	expect(parser, TOKEN_STAR);
	if (!at(parser, TOKEN_COMMA))
		ret->variable = parse_parameter(parser, list->is_annotated, true);
	separate(list);
	while (!at(parser, list->end) && !at(parser, TOKEN_POWER) && !at(parser, TOKEN_END)) {
		parse_pair(list);
		separate(list);
	}
	if (!ret->variable && parser->pile.count == base)
		(void)refuse_tokens(parser);
	ret->keyword_only = parameters_of(parser, base, parser->pile.count);
	ret->keyword_defaults = defaults_of(parser, base, parser->pile.count, true);
	parser->pile.count = base;
}

/* Those before a star; `/` ends the positional-only ones. */
static void parse_positional(const struct list *list, struct parameters *ret)
{
	struct parser *parser = list->parser;
	size_t base = parser->pile.count, slash = base;
	bool had_default = false;

	while (at(parser, TOKEN_NAME) || at(parser, TOKEN_SLASH)) {
		if (take_if(parser, TOKEN_SLASH)) {
			if (slash != base || parser->pile.count == base)
				(void)refuse_tokens(parser);
			slash = parser->pile.count;
		} else {
			parse_pair(list);
			if (had_default && !parser->pile.at[parser->pile.count - 1])
				(void)refuse_tokens(parser);
			had_default = parser->pile.at[parser->pile.count - 1];
		}
		separate(list);
	}
	ret->positional_only = parameters_of(parser, base, slash);
	ret->positional = parameters_of(parser, slash, parser->pile.count);
	ret->defaults = defaults_of(parser, base, parser->pile.count, false);
	parser->pile.count = base;
}

arguments_ty parse_parameters(struct parser *parser, enum token_type end, bool is_annotated)
{
	const struct list list = {parser, end, is_annotated};
	struct parameters parts = {0};

	parse_positional(&list, &parts);
	if (at(parser, TOKEN_STAR)) {
		parse_behind_star(&list, &parts);
	} else {
		parts.keyword_only = parameters_of(parser, 0, 0);
		parts.keyword_defaults = defaults_of(parser, 0, 0, true);
	}
	if (at(parser, TOKEN_POWER))
		parts.keywords = parse_last(&list);
	return checked(parser, _PyAST_arguments(parts.positional_only, parts.positional,
				   parts.variable, parts.keyword_only, parts.keyword_defaults,
				   parts.keywords, parts.defaults, parser->arena));
}

expr_ty parse_lambda(struct parser *parser)
{
	const struct token *start = take(parser);
	arguments_ty parameters;
	expr_ty body;

	enter(parser, DEPTH_EXPRESSION);
	parameters = parse_parameters(parser, TOKEN_COLON, false);
	expect(parser, TOKEN_COLON);
	body = parse_expression(parser);
	leave(parser, DEPTH_EXPRESSION);
	return made(parser, _PyAST_Lambda(parameters, body, FROM(parser, start)));
}
