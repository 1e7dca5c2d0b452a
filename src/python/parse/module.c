#include "python/parse/parser.h"

static mod_ty parse(struct parser *parser)
{
	asdl_stmt_seq *body = NULL;
	PyObject *name = arena_keep(parser->arena, PyUnicode_InternFromString("_"));

	parser->nothing = name ? _PyAST_Name(name, Load, 1, 0, 1, 0, parser->arena) : NULL;
	if (!parser->nothing)
		return NULL;
	if (!at(parser, TOKEN_END))
		body = parse_statements(parser, TOKEN_END);
	if (parser->verdict == VERDICT_OPEN)
		return _PyAST_Module(body, NULL, parser->arena);
	PyErr_Clear(); /* it may be about what was not made before */
	return parser->verdict == VERDICT_FAILED ? (mod_ty)PyErr_NoMemory() : NULL;
}

/* Append a text with each kind of line end as LF. */
static void add_lines(struct str *ret, struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] != '\r')
			str_addc(ret, text.data[i]);
		else if (i + 1 == text.len || text.data[i + 1] != '\n')
			str_addc(ret, '\n');
	}
}

mod_ty parse_module(struct slice text, PyArena *arena)
{
	CLEANUP(scan_release) struct tokens tokens = {0};
	autostr struct str lines = STR_INIT;
	struct parser parser = {.arena = arena};
	mod_ty result;

	if (memchr(text.data, '\r', text.len)) {
		add_lines(&lines, text);
		text = slice_of(str_c(&lines), lines.len);
	}
	parser.text = text.data;
	names_begin();
	switch (scan(text, (struct scan_origin){1, 0, false}, arena, &tokens)) {
	case SCAN_DONE:
		break;
	case SCAN_GIVES_UP:
		PyErr_Clear();
		return NULL;
	case SCAN_FAILS:
		return NULL;
	}
	parser_begin(&parser, &tokens);
	result = parse(&parser);
	free(parser.pile.at);
	return result;
}

void parse_forget(void)
{
	names_forget();
}
