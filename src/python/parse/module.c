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

/* Parse a text, each of whose lines ends with LF. */
static mod_ty parse_lines(struct slice text, PyArena *arena, struct layout *layout)
{
	CLEANUP(scan_release) struct tokens tokens = {0};
	struct parser parser = {.text = text.data, .arena = arena, .layout = layout};
	mod_ty result;

	names_begin();
	switch (scan(text, (struct scan_origin){1, 0, false}, arena, layout, &tokens)) {
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

mod_ty parse_module(struct slice text, PyArena *arena, struct layout *layout)
{
	autostr struct str lines = STR_INIT;
	mod_ty result;

	if (memchr(text.data, '\r', text.len)) {
		str_add_lines(&lines, text);
		text = slice_of(str_c(&lines), lines.len);
	}
	if (layout)
		*layout = (struct layout){.text = text};
	result = parse_lines(text, arena, layout);
	if (!layout)
		return result;
	if (!result) {
		layout_release(layout);
		return NULL;
	}
	layout_finish(layout);
	layout->decoded = lines;
	lines = STR_INIT;
	return result;
}

void parse_forget(void)
{
	names_forget();
}
