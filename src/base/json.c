#include "base/json.h"

#include <assert.h>

#include "base/arena.h"

#define SURROGATE_HIGH 0xd800
#define SURROGATE_LOW 0xdc00
#define SURROGATE_END 0xe000

/* A document that is read. Nodes and strings of the tree lie in the arena. */
struct reader {
	struct slice text;
	size_t at;
	unsigned depth;
	struct arena *arena;
	struct str string; /* the string that is being read */
};

/* json_parse() returns the root. The root is the first member, so json_free() finds the arena. */
struct document {
	struct json root;
	struct arena arena;
};

/* The byte `ahead` bytes after the current one; 0 at the end (JSON has no NUL). */
static char peek(const struct reader *reader, size_t ahead)
{
	return ahead < reader->text.len - reader->at ? reader->text.data[reader->at + ahead] : '\0';
}

static void skip_space(struct reader *reader)
{
	char c;

	while ((c = peek(reader, 0)) == ' ' || c == '\n' || c == '\t' || c == '\r')
		reader->at++;
}

/* Skip white space, and then `c` if it follows. Returns whether it did. */
static bool take(struct reader *reader, char c)
{
	skip_space(reader);
	if (peek(reader, 0) != c)
		return false;
	reader->at++;
	return true;
}

/* The reading functions from here on return NULL, or what is wrong at the current byte. */
static const char *misplaced(const struct reader *reader)
{
	static const char known[] = "\"-0123456789[]{},:aeflnrstu"; /* true, false, null */
	char c = peek(reader, 0);

	if (reader->at < reader->text.len && (!c || !strchr(known, c)))
		return "an unexpected character";
	return "unexpected or missing text";
}

/* The code unit of a \uXXXX that begins `ahead` bytes after the current one; -1 if no \uXXXX begins
 * there. */
static int code_unit(const struct reader *reader, size_t ahead)
{
	int unit = 0;

	if (peek(reader, ahead) != '\\' || peek(reader, ahead + 1) != 'u')
		return -1;
	for (size_t i = 2; i < 6; i++) {
		static const char digits[] = "0123456789abcdef";
		char c = peek(reader, ahead + i);
		const char *digit = c ? strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c) : NULL;

		if (!digit)
			return -1;
		unit = unit << 4 | (int)(digit - digits);
	}
	return unit;
}

/* Append a character, or a lone surrogate as if it were one; U+0000 as C0 80. */
static void add_character(struct str *ret, unsigned point)
{
	static const unsigned char leads[] = {0x00, 0xc0, 0xe0, 0xf0};
	int more = point >= 0x10000 ? 3 : point >= 0x800 ? 2 : point >= 0x80 || !point;

	str_addc(ret, (char)(leads[more] | point >> 6 * more));
	while (more-- > 0)
		str_addc(ret, (char)(0x80 | (point >> 6 * more & 0x3f)));
}

static const char *read_escape(struct reader *reader)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	char c = peek(reader, 1);
	const char *letter = c ? strchr(letters, c) : NULL;
	int unit = code_unit(reader, 0), next;

	if (letter) {
		str_addc(&reader->string, meant[letter - letters]);
		reader->at += 2;
		return NULL;
	}
	if (unit < 0)
		return "an unknown escape";
	reader->at += 6;
	next = code_unit(reader, 0);
	if (unit >= SURROGATE_HIGH && unit < SURROGATE_LOW && next >= SURROGATE_LOW &&
	    next < SURROGATE_END) {
		unit = 0x10000 + ((unit - SURROGATE_HIGH) << 10 | (next - SURROGATE_LOW));
		reader->at += 6;
	}
	add_character(&reader->string, (unsigned)unit);
	return NULL;
}

/* Read characters that mean themselves. */
static struct slice take_plain(struct reader *reader)
{
	size_t begin = reader->at;

	while (json_is_plain(peek(reader, 0)))
		reader->at++;
	return slice_of(reader->text.data + begin, reader->at - begin);
}

/* Most strings are plain as a whole. */
static const char *read_string(struct reader *reader, const char **ret)
{
	struct slice plain;

	reader->at++;
	plain = take_plain(reader);
	if (peek(reader, 0) == '"') {
		reader->at++;
		*ret = arena_copy(reader->arena, plain);
		return NULL;
	}
	str_truncate(&reader->string, 0);
	str_add_slice(&reader->string, plain);
	while (reader->at < reader->text.len) {
		const char *at = reader->text.data + reader->at, *problem = NULL;
		size_t len = slice_character(slice_of(at, reader->text.len - reader->at));

		if (len == 0)
			return "a byte that is not UTF-8";
		if (*at == '"') {
			reader->at++;
			*ret = arena_copy(reader->arena, str_slice(&reader->string));
			return NULL;
		}
		if (len == 1 && (unsigned char)*at < 0x20)
			return "a control character in a string";
		if (*at == '\\') {
			problem = read_escape(reader);
		} else {
			str_add(&reader->string, at, len);
			reader->at += len;
			str_add_slice(&reader->string, take_plain(reader));
		}
		if (problem)
			return problem;
	}
	return "a string without end";
}

static size_t count_digits(const struct reader *reader, size_t from)
{
	size_t count = 0;

	while (peek(reader, from + count) >= '0' && peek(reader, from + count) <= '9')
		count++;
	return count;
}

/* The length of the number that begins at the current byte; 0 if no number begins there. */
static size_t number_length(const struct reader *reader)
{
	size_t len = peek(reader, 0) == '-';
	size_t digits = count_digits(reader, len);

	if (digits == 0 || (digits > 1 && peek(reader, len) == '0'))
		return 0;
	len += digits;
	if (peek(reader, len) == '.') {
		digits = count_digits(reader, len + 1);
		if (digits == 0)
			return 0;
		len += 1 + digits;
	}
	if ((peek(reader, len) | 0x20) == 'e') {
		len += 1 + (peek(reader, len + 1) == '+' || peek(reader, len + 1) == '-');
		digits = count_digits(reader, len);
		if (digits == 0)
			return 0;
		len += digits;
	}
	return len;
}

/* The most digits of which each number is a double. */
#define EXACT_DIGITS 15

static const char *read_number(struct reader *reader, double *ret)
{
	size_t len = number_length(reader);
	const char *text = reader->text.data + reader->at;
	autofree char *digits = NULL;
	uint64_t number;

	if (len <= EXACT_DIGITS && slice_number(slice_of(text, len), &number))
		*ret = (double)number;
	else
		*ret = strtod(digits = xmemdup0(text, len), NULL);
	reader->at += len;
	return len ? NULL : "a malformed number";
}

static const char *read_word(struct reader *reader, struct json *ret)
{
	static const struct {
		const char *word;
		enum json_kind kind;
	} words[] = {{"null", JSON_NULL}, {"false", JSON_FALSE}, {"true", JSON_TRUE}};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		const char *word = words[i].word;
		size_t len = 0;

		while (word[len] && peek(reader, len) == word[len])
			len++;
		if (!word[len]) {
			ret->kind = words[i].kind;
			reader->at += len;
			return NULL;
		}
	}
	return misplaced(reader);
}

static const char *read_value(struct reader *reader, struct json *ret);

static const char *read_member(struct reader *reader, struct json *ret)
{
	const char *problem;

	skip_space(reader);
	if (peek(reader, 0) != '"')
		return misplaced(reader);
	problem = read_string(reader, &ret->key);
	if (problem)
		return problem;
	return take(reader, ':') ? read_value(reader, ret) : misplaced(reader);
}

/* Read an array or object; the current byte is its bracket. */
static const char *read_items(struct reader *reader, struct json *ret)
{
	bool is_object = ret->kind == JSON_OBJECT;
	char end = is_object ? '}' : ']';
	struct json **next = &ret->first;

	if (reader->depth == JSON_DEPTH_LIMIT)
		return "too deep nesting";
	reader->depth++;
	reader->at++;
	while (!take(reader, end)) {
		struct json *item = arena_zalloc(reader->arena, 1, sizeof(*item));
		const char *problem;

		if (ret->first && !take(reader, ','))
			return misplaced(reader);
		problem = (is_object ? read_member : read_value)(reader, item);
		if (problem)
			return problem;
		*next = item;
		next = &item->next;
	}
	reader->depth--;
	return NULL;
}

static const char *read_value(struct reader *reader, struct json *ret)
{
	char c;

	skip_space(reader);
	c = peek(reader, 0);
	if (c == '[' || c == '{') {
		ret->kind = c == '[' ? JSON_ARRAY : JSON_OBJECT;
		return read_items(reader, ret);
	}
	if (c == '"') {
		ret->kind = JSON_STRING;
		return read_string(reader, &ret->string);
	}
	if (c == '-' || (c >= '0' && c <= '9')) {
		ret->kind = JSON_NUMBER;
		return read_number(reader, &ret->number);
	}
	return read_word(reader, ret);
}

/* An error at a byte of a text. */
static int fail_json(
    struct error **err, const char *name, const struct reader *reader, const char *problem)
{
	long line = 1, column = 1;

	for (size_t i = 0; i < reader->at; i++) {
		if (reader->text.data[i] == '\n') {
			line++;
			column = 1;
		} else {
			column += (reader->text.data[i] & 0xc0) != 0x80;
		}
	}
	return fail_at(err, name, line, column, NULL, "not JSON: %s", problem);
}

struct json *json_parse(struct slice text, const char *name, size_t limit, struct error **err)
{
	struct document *document;
	struct reader reader = {.text = text};
	const char *problem;

	if (text.len > limit)
		return fail_null(fail_at(err, name, 0, 0, NULL, "larger than %zu bytes", limit));
	document = xcalloc(1, sizeof(*document));
	reader.arena = &document->arena;
	problem = read_value(&reader, &document->root);
	if (!problem) {
		skip_space(&reader);
		problem = reader.at < text.len ? misplaced(&reader) : NULL;
	}
	str_release(&reader.string);
	if (!problem)
		return &document->root;
	json_free(&document->root);
	return fail_null(fail_json(err, name, &reader, problem));
}

void json_free(struct json *root)
{
	struct document *document = (struct document *)root;

	if (!document)
		return;
	arena_release(&document->arena);
	free(document);
}

const struct json *json_get(const struct json *object, const char *key)
{
	const struct json *member = json_first(object);

	while (member && (!member->key || strcmp(member->key, key) != 0))
		member = member->next;
	return member;
}

size_t json_count(const struct json *value)
{
	size_t count = 0;

	for (const struct json *item = json_first(value); item; item = item->next)
		count++;
	return count;
}

static void write_number(struct json_writer *json, double number)
{
	const double exact = 9007199254740992.0; /* 2^53 */

	if (number >= -exact && number <= exact && number == (double)(int64_t)number)
		json_integer(json, (int64_t)number);
	else
		json_number(json, number);
}

void json_tree(struct json_writer *json, const struct json *value)
{
	switch (value->kind) {
	case JSON_NULL:
		json_null(json);
		return;
	case JSON_FALSE:
	case JSON_TRUE:
		json_bool(json, value->kind == JSON_TRUE);
		return;
	case JSON_NUMBER:
		write_number(json, value->number);
		return;
	case JSON_STRING:
		json_string(json, slice_c(value->string));
		return;
	case JSON_ARRAY:
		json_array(json);
		for (const struct json *item = value->first; item; item = item->next)
			json_tree(json, item);
		json_array_end(json);
		return;
	case JSON_OBJECT:
		json_object(json);
		for (const struct json *item = value->first; item; item = item->next) {
			json_key(json, item->key);
			json_tree(json, item);
		}
		json_object_end(json);
		return;
	}
}
