#include "python/parse/scanner.h"

/* The bytes of a source for each of its tokens: most have more, with comments and blanks. */
#define TOKEN_SIZE 4

/* An operator with or without `=` behind it. `len` is its length. */
static void add_operator(struct scanner *scanner, enum token_type type, size_t len)
{
	const char *begin = scanner->at;

	scanner->at += len;
	if (*scanner->at == '=') {
		scanner->at++;
		type++;
	}
	scan_add(scanner, type, begin);
}

static void add_plain(struct scanner *scanner, enum token_type type, size_t len)
{
	scanner->at += len;
	scan_add(scanner, type, scanner->at - len);
}

/* `=` and what begins with angle brackets and the like. */
static void scan_comparison(struct scanner *scanner)
{
	char c = *scanner->at, next = scanner->at[1];

	if (c == '=' && next == '=')
		add_plain(scanner, TOKEN_EQUALS, 2);
	else if (c == '=')
		add_plain(scanner, TOKEN_EQUAL, 1);
	else if (c == '<' && next == '<')
		add_operator(scanner, TOKEN_LEFT_SHIFT, 2);
	else if (c == '>' && next == '>')
		add_operator(scanner, TOKEN_RIGHT_SHIFT, 2);
	else if (c == '<' && next != '>')
		add_operator(scanner, TOKEN_LESS, 1);
	else if (c == '>')
		add_operator(scanner, TOKEN_GREATER, 1);
	else if (c == '!' && next == '=')
		add_plain(scanner, TOKEN_DIFFERS, 2);
	else
		scan_give_up(scanner); /* <> and lonely ! are errors, but in a game */
}

/* One that another character may make a different one. */
static void scan_pair(struct scanner *scanner)
{
	char c = *scanner->at, next = scanner->at[1];

	if (c == ':')
		add_plain(scanner, next == '=' ? TOKEN_WALRUS : TOKEN_COLON, next == '=' ? 2 : 1);
	else if (c == '-' && next == '>')
		add_plain(scanner, TOKEN_ARROW, 2);
	else if (c == '-')
		add_operator(scanner, TOKEN_MINUS, 1);
	else if (c == '*')
		add_operator(scanner, next == '*' ? TOKEN_POWER : TOKEN_STAR, next == '*' ? 2 : 1);
	else if (c == '/')
		add_operator(scanner, next == '/' ? TOKEN_FLOOR : TOKEN_SLASH, next == '/' ? 2 : 1);
	else
		scan_comparison(scanner);
}

static void scan_operator(struct scanner *scanner)
{
	static const unsigned char operators[256] = {
	    ['+'] = TOKEN_PLUS,
	    ['%'] = TOKEN_PERCENT,
	    ['@'] = TOKEN_AT,
	    ['&'] = TOKEN_AMPERSAND,
	    ['|'] = TOKEN_BAR,
	    ['^'] = TOKEN_CARET,
	};
	static const unsigned char plain[256] = {
	    ['('] = TOKEN_LEFT_PARENTHESIS,
	    ['['] = TOKEN_LEFT_BRACKET,
	    ['{'] = TOKEN_LEFT_BRACE,
	    [')'] = TOKEN_RIGHT_PARENTHESIS,
	    [']'] = TOKEN_RIGHT_BRACKET,
	    ['}'] = TOKEN_RIGHT_BRACE,
	    [','] = TOKEN_COMMA,
	    [';'] = TOKEN_SEMICOLON,
	    ['~'] = TOKEN_TILDE,
	};
	unsigned char c = (unsigned char)*scanner->at, type = plain[c];

	if (operators[c])
		add_operator(scanner, operators[c], 1);
	else if (!type)
		scan_pair(scanner);
	else if (type >= TOKEN_COMMA)
		add_plain(scanner, type, 1);
	else if (type >= TOKEN_RIGHT_PARENTHESIS)
		scan_close(scanner, type);
	else
		scan_open(scanner, type);
}

static void scan_dot(struct scanner *scanner)
{
	if (scan_characters[(unsigned char)scanner->at[1]] == SCAN_DIGIT)
		scan_number(scanner);
	else if (scanner->at[1] == '.' && scanner->at[2] == '.')
		add_plain(scanner, TOKEN_ELLIPSIS, 3);
	else
		add_plain(scanner, TOKEN_DOT, 1);
}

static void add_name(struct scanner *scanner, const char *begin)
{
	struct token *token = scan_add(scanner, TOKEN_NAME, begin);
	const struct name *name = names_find(slice_of(begin, token->len), scanner->arena);

	if (!name) {
		scanner->result = SCAN_FAILS;
		scan_give_up(scanner);
	} else if (name->keyword) {
		token->type = name->keyword;
		if (name->keyword == TOKEN_YIELD && scanner->layout)
			layout_add(scanner->layout, LAYOUT_YIELD, begin);
	} else {
		token->name = name->object;
	}
}

/* A word: a name, a keyword, or the prefix of a string. */
static void scan_word(struct scanner *scanner)
{
	const char *begin = scanner->at, *at = begin;

	while (scan_characters[(unsigned char)*at] == SCAN_LETTER ||
	       scan_characters[(unsigned char)*at] == SCAN_DIGIT)
		at++;
	if (scan_characters[(unsigned char)*at] == SCAN_QUOTE && scan_prefix_is_valid(begin, at)) {
		scan_string(scanner, (size_t)(at - begin));
		return;
	}
	if ((unsigned char)*at >= 0x80) {
		while (scan_is_word(*at))
			at++;
		if (!name_is_plain(slice_of(begin, (size_t)(at - begin)))) {
			scan_give_up(scanner);
			return;
		}
	}
	scanner->at = at;
	add_name(scanner, begin);
}

/* The blanks at the beginning of a line. */
static struct indentation measure(struct scanner *scanner)
{
	struct indentation result = {0, 0};

	for (;; scanner->at++) {
		switch (*scanner->at) {
		case ' ':
			result.width++;
			result.other++;
			break;
		case '\t':
			result.width = (result.width / 8 + 1) * 8;
			result.other++;
			break;
		case '\f':
			result = (struct indentation){0, 0};
			break;
		default:
			return result;
		}
	}
}

static void indent(struct scanner *scanner, struct indentation to)
{
	struct indentation *current = &scanner->indents[scanner->indent_count - 1];

	if (to.width > current->width) {
		if (scanner->indent_count == INDENT_LIMIT || to.other <= current->other) {
			scan_give_up(scanner);
			return;
		}
		scanner->indents[scanner->indent_count++] = to;
		scan_add(scanner, TOKEN_INDENT, scanner->at);
		return;
	}
	while (to.width < scanner->indents[scanner->indent_count - 1].width) {
		scanner->indent_count--;
		scan_add(scanner, TOKEN_DEDENT, scanner->at);
	}
	current = &scanner->indents[scanner->indent_count - 1];
	if (to.width != current->width || to.other != current->other)
		scan_give_up(scanner);
}

static void skip_comment(struct scanner *scanner)
{
	const char *end = memchr(scanner->at, '\n', (size_t)(scanner->end - scanner->at));

	if (scanner->layout && scanner->at[1] == ':')
		layout_add(scanner->layout, LAYOUT_COMMENT, scanner->at);
	scanner->at = end ? end : scanner->end;
}

/* Blank lines, and the indentation of the next that is not. */
static void begin_line(struct scanner *scanner)
{
	struct indentation indentation;

	for (;;) {
		indentation = measure(scanner);
		if (*scanner->at == '#')
			skip_comment(scanner);
		if (*scanner->at != '\n')
			break;
		scanner->at++;
		scan_next_line(scanner);
	}
	if (scanner->at == scanner->end)
		return;
	scanner->begins_line = false;
	if (*scanner->at == '\\')
		scan_give_up(scanner);
	else
		indent(scanner, indentation);
}

static void end_line(struct scanner *scanner)
{
	if (!scanner->open_count && !scanner->is_bracketed) {
		scan_add(scanner, TOKEN_NEWLINE, scanner->at);
		scanner->begins_line = true;
	}
	scanner->at++;
	scan_next_line(scanner);
}

static void scan_other(struct scanner *scanner)
{
	char c = *scanner->at;

	if (c == '#' && !scanner->is_bracketed) {
		skip_comment(scanner);
	} else if (c == '.') {
		scan_dot(scanner);
	} else if ((unsigned char)c >= 0x80) {
		scan_word(scanner);
	} else if (c == '\\' && scanner->at[1] == '\n' && scanner->at + 2 < scanner->end &&
		   !scanner->is_bracketed) {
		scanner->at += 2;
		scan_next_line(scanner);
	} else {
		scan_operator(scanner);
	}
}

static void scan_token(struct scanner *scanner)
{
	switch ((enum scan_character)scan_characters[(unsigned char)*scanner->at]) {
	case SCAN_SPACE:
		scanner->at++;
		break;
	case SCAN_LETTER:
		scan_word(scanner);
		break;
	case SCAN_DIGIT:
		scan_number(scanner);
		break;
	case SCAN_QUOTE:
		scan_string(scanner, 0);
		break;
	case SCAN_LINE_END:
		end_line(scanner);
		break;
	case SCAN_OTHER:
		scan_other(scanner);
		break;
	}
}

/* One that is not in the text: before or behind it. */
static void add_parenthesis(struct scanner *scanner, enum token_type type)
{
	struct token *token = scan_add(scanner, type, scanner->at);

	if (type == TOKEN_LEFT_PARENTHESIS)
		token->column--;
	else
		token->end_column++;
}

static void end_text(struct scanner *scanner)
{
	if (scanner->open_count) {
		scan_give_up(scanner);
		return;
	}
	if (!scanner->is_bracketed && !scanner->begins_line && scanner->ret->count)
		scan_add(scanner, TOKEN_NEWLINE, scanner->at);
	while (!scanner->is_bracketed && --scanner->indent_count)
		scan_add(scanner, TOKEN_DEDENT, scanner->at);
	if (scanner->is_bracketed) {
		scanner->ret->at[0].matching = (uint32_t)scanner->ret->count;
		add_parenthesis(scanner, TOKEN_RIGHT_PARENTHESIS);
	}
	scan_add(scanner, TOKEN_END, scanner->at);
}

enum scan_result scan(struct slice text, struct scan_origin origin, PyArena *arena,
    struct layout *layout, struct tokens *ret)
{
	struct scanner scanner = {
	    .base = text.data,
	    .at = text.data,
	    .end = text.data + text.len,
	    .line = origin.line,
	    /* In the parentheses that a bracketed part is given. */
	    .line_offset = -(ptrdiff_t)origin.column - origin.is_bracketed,
	    .ret = ret,
	    .arena = arena,
	    .layout = layout,
	    .scan_token = scan_token,
	    .indent_count = 1,
	    .is_bracketed = origin.is_bracketed,
	    .begins_line = !origin.is_bracketed,
	};

	if (text.len > INT_MAX / 2)
		return SCAN_GIVES_UP;
	scan_expect(ret, text.len / TOKEN_SIZE);
	if (origin.is_bracketed)
		add_parenthesis(&scanner, TOKEN_LEFT_PARENTHESIS);
	while (scanner.at < scanner.end) {
		if (scanner.begins_line)
			begin_line(&scanner);
		else
			scan_token(&scanner);
	}
	if (scanner.result == SCAN_DONE)
		end_text(&scanner);
	return scanner.result;
}
