#include "base/json.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>

#define SURROGATE_HIGH 0xd800
#define SURROGATE_LOW 0xdc00
#define SURROGATE_END 0xe000

void json_begin(struct json_writer *json, struct str *out)
{
	*json = (struct json_writer){.out = out};
}

static void begin_value(struct json_writer *json)
{
	assert(json->depth > 0 || !json->need_comma); /* a document is one value */
	if (json->need_comma)
		str_addc(json->out, ',');
	json->need_comma = true;
}

static void begin_nesting(struct json_writer *json, char c)
{
	begin_value(json);
	str_addc(json->out, c);
	json->depth++;
	json->need_comma = false;
}

static void end_nesting(struct json_writer *json, char c)
{
	assert(json->depth > 0);
	str_addc(json->out, c);
	json->depth--;
	json->need_comma = true;
}

void json_object(struct json_writer *json)
{
	begin_nesting(json, '{');
}

void json_object_end(struct json_writer *json)
{
	end_nesting(json, '}');
}

void json_array(struct json_writer *json)
{
	begin_nesting(json, '[');
}

void json_array_end(struct json_writer *json)
{
	end_nesting(json, ']');
}

static void add_ascii(struct str *out, char c)
{
	static const char letters[] = "btn\0fr"; /* of 8 to 13 */
	unsigned char byte = (unsigned char)c;

	if (c == '"' || c == '\\')
		str_addf(out, "\\%c", c);
	else if (byte >= '\b' && byte <= '\r' && letters[byte - '\b'])
		str_addf(out, "\\%c", letters[byte - '\b']);
	else
		str_addf(out, "\\u%04X", byte);
}

/* Write what a slice that is not empty begins with, a byte of ASCII that must be escaped or
 * anything else. Returns how many bytes that took. */
static size_t add_special(struct str *out, struct slice rest)
{
	const unsigned char *bytes = (const unsigned char *)rest.data;
	size_t len = slice_character(rest);

	if (len == 1) {
		add_ascii(out, rest.data[0]);
		return 1;
	}
	if (len > 1) {
		str_add(out, rest.data, len);
		return len;
	}
	if (rest.len >= 3 && bytes[0] == 0xed && (bytes[1] & 0xe0) == 0xa0 &&
	    (bytes[2] & 0xc0) == 0x80) {
		str_addf(out, "\\u%04X", 0xd000u | (bytes[1] & 0x3fu) << 6 | (bytes[2] & 0x3fu));
		return 3;
	}
	str_addf(out, "\\u%04X", SURROGATE_LOW | bytes[0]);
	return 1;
}

static bool is_plain(char c)
{
	unsigned char byte = (unsigned char)c;

	return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

static void add_string(struct str *out, struct slice value)
{
	str_reserve(out, value.len + 2);
	str_addc(out, '"');
	for (size_t i = 0; i < value.len;) {
		size_t start = i;

		while (i < value.len && is_plain(value.data[i]))
			i++;
		str_add(out, value.data + start, i - start);
		if (i < value.len)
			i += add_special(out, slice_of(value.data + i, value.len - i));
	}
	str_addc(out, '"');
}

void json_key_slice(struct json_writer *json, struct slice key)
{
	assert(json->depth > 0);
	begin_value(json);
	add_string(json->out, key);
	str_addc(json->out, ':');
	json->need_comma = false;
}

void json_key(struct json_writer *json, const char *key)
{
	json_key_slice(json, slice_c(key));
}

void json_string(struct json_writer *json, struct slice value)
{
	begin_value(json);
	add_string(json->out, value);
}

void json_integer(struct json_writer *json, int64_t value)
{
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (value < 0)
		digits[--at] = '-';
	begin_value(json);
	str_add(json->out, digits + at, sizeof(digits) - at);
}

void json_number(struct json_writer *json, double value)
{
	char text[32];

	assert(isfinite(value));
	for (int digits = 15; digits <= 17; digits++) {
		(void)snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	begin_value(json);
	str_adds(json->out, text);
}

void json_bool(struct json_writer *json, bool value)
{
	begin_value(json);
	str_adds(json->out, value ? "true" : "false");
}

void json_null(struct json_writer *json)
{
	begin_value(json);
	str_adds(json->out, "null");
}

void json_raw(struct json_writer *json, struct slice value)
{
	begin_value(json);
	str_add_slice(json->out, value);
}

void json_member(struct json_writer *json, const char *key, const char *value)
{
	json_member_slice(json, key, slice_c(value));
}

void json_member_slice(struct json_writer *json, const char *key, struct slice value)
{
	json_key(json, key);
	json_string(json, value);
}

void json_member_integer(struct json_writer *json, const char *key, int64_t value)
{
	json_key(json, key);
	json_integer(json, value);
}

/*
 * What cJSON lets pass although it is no JSON (control characters, bytes that are not UTF-8, 01,
 * 1.) is refused, and what its strings cannot hold (lone surrogates, U+0000) is rewritten, before
 * it sees the text. What is left to it is the structure.
 */
struct scan {
	struct slice text;
	size_t at;
	size_t depth;
	struct str rewritten; /* the text up to `copied`, if anything had to be rewritten */
	size_t copied;
};

static void scan_release(struct scan *scan)
{
	str_release(&scan->rewritten);
}

/* The byte `ahead` of the current one, 0 at the end (and for NUL, which has no place in JSON). */
static char peek(const struct scan *scan, size_t ahead)
{
	return ahead < scan->text.len - scan->at ? scan->text.data[scan->at + ahead] : '\0';
}

/* Pass over `len` bytes, which become `replacement`. */
static void rewrite(struct scan *scan, size_t len, struct slice replacement)
{
	str_add(&scan->rewritten, scan->text.data + scan->copied, scan->at - scan->copied);
	str_add_slice(&scan->rewritten, replacement);
	scan->at += len;
	scan->copied = scan->at;
}

/* The code unit of a \uXXXX that is `ahead` of the current byte; -1 if there is none. */
static int code_unit(const struct scan *scan, size_t ahead)
{
	int unit = 0;

	if (peek(scan, ahead) != '\\' || peek(scan, ahead + 1) != 'u')
		return -1;
	for (size_t i = 2; i < 6; i++) {
		static const char digits[] = "0123456789abcdef";
		char c = peek(scan, ahead + i);
		const char *digit = c ? strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c) : NULL;

		if (!digit)
			return -1;
		unit = unit << 4 | (int)(digit - digits);
	}
	return unit;
}

/* This and the other scanning functions return what is wrong at the current byte, or NULL. */
static const char *scan_escape(struct scan *scan)
{
	int unit;

	if (peek(scan, 1) != 'u') {
		if (!peek(scan, 1) || !strchr("\"\\/bfnrt", peek(scan, 1)))
			return "an unknown escape";
		scan->at += 2;
		return NULL;
	}
	unit = code_unit(scan, 0);
	if (unit < 0)
		return "an unknown escape";
	if (unit == 0) {
		rewrite(scan, 6, SLICE_LITERAL("\xc0\x80"));
	} else if (unit < SURROGATE_HIGH || unit >= SURROGATE_END) {
		scan->at += 6;
	} else if (unit < SURROGATE_LOW && code_unit(scan, 6) >= SURROGATE_LOW &&
		   code_unit(scan, 6) < SURROGATE_END) {
		scan->at += 12;
	} else {
		char bytes[3] = {
		    (char)0xed, (char)(0x80 | (unit >> 6 & 0x3f)), (char)(0x80 | (unit & 0x3f))};

		rewrite(scan, 6, slice_of(bytes, sizeof(bytes)));
	}
	return NULL;
}

static const char *scan_string(struct scan *scan)
{
	scan->at++;
	while (scan->at < scan->text.len) {
		struct slice rest = slice_of(scan->text.data + scan->at, scan->text.len - scan->at);
		size_t len = slice_character(rest);

		if (len == 0)
			return "a byte that is not UTF-8";
		if (rest.data[0] == '"') {
			scan->at++;
			return NULL;
		}
		if (len == 1 && (unsigned char)rest.data[0] < 0x20)
			return "a control character in a string";
		if (rest.data[0] == '\\') {
			const char *problem = scan_escape(scan);

			if (problem)
				return problem;
		} else {
			scan->at += len;
		}
	}
	return "a string without end";
}

static size_t count_digits(const struct scan *scan, size_t from)
{
	size_t count = 0;

	while (peek(scan, from + count) >= '0' && peek(scan, from + count) <= '9')
		count++;
	return count;
}

/* The length of the number that begins at the current byte, 0 if it is none. */
static size_t number_length(const struct scan *scan)
{
	size_t len = peek(scan, 0) == '-';
	size_t digits = count_digits(scan, len);

	if (digits == 0 || (digits > 1 && peek(scan, len) == '0'))
		return 0;
	len += digits;
	if (peek(scan, len) == '.') {
		digits = count_digits(scan, len + 1);
		if (digits == 0)
			return 0;
		len += 1 + digits;
	}
	if ((peek(scan, len) | 0x20) == 'e') {
		len += 1 + (peek(scan, len + 1) == '+' || peek(scan, len + 1) == '-');
		digits = count_digits(scan, len);
		if (digits == 0)
			return 0;
		len += digits;
	}
	return len;
}

static const char *scan_number(struct scan *scan)
{
	size_t len = number_length(scan);

	scan->at += len;
	return len ? NULL : "a malformed number";
}

static const char *scan_token(struct scan *scan)
{
	char c = peek(scan, 0);

	if (c == '"')
		return scan_string(scan);
	if (c == '-' || (c >= '0' && c <= '9'))
		return scan_number(scan);
	if (c == '[' || c == '{') {
		if (scan->depth == JSON_DEPTH_LIMIT)
			return "too deep nesting";
		scan->depth++;
	} else if (c == ']' || c == '}') {
		if (scan->depth == 0)
			return "an end without a beginning";
		scan->depth--;
	} else if (!c ||
		   !strchr(" \t\r\n,:aeflnrstu", c)) { /* with the letters of true, false, null */
		return "an unexpected character";
	}
	scan->at++;
	return NULL;
}

/* Scan it all. `text` is what cJSON is to be given. */
static const char *scan_text(struct scan *scan, struct slice *ret_text)
{
	while (scan->at < scan->text.len) {
		const char *problem = scan_token(scan);

		if (problem)
			return problem;
	}
	*ret_text = scan->text;
	if (scan->copied) {
		rewrite(scan, 0, slice_of("", 0));
		*ret_text = str_slice(&scan->rewritten);
	}
	return NULL;
}

static void set_hooks(void)
{
	cJSON_InitHooks(&(cJSON_Hooks){xmalloc, free});
}

/* cJSON's parser notes the place of an error in a variable of its own that all threads share. */
static cJSON *parse_alone(struct slice text, size_t *ret_end)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	const char *end = text.data;
	cJSON *tree;

	(void)pthread_once(&once, set_hooks);
	(void)pthread_mutex_lock(&mutex);
	tree = cJSON_ParseWithLengthOpts(text.data, text.len, &end, false);
	(void)pthread_mutex_unlock(&mutex);
	*ret_end = text.len ? (size_t)(end - text.data) : 0;
	return tree;
}

/* An error at a byte of a text; `exact` tells whether the column can be known. */
static int fail_json(struct error **err, const char *name, struct slice text, size_t at, bool exact,
    const char *problem)
{
	long line = 1, column = 1;

	for (size_t i = 0; i < at; i++) {
		if (text.data[i] == '\n') {
			line++;
			column = 1;
		} else {
			column += (text.data[i] & 0xc0) != 0x80;
		}
	}
	return fail_at(err, name, line, exact ? column : 0, NULL, "not JSON: %s", problem);
}

cJSON *json_parse(struct slice text, const char *name, size_t limit, struct error **err)
{
	CLEANUP(scan_release) struct scan scan = {.text = text};
	autojson cJSON *tree = NULL;
	const char *problem;
	size_t end;

	if (text.len > limit)
		return fail_null(fail_at(err, name, 0, 0, NULL, "larger than %zu bytes", limit));
	problem = scan_text(&scan, &text);
	if (problem)
		return fail_null(fail_json(err, name, text, scan.at, true, problem));
	tree = parse_alone(text, &end);
	while (tree && end < text.len && strchr(" \t\r\n", text.data[end]))
		end++;
	if (!tree || end < text.len)
		return fail_null(fail_json(
		    err, name, text, end, scan.copied == 0, "unexpected or missing text"));
	return steal(&tree);
}
