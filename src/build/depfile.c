#include "build/depfile.h"

#include <limits.h>

enum token { TOKEN_WORD, TOKEN_COLON, TOKEN_LINE, TOKEN_END, TOKEN_BAD };

struct parser {
	const char *at, *end;
	struct str word;
	size_t line;
	bool is_behind_colon; /* a colon is no separator any more */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Whether a line ends at `at` with "\n" or "\r\n"; *ret_len is the length of that. */
static bool is_newline(const struct parser *parser, const char *at, size_t *ret_len)
{
	size_t left = (size_t)(parser->end - at);

	*ret_len = left && *at == '\r' ? 2 : 1;
	return left >= *ret_len && at[*ret_len - 1] == '\n';
}

/* Skip a backslash before a newline, which continues the rule. */
static bool skip_continuation(struct parser *parser)
{
	size_t len;

	if (*parser->at != '\\' || !is_newline(parser, parser->at + 1, &len))
		return false;
	parser->at += 1 + len;
	parser->line++;
	return true;
}

static void skip_blanks(struct parser *parser)
{
	while (parser->at < parser->end) {
		if (is_blank(*parser->at))
			parser->at++;
		else if (!skip_continuation(parser))
			return;
	}
}

static void add_backslashes(struct parser *parser, size_t count)
{
	while (count--)
		str_addc(&parser->word, '\\');
}

/* Read backslashes and the character they escape. False if the word ends with them. */
static bool read_backslashes(struct parser *parser)
{
	size_t count = 0, len;
	char next;

	while (parser->at < parser->end && *parser->at == '\\') {
		count++;
		parser->at++;
	}
	if (parser->at == parser->end) {
		add_backslashes(parser, count);
		return false;
	}
	next = *parser->at;
	if (is_newline(parser, parser->at, &len)) {
		/* An odd number: the last backslash belongs to the newline. */
		parser->at -= count % 2;
		add_backslashes(parser, count - count % 2);
		return false;
	}
	if (is_blank(next)) {
		add_backslashes(parser, count / 2);
		if (count % 2 == 0)
			return false;
	} else if (next == '#' || next == ':') {
		add_backslashes(parser, count - 1);
	} else {
		add_backslashes(parser, count);
		return true;
	}
	str_addc(&parser->word, next);
	parser->at++;
	return true;
}

/* Whether the colon here ends the targets: then a blank or the end of the line follows. */
static bool is_separator(const struct parser *parser)
{
	const char *behind = parser->at + 1;
	size_t len;

	if (parser->is_behind_colon)
		return false;
	return behind == parser->end || is_blank(*behind) || is_newline(parser, behind, &len) ||
	       (*behind == '\\' && is_newline(parser, behind + 1, &len));
}

/* Read a word, whose first character is no blank. */
static enum token read_word(struct parser *parser)
{
	size_t len;

	while (parser->at < parser->end) {
		char c = *parser->at;

		if (!c || parser->word.len >= PATH_MAX)
			return TOKEN_BAD;
		if (is_blank(c) || is_newline(parser, parser->at, &len) ||
		    (c == ':' && is_separator(parser)))
			break;
		if (c == '\\') {
			if (!read_backslashes(parser))
				break;
			continue;
		}
		str_addc(&parser->word, c);
		parser->at++;
		/* Compilers double a dollar sign; a single one stands for itself. */
		if (c == '$' && parser->at < parser->end && *parser->at == '$')
			parser->at++;
	}
	return TOKEN_WORD;
}

static enum token next_token(struct parser *parser)
{
	size_t len;

	str_truncate(&parser->word, 0);
	skip_blanks(parser);
	if (parser->at < parser->end && *parser->at == '#') {
		const char *newline = memchr(parser->at, '\n', (size_t)(parser->end - parser->at));

		parser->at = newline ? newline : parser->end;
	}
	if (parser->at == parser->end)
		return TOKEN_END;
	if (is_newline(parser, parser->at, &len)) {
		parser->at += len;
		parser->line++;
		parser->is_behind_colon = false;
		return TOKEN_LINE;
	}
	if (*parser->at == ':' && is_separator(parser)) {
		parser->at++;
		parser->is_behind_colon = true;
		return TOKEN_COLON;
	}
	return read_word(parser);
}

static int fail_here(const struct parser *parser, const char *what, struct error **err)
{
	return fail(err, ERROR_INPUT, "dependency file, line %zu: %s", parser->line, what);
}

static int parse(struct parser *parser, struct fields *ret, bool *ret_has_rule, struct error **err)
{
	bool has_targets = false;

	for (;;) {
		enum token token = next_token(parser);

		switch (token) {
		case TOKEN_COLON:
			*ret_has_rule = true;
			has_targets = false;
			break;
		case TOKEN_WORD:
			if (!parser->is_behind_colon)
				has_targets = true;
			else if (ret->count >= DEPFILE_NAMES)
				return fail_here(parser, "too many files", err);
			else if (parser->word.len)
				fields_add(ret, str_slice(&parser->word));
			break;
		case TOKEN_BAD:
			return fail_here(parser, "invalid name", err);
		default:
			if (has_targets)
				return fail_here(parser, "expected ':' after the targets", err);
			if (token == TOKEN_END)
				return 0;
		}
	}
}

int depfile_parse(struct slice text, struct fields *ret, bool *ret_has_rule, struct error **err)
{
	struct parser parser = {.at = text.data, .end = text.data + text.len, .line = 1};
	size_t before = ret->count;
	int result;

	*ret_has_rule = false;
	result = parse(&parser, ret, ret_has_rule, err);
	str_release(&parser.word);
	if (result < 0)
		fields_truncate(ret, before);
	return result;
}
