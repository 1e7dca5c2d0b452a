/*
 * What the files that descend through the grammar share.
 *
 * A function for a rule expects the parser at the rule's first token and leaves the parser behind
 * the last one. One that does not find its rule gives up: the parser then stands at the end of the
 * tokens, so that all loops end, and the function returns `nothing`, a valid expression. So the
 * result of a rule may be used without a check; what counts is parser->verdict in the end.
 */
#ifndef KILN_PYTHON_PARSE_PARSER_H
#define KILN_PYTHON_PARSE_PARSER_H

#include "python/parse/recursion.h"
#include "python/parse/token.h"

/* What CPython's own parser may use of its stack is 6000 levels (MAXSTACK in Parser/pegen.h), of
 * which a rule that contains rules uses about as many as the grammar has between the two. */
#define DEPTH_LIMIT 5000
#define DEPTH_EXPRESSION 40
#define DEPTH_BLOCK 12
#define DEPTH_UNARY 4

enum verdict {
	VERDICT_OPEN,
	VERDICT_REFUSED, /* the tokens are not what the rule wants */
	VERDICT_UNSURE,	 /* CPython may accept them or warn */
	VERDICT_FAILED,	 /* memory is short */
};

/* Things that wait until their sequence is complete. */
struct pile {
	void **at;
	size_t count, room;
};

struct parser {
	const char *text;
	const struct token *at, *first, *end;
	PyArena *arena;
	struct layout *layout; /* gets decorators; or NULL */
	enum verdict verdict;
	int depth;
	struct pile pile;
	expr_ty nothing;
};

/* Give up: for one of the reasons above. parsing_failed() is for a function that returned NULL, as
 * memory was short. */
expr_ty refuse_tokens(struct parser *parser);
expr_ty doubt_tokens(struct parser *parser);
expr_ty parsing_failed(struct parser *parser);

/* A made expression, or `nothing` if making it failed. */
static inline expr_ty made(struct parser *parser, expr_ty node)
{
	return node ? node : parsing_failed(parser);
}

/* Anything else that was made; NULL if that failed. */
static inline void *checked(struct parser *parser, void *thing)
{
	if (!thing)
		(void)parsing_failed(parser);
	return thing;
}

static inline bool at(const struct parser *parser, enum token_type type)
{
	return parser->at->type == type;
}

static inline bool next_is(const struct parser *parser, enum token_type type)
{
	return parser->at->type != TOKEN_END && parser->at[1].type == type;
}

/* Go on; not behind the end. */
static inline const struct token *take(struct parser *parser)
{
	const struct token *token = parser->at;

	parser->at += token->type != TOKEN_END;
	return token;
}

static inline bool take_if(struct parser *parser, enum token_type type)
{
	if (!at(parser, type))
		return false;
	parser->at++;
	return true;
}

/* Take a token of this type, or give up. */
static inline void expect(struct parser *parser, enum token_type type)
{
	if (at(parser, type))
		parser->at++;
	else
		(void)refuse_tokens(parser);
}

/* The last token before the parser that is shown. */
static inline const struct token *last_token(const struct parser *parser)
{
	const struct token *token = parser->at - 1;

	while (token > parser->first && token->type <= TOKEN_DEDENT)
		token--;
	return token;
}

/* The last arguments of a function that makes a node from the token `start` to the last one. */
#define FROM(parser, start)                                           \
	(start)->line, (start)->column, last_token(parser)->end_line, \
	    last_token(parser)->end_column, (parser)->arena

/* Count levels, and give up if they are too many; leave() counts them back. */
static inline void enter(struct parser *parser, int levels)
{
	parser->depth += levels;
	if (parser->depth > DEPTH_LIMIT)
		(void)doubt_tokens(parser);
}

static inline void leave(struct parser *parser, int levels)
{
	parser->depth -= levels;
}

/* Sequences: things are put on the pile, and what is above `base` becomes the sequence. The last
 * one is for pointers of any kind: all such sequences are alike (pycore_asdl.h). */
void pile_add(struct parser *parser, void *thing);
asdl_expr_seq *take_expressions(struct parser *parser, size_t base);
void *take_things(struct parser *parser, size_t base);

/* Whether a token, or the one that the parser is at, is this name. */
bool token_is(const struct parser *parser, const struct token *token, const char *word);

static inline bool at_word(const struct parser *parser, const char *word)
{
	return token_is(parser, parser->at, word);
}

/* A name, which is a token of the source. */
PyObject *take_name(struct parser *parser);
/* Names joined by dots. */
PyObject *take_dotted_name(struct parser *parser);

/* Get ready to parse tokens; text and arena are set. */
void parser_begin(struct parser *parser, const struct tokens *tokens);

/* Literals. Neighbouring strings are one. */
expr_ty parse_number(struct parser *parser);
expr_ty parse_strings(struct parser *parser);

/* Expressions without an operator before or behind them: parse_atom() takes no trailer either. */
expr_ty parse_atom(struct parser *parser);
expr_ty parse_primary(struct parser *parser);
expr_ty parse_lambda(struct parser *parser);

/* A generator expression, whose element is parsed, from the opening parenthesis `start`. */
expr_ty parse_generator(struct parser *parser, const struct token *start, expr_ty element);
bool at_comprehension(const struct parser *parser);

/* The arguments of a call or a class, and the closing parenthesis; NULL for none. One may be a
 * generator expression only if `open` is given, its opening parenthesis. */
struct call {
	asdl_expr_seq *positional;
	asdl_keyword_seq *keywords;
};
struct call parse_arguments(struct parser *parser, const struct token *open);

/* A target, and an expression that is made one, or what `del` deletes; they give up if it cannot
 * be. */
expr_ty parse_star_target(struct parser *parser);
expr_ty make_target(struct parser *parser, expr_ty expression, expr_context_ty context);

/* Parameters up to the token behind them, which the caller expects. */
arguments_ty parse_parameters(struct parser *parser, enum token_type end, bool is_annotated);

/* For CPython 3.12 and later, in type_parameters.c: an asdl_type_param_seq with its brackets, and
 * what begins with `type`. */
void *parse_type_parameters(struct parser *parser);
stmt_ty parse_type_alias(struct parser *parser);

/* Statements up to a token, which is taken unless it is TOKEN_END. */
asdl_stmt_seq *parse_statements(struct parser *parser, enum token_type end);
/* False if no compound statement begins here. */
bool parse_compound_statement(struct parser *parser, stmt_ty *ret);
bool at_match(const struct parser *parser);
stmt_ty parse_match(struct parser *parser);

#endif
