#include "python/parse/strings.h"

/* Parts of a string with fields, joined as they come. */
struct joined {
	struct parser *parser;
	const struct token *first, *last;
	PyObject *text; /* owned, the constant so far, or NULL */
};

/*
 * Fields as CPython before 3.12 has them: a string is one token, and each field's expression is
 * parsed as a text of its own, in parentheses.
 */
struct fields {
	struct joined *joined;
	const struct token *token;
	const char *at, *end; /* of the body */
	bool is_raw;
	int level; /* 1 in the format of a field */
	/* How far lines are counted, the line there, and where it or the token begins. */
	const char *counted;
	int line;
	const char *line_begin;
};

static void parse_all(struct fields *fields);

static void add_text(struct joined *joined, PyObject *text)
{
	string_append(joined->parser, &joined->text, text);
}

/* Put the constant so far, if it is not empty, on the pile, with the place of these tokens. */
static void end_text(struct joined *joined, const struct token *first, const struct token *last)
{
	struct parser *parser = joined->parser;
	PyObject *text = joined->text;

	joined->text = NULL;
	if (text && !PyUnicode_GET_LENGTH(text))
		Py_CLEAR(text);
	if (!text)
		return;
	text = checked(parser, arena_keep(parser->arena, text));
	pile_add(parser,
	    made(parser, _PyAST_Constant(text, string_kind(parser, first), first->line,
			     first->column, last->end_line, last->end_column, parser->arena)));
}

static void refuse(struct fields *fields)
{
	(void)refuse_tokens(fields->joined->parser);
	fields->at = fields->end;
}

/* Text up to a field, or to the end of a format; `{{` and `}}` are one brace. */
static void parse_text(struct fields *fields)
{
	struct parser *parser = fields->joined->parser;

	while (fields->at < fields->end) {
		const char *begin = fields->at, *at = begin;
		bool is_doubled = false;

		while (at < fields->end && *at != '{' && *at != '}') {
			if (!fields->is_raw && *at == '\\' && at + 1 < fields->end) {
				at++;
				if (*at == 'N' || *at == '{') { /* names have braces */
					refuse(fields);
					return;
				}
			}
			at++;
		}
		if (!fields->level && at < fields->end) {
			is_doubled = at + 1 < fields->end && at[1] == *at;
			if (*at == '}' && !is_doubled) {
				refuse(fields);
				return;
			}
		}
		fields->at = at + 2 * is_doubled;
		at += is_doubled;
		if (at > begin)
			add_text(fields->joined,
			    string_decode(parser, fields->token,
				slice_of(begin, (size_t)(at - begin)), fields->is_raw));
		if (!is_doubled)
			return;
	}
}

/* Skip a string in an expression, whose quote is at `at`. NULL if it does not end. */
static const char *skip_string(const char *at, const char *end)
{
	char quote = *at;
	bool is_triple = end - at > 2 && at[1] == quote && at[2] == quote;

	for (at += is_triple ? 3 : 1; at < end; at++) {
		if (*at == '\\')
			return NULL;
		if (*at == quote && !is_triple)
			return at + 1;
		if (*at == quote && end - at > 2 && at[1] == quote && at[2] == quote)
			return at + 3;
	}
	return NULL;
}

/* The end of an expression; NULL if it has none, or what expressions cannot have. Brackets are
 * matched later. */
static const char *find_end(const char *at, const char *end)
{
	int depth = 0;

	while (at < end) {
		char c = *at, next = at + 1 < end ? at[1] : '\0';

		if (c == '\\' || c == '#')
			return NULL;
		if (c == '"' || c == '\'') {
			at = skip_string(at, end);
			if (!at)
				return NULL;
			continue;
		}
		if (c == '(' || c == '[' || c == '{') {
			depth++;
		} else if (!depth && next == '=' && strchr("!=<>", c)) {
			at++;
		} else if (!depth && strchr("!:}=", c)) {
			return at;
		} else if (c == ')' || c == ']' || c == '}') {
			if (--depth < 0)
				return NULL;
		}
		at++;
	}
	return NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

/* Whether a line ends behind an opening brace, but for blanks. */
static bool is_last_of_line(const char *brace)
{
	return brace[1 + strspn(brace + 1, " \t\f")] == '\n';
}

/* Where CPython places an expression, whose opening brace is at `brace`: its parenthesis. The
 * columns before a brace that is the last of its line do not count. */
static struct scan_origin origin_of(struct fields *fields, const char *brace)
{
	const struct token *token = fields->token;
	struct scan_origin result = {0, 0, true};

	for (; fields->counted < brace; fields->counted++) {
		if (*fields->counted == '\n') {
			fields->line++;
			fields->line_begin = fields->counted + 1;
		}
	}
	result.line = fields->line;
	if (!is_last_of_line(brace))
		result.column = (int)(brace - fields->line_begin);
	if (result.line == token->line)
		result.column += token->column;
	return result;
}

/* Scan and parse an expression. */
static expr_ty parse_part(struct parser *parser, struct slice text, struct scan_origin origin)
{
	CLEANUP(scan_release) struct tokens tokens = {0};
	struct parser part = *parser;
	expr_ty result;

	part.text = text.data;
	switch (scan(text, origin, parser->arena, parser->layout, &tokens)) {
	case SCAN_DONE:
		break;
	case SCAN_GIVES_UP:
		return doubt_tokens(parser);
	case SCAN_FAILS:
		return parsing_failed(parser);
	}
	parser_begin(&part, &tokens);
	result = parse_star_expressions(&part);
	assert(at(&part, TOKEN_END)); /* the text has its brackets */
	parser->pile = part.pile;
	if (part.verdict == VERDICT_OPEN)
		return result;
	parser->verdict = part.verdict;
	parser->at = parser->end;
	return parser->nothing;
}

static expr_ty parse_value(struct fields *fields, const char *brace, const char *end)
{
	struct parser *parser = fields->joined->parser;
	struct slice text = {brace + 1, (size_t)(end - brace - 1)};
	size_t blanks = 0;

	while (blanks < text.len && is_blank(text.data[blanks]))
		blanks++;
	if (blanks == text.len)
		return refuse_tokens(parser);
	return parse_part(parser, text, origin_of(fields, brace));
}

/* `!` and a letter; -1 for none. What else begins with `!` is not what ends a field. */
static int parse_conversion(struct fields *fields)
{
	int letter;

	if (fields->end - fields->at < 3 || *fields->at != '!' || !strchr("sra", fields->at[1]))
		return -1;
	letter = (unsigned char)fields->at[1];
	fields->at += 2;
	return letter;
}

/* What stands behind the colon: a string with fields of its own. */
static expr_ty parse_format(struct fields *fields)
{
	struct parser *parser = fields->joined->parser;
	struct joined joined = {
	    .parser = parser, .first = fields->joined->first, .last = fields->joined->last};
	struct fields inner = *fields;
	size_t base = parser->pile.count;

	inner.joined = &joined;
	inner.level++;
	inner.at++;
	parse_all(&inner);
	fields->at = inner.at;
	end_text(&joined, fields->token, fields->token);
	return made(parser, _PyAST_JoinedStr(take_expressions(parser, base), fields->token->line,
				fields->token->column, fields->token->end_line,
				fields->token->end_column, parser->arena));
}

static void parse_field(struct fields *fields)
{
	struct parser *parser = fields->joined->parser;
	const struct token *first = fields->joined->first, *last = fields->joined->last;
	const char *brace = fields->at, *end = find_end(brace + 1, fields->end);
	expr_ty value, format = NULL;
	bool shows_text;
	int conversion;

	if (!end || fields->level > 1) {
		refuse(fields);
		return;
	}
	value = parse_value(fields, brace, end);
	fields->at = end;
	shows_text = *end == '=';
	if (shows_text) {
		fields->at++;
		while (fields->at < fields->end && is_blank(*fields->at))
			fields->at++;
		add_text(fields->joined,
		    checked(parser, PyUnicode_DecodeUTF8(brace + 1, fields->at - brace - 1, NULL)));
	}
	conversion = parse_conversion(fields);
	end_text(fields->joined, first, last);
	if (fields->at < fields->end && *fields->at == ':')
		format = parse_format(fields);
	if (fields->at == fields->end || *fields->at != '}') {
		refuse(fields);
		return;
	}
	fields->at++;
	if (shows_text && !format && conversion == -1)
		conversion = 'r';
	pile_add(parser,
	    made(parser, _PyAST_FormattedValue(value, conversion, format, first->line,
			     first->column, last->end_line, last->end_column, parser->arena)));
}

/* Text and fields in turn, to the end of the body, or of the format. */
static void parse_all(struct fields *fields)
{
	while (fields->at < fields->end) {
		parse_text(fields);
		if (fields->at == fields->end || *fields->at == '}')
			return;
		parse_field(fields);
	}
}

static void parse_fields(struct joined *joined, const struct token *token, bool is_raw)
{
	struct slice body = string_body(joined->parser, token);
	const char *begin = joined->parser->text + token->begin;
	struct fields fields = {
	    joined, token, body.data, body.data + body.len, is_raw, 0, begin, token->line, begin};

	parse_all(&fields);
	assert(fields.at == fields.end);
}

expr_ty parse_joined(struct parser *parser)
{
	const struct token *first = parser->at, *last = first;
	struct joined joined = {.parser = parser, .first = first};
	size_t base = parser->pile.count;

	while (last[1].type == TOKEN_STRING)
		last++;
	joined.last = last;
	parser->at = last + 1;
	for (const struct token *token = first; token <= last; token++) {
		struct string_prefix prefix = string_prefix(parser, token);

		if (prefix.is_bytes)
			(void)refuse_tokens(parser);
		else if (prefix.has_fields)
			parse_fields(&joined, token, prefix.is_raw);
		else
			add_text(&joined, string_decode(parser, token, string_body(parser, token),
					      prefix.is_raw));
	}
	end_text(&joined, first, last);
	return made(parser, _PyAST_JoinedStr(take_expressions(parser, base), first->line,
				first->column, last->end_line, last->end_column, parser->arena));
}
