#include "delineation/stub_scope.h"

struct slice stub_last_part(struct slice name)
{
	struct slice rest = name;

	while (slice_next(&rest, '.', &name))
		continue;
	return name;
}

void stub_join(struct str *ret, const struct text *first, const struct text *end)
{
	for (const struct text *part = first; part != end; part = part->next) {
		if (part != first)
			str_addc(ret, '.');
		str_add_slice(ret, part->slice);
	}
}

bool stub_is_among(struct slice name, const char *const *words)
{
	for (; *words; words++) {
		if (slice_is(name, *words))
			return true;
	}
	return false;
}

bool stub_is_function(const struct element *element)
{
	return element->definition && element->type != ELEMENT_CLASS;
}

struct slice stub_decorator_name(struct slice text)
{
	size_t len = 0;

	while (len < text.len && text.data[len] != '(' && text.data[len] != '[')
		len++;
	return slice_trim(slice_of(text.data, len));
}

struct slice stub_base_name(const struct element *base)
{
	return base->reference.len ? base->reference : stub_decorator_name(base->syntax);
}

bool stub_is_decorated(const struct definition *definition, const char *const *words)
{
	for (const struct text *text = definition->decorators.first; text; text = text->next) {
		if (stub_is_among(stub_last_part(stub_decorator_name(text->slice)), words))
			return true;
	}
	return false;
}

struct slice stub_arguments(struct slice call)
{
	size_t at = 0;

	while (at < call.len && call.data[at] != '(')
		at++;
	return at + 2 <= call.len ? slice_of(call.data + at + 1, call.len - at - 2)
				  : slice_of(call.data, 0);
}

/* The end of a string literal whose first quote is at `at`. */
static size_t end_of_string(struct slice text, size_t at)
{
	char quote = text.data[at];
	size_t width = 1;

	if (text.len - at >= 3 && text.data[at + 1] == quote && text.data[at + 2] == quote)
		width = 3;
	for (size_t i = at + width; i + width <= text.len; i++) {
		if (text.data[i] == '\\')
			i++;
		else if (text.data[i] == quote &&
			 (width == 1 || (text.data[i + 1] == quote && text.data[i + 2] == quote)))
			return i + width;
	}
	return text.len;
}

/* The end of the token that begins at `at`; `depth` is that of brackets. */
static size_t end_of_token(struct slice text, size_t at, int *depth)
{
	const char *end;

	switch (text.data[at]) {
	case '"':
	case '\'':
		return end_of_string(text, at);
	case '#':
		end = memchr(text.data + at, '\n', text.len - at);
		return end ? (size_t)(end - text.data) : text.len;
	case '(':
	case '[':
	case '{':
		++*depth;
		return at + 1;
	case ')':
	case ']':
	case '}':
		--*depth;
		return at + 1;
	default:
		return at + 1;
	}
}

/* Cut `NAME=` off an argument. */
static struct slice keyword_of(struct slice *argument)
{
	const char *equals = memchr(argument->data, '=', argument->len);
	struct slice name;

	if (!equals || equals + 1 == argument->data + argument->len || equals[1] == '=')
		return slice_of(argument->data, 0);
	name = slice_trim(slice_of(argument->data, (size_t)(equals - argument->data)));
	for (size_t i = 0; i < name.len; i++) {
		if (name.data[i] != '_' && (name.data[i] | 0x20) < 'a')
			return slice_of(argument->data, 0);
	}
	*argument = slice_trim(
	    slice_of(equals + 1, (size_t)(argument->data + argument->len - equals - 1)));
	return name;
}

bool stub_next_part(struct slice *rest, char separator, struct slice *ret)
{
	size_t at = 0;
	int depth = 0;

	while (at < rest->len && (depth > 0 || rest->data[at] != separator))
		at = end_of_token(*rest, at, &depth);
	*ret = slice_trim(slice_of(rest->data, at));
	at += at < rest->len;
	*rest = slice_from(*rest, at);
	return ret->len > 0;
}

bool stub_next_argument(struct slice *rest, struct slice *ret_keyword, struct slice *ret)
{
	if (!stub_next_part(rest, ',', ret))
		return false;
	*ret_keyword = keyword_of(ret);
	return true;
}

static bool is_letter(char c)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool stub_is_word(char c)
{
	return is_letter(c) || is_digit(c);
}

bool stub_string_name(struct slice part, struct slice *ret)
{
	struct slice rest;
	size_t end;

	while (part.len && part.data[0] == '#') {
		const char *line = memchr(part.data, '\n', part.len);

		if (!line)
			return false;
		part = slice_trim(slice_from(part, (size_t)(line - part.data)));
	}
	if (part.len < 2 || (part.data[0] != '"' && part.data[0] != '\''))
		return false;
	end = end_of_string(part, 0);
	rest = slice_trim(slice_from(part, end));
	if (rest.len && rest.data[0] != '#' && rest.data[0] != ':')
		return false;
	*ret = slice_of(part.data + 1, end - 2);
	for (size_t i = 0; i < ret->len; i++) {
		if (!is_letter(ret->data[i]) && !(i > 0 && is_digit(ret->data[i])))
			return false;
	}
	return ret->len > 0;
}

static size_t end_of_word(struct slice text, size_t at)
{
	while (at < text.len && stub_is_word(text.data[at]))
		at++;
	return at;
}

/* Whether a word is the keyword of an argument. */
static bool is_keyword(struct slice text, size_t end)
{
	while (end < text.len && char_is_space(text.data[end]))
		end++;
	return end + 1 < text.len && text.data[end] == '=' && text.data[end + 1] != '=';
}

/* Types in strings in types, and so on. */
#define NESTED 3

static void each_name(
    struct slice text, int nested, void (*found)(void *context, struct slice name), void *context);

/* Look for names in a string literal, which may be the text of a type. */
static void look_into(struct slice text, size_t begin, size_t end, int nested,
    void (*found)(void *context, struct slice name), void *context)
{
	while (begin < end && (text.data[begin] == '"' || text.data[begin] == '\''))
		begin++;
	while (end > begin && (text.data[end - 1] == '"' || text.data[end - 1] == '\''))
		end--;
	each_name(slice_of(text.data + begin, end - begin), nested - 1, found, context);
}

/* Whether a word before a string literal says that it has fields. */
static bool has_fields(struct slice prefix)
{
	return prefix.len <= 2 &&
	       (memchr(prefix.data, 'f', prefix.len) || memchr(prefix.data, 'F', prefix.len) ||
		   memchr(prefix.data, 't', prefix.len) || memchr(prefix.data, 'T', prefix.len));
}

/* Look for names in a string literal with fields: any word may be one. */
static void look_for_words(
    struct slice text, void (*found)(void *context, struct slice name), void *context)
{
	for (size_t at = 0; at < text.len;) {
		size_t begin = at;

		at = end_of_word(text, at);
		if (at > begin && is_letter(text.data[begin]) &&
		    !(begin > 0 && text.data[begin - 1] == '.'))
			found(context, slice_of(text.data + begin, at - begin));
		at += at == begin;
	}
}

static void each_name(
    struct slice text, int nested, void (*found)(void *context, struct slice name), void *context)
{
	bool is_attribute = false;
	int depth = 0;

	for (size_t at = 0; at < text.len;) {
		size_t begin = at;
		char c = text.data[at];

		if (stub_is_word(c))
			at = end_of_word(text, at);
		else
			at = end_of_token(text, at, &depth);
		if (is_letter(c) && at < text.len &&
		    (text.data[at] == '"' || text.data[at] == '\'')) {
			struct slice prefix = slice_of(text.data + begin, at - begin);

			is_attribute = false;
			begin = at;
			at = end_of_string(text, at);
			if (has_fields(prefix))
				look_for_words(
				    slice_of(text.data + begin, at - begin), found, context);
			else if (nested)
				look_into(text, begin, at, nested, found, context);
			continue;
		}
		if (is_letter(c) && !is_attribute && !(depth > 0 && is_keyword(text, at)))
			found(context, slice_of(text.data + begin, at - begin));
		if (nested && (c == '"' || c == '\''))
			look_into(text, begin, at, nested, found, context);
		if (!char_is_space(c))
			is_attribute = c == '.';
	}
}

void stub_each_name(
    struct slice text, bool is_type, void (*found)(void *context, struct slice name), void *context)
{
	each_name(text, is_type ? NESTED : 0, found, context);
}
