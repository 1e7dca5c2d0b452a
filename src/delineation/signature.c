#include "delineation/signature.h"

#include "python/tokens.h"

static bool has(struct slice text, const char *part)
{
	return memmem(text.data, text.len, part, strlen(part)) != NULL;
}

void expression_add(struct str *ret, struct slice syntax, bool inside)
{
	/* A starred expression had no parentheses, and may not have any. */
	bool starred = slice_starts(syntax, SLICE_LITERAL("*"));
	bool bare = !has(syntax, ":=") && !slice_starts(syntax, SLICE_LITERAL("yield")) &&
		    (inside || !has(syntax, "\n"));

	if (bare || starred) {
		str_add_slice(ret, syntax);
		return;
	}
	str_addc(ret, '(');
	str_add_slice(ret, syntax);
	str_addc(ret, ')');
}

/* Code that becomes one line. */
struct line {
	struct str *out;
	size_t begin;
	bool space; /* there is white space before what comes next */
};

static bool is_among(char c, const char *characters)
{
	return c && strchr(characters, c);
}

/* Write the white space before a character: one space, none within brackets. */
static void add_space(struct line *line, char next)
{
	const struct str *out = line->out;
	char before = out->len > line->begin ? out->data[out->len - 1] : '(';

	if (line->space && !is_among(before, "([{") && !is_among(next, ")]},"))
		str_addc(line->out, ' ');
	line->space = false;
}

static void add_code(struct line *line, struct slice code)
{
	for (size_t i = 0; i < code.len; i++) {
		char c = code.data[i];

		/* A backslash in code precedes a line end. */
		if (char_is_space(c) || c == '\\') {
			line->space = true;
			continue;
		}
		add_space(line, c);
		str_addc(line->out, c);
	}
}

static void add_string(struct line *line, struct slice string)
{
	add_space(line, string.data[0]);
	for (size_t i = 0; i < string.len; i++) {
		char c = string.data[i], next = i + 1 < string.len ? string.data[i + 1] : 0;

		if (c == '\n')
			str_adds(line->out, "\\n");
		else if (c != '\\' || next != '\n')
			str_addc(line->out, c);
		if (c != '\\' || !next)
			continue;
		if (next != '\n')
			str_addc(line->out, next);
		i++;
	}
}

void line_add(struct str *ret, struct slice code)
{
	autotokens struct tokens tokens = {0};
	struct line line = {ret, ret->len, false};
	size_t at = 0;

	if (!memchr(code.data, '\n', code.len)) {
		str_add_slice(ret, code);
		return;
	}
	tokens_find(code, &tokens);
	for (size_t i = 0; i < tokens.count; i++) {
		struct token token = tokens.items[i];
		struct slice text = slice_of(code.data + token.first, token.end - token.first);

		if (token.kind != TOKEN_COMMENT && token.kind != TOKEN_STRING)
			continue;
		add_code(&line, slice_of(code.data + at, token.first - at));
		if (token.kind == TOKEN_STRING)
			add_string(&line, text);
		at = token.end;
	}
	add_code(&line, slice_from(code, at));
}

const struct element *element_annotation(const struct element *element)
{
	return element->first && element->first->type == ELEMENT_TYPE ? element->first : NULL;
}

void type_parameters_add(struct str *ret, const struct element *element)
{
	const char *between = "[";

	for (const struct element *child = element->first; child; child = child->next) {
		if (child->type != ELEMENT_TYPE_PARAMETER)
			continue;
		str_adds(ret, between);
		str_add_slice(ret, child->syntax);
		between = ", ";
	}
	if (between[0] == ',')
		str_addc(ret, ']');
}

static void add_parameter(struct str *ret, const struct element *parameter, bool defaults)
{
	const struct element *type = element_annotation(parameter);

	str_add_slice(ret, parameter->syntax.len ? parameter->syntax : parameter->identifier);
	if (type) {
		str_adds(ret, ": ");
		expression_add(ret, type->syntax, true);
	}
	if (!parameter->default_syntax.data)
		return;
	str_adds(ret, type ? " = " : "=");
	if (defaults)
		expression_add(ret, parameter->default_syntax, true);
	else
		str_adds(ret, "...");
}

/* Parts separated by commas. */
struct list {
	struct str *out;
	size_t begin;
};

static void next_part(const struct list *list)
{
	if (list->out->len > list->begin)
		str_adds(list->out, ", ");
}

static void add_mark(const struct list *list, const char *mark)
{
	next_part(list);
	str_adds(list->out, mark);
}

void signature_add(struct str *ret, const struct element *function, bool defaults)
{
	struct list list = {ret, ret->len};
	bool only = false, starred = false; /* the kinds of the parameters before */

	for (const struct element *child = function->first; child; child = child->next) {
		if (child->type != ELEMENT_PARAMETER)
			continue;
		if (only && child->kind != PARAMETER_POSITIONAL_ONLY)
			add_mark(&list, "/");
		if (!starred && child->kind == PARAMETER_KEYWORD_ONLY)
			add_mark(&list, "*");
		only = child->kind == PARAMETER_POSITIONAL_ONLY;
		starred = starred || child->kind == PARAMETER_VARARG ||
			  child->kind == PARAMETER_KEYWORD_ONLY;
		next_part(&list);
		add_parameter(ret, child, defaults);
	}
	if (only)
		add_mark(&list, "/");
}
