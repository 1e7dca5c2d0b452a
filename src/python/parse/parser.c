#include "python/parse/parser.h"

#include "base/alloc.h"

static expr_ty give_up(struct parser *parser, enum verdict verdict)
{
	assert(parser->at <= parser->end);
	if (parser->verdict == VERDICT_OPEN)
		parser->verdict = verdict;
	parser->at = parser->end;
	return parser->nothing;
}

expr_ty refuse_tokens(struct parser *parser)
{
	return give_up(parser, VERDICT_REFUSED);
}

expr_ty doubt_tokens(struct parser *parser)
{
	return give_up(parser, VERDICT_UNSURE);
}

expr_ty parsing_failed(struct parser *parser)
{
	return give_up(parser, VERDICT_FAILED);
}

void pile_add(struct parser *parser, void *thing)
{
	struct pile *pile = &parser->pile;

	if (pile->count == pile->room) {
		pile->room = pile->room ? 2 * pile->room : 256;
		pile->at = xreallocarray(pile->at, pile->room, sizeof(*pile->at));
	}
	pile->at[pile->count++] = thing;
}

void *take_things(struct parser *parser, size_t base)
{
	size_t count = parser->pile.count - base;
	asdl_generic_seq *result = checked(
	    parser, _Py_asdl_generic_seq_new((Py_ssize_t)count, parser->arena));

	if (result && count)
		memcpy(result->typed_elements, &parser->pile.at[base], count * sizeof(void *));
	parser->pile.count = base;
	return result;
}

asdl_expr_seq *take_expressions(struct parser *parser, size_t base)
{
	return take_things(parser, base);
}

bool token_is(const struct parser *parser, const struct token *token, const char *word)
{
	return token->type == TOKEN_NAME && token->len == strlen(word) &&
	       memcmp(parser->text + token->begin, word, token->len) == 0;
}

PyObject *take_name(struct parser *parser)
{
	if (at(parser, TOKEN_NAME))
		return take(parser)->name;
	(void)refuse_tokens(parser);
	return NULL;
}

PyObject *take_dotted_name(struct parser *parser)
{
	autostr struct str text = STR_INIT;
	PyObject *first = take_name(parser);
	const struct name *name;

	if (!at(parser, TOKEN_DOT))
		return first;
	str_add_slice(
	    &text, (struct slice){parser->text + parser->at[-1].begin, parser->at[-1].len});
	while (take_if(parser, TOKEN_DOT)) {
		const struct token *part = parser->at;

		(void)take_name(parser);
		str_addc(&text, '.');
		str_add_slice(&text, slice_of(parser->text + part->begin, part->len));
	}
	name = names_find(str_slice(&text), parser->arena);
	if (!name)
		(void)parsing_failed(parser);
	return name ? name->object : NULL;
}

void parser_begin(struct parser *parser, const struct tokens *tokens)
{
	parser->first = parser->at = tokens->at;
	parser->end = &tokens->at[tokens->count - 1];
}
