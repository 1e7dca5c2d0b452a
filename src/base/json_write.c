#include "base/json.h"

#include <assert.h>
#include <math.h>

#include "base/eight.h"

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
	static const char letters[] = "btn\0fr"; /* escapes of the control characters 8 to 13 */
	unsigned char byte = (unsigned char)c;

	if (c == '"' || c == '\\')
		str_addf(out, "\\%c", c);
	else if (byte >= '\b' && byte <= '\r' && letters[byte - '\b'])
		str_addf(out, "\\%c", letters[byte - '\b']);
	else
		str_addf(out, "\\u%04X", byte);
}

/* Whether a slice begins with an encoded surrogate: `least` is 0xa0 for high, 0xb0 for low ones. */
static bool is_surrogate(struct slice rest, unsigned char least)
{
	const unsigned char *bytes = (const unsigned char *)rest.data;

	return rest.len >= 3 && bytes[0] == 0xed && (bytes[1] & 0xf0) == least &&
	       (bytes[2] & 0xc0) == 0x80;
}

static void add_surrogate(struct str *out, const unsigned char *bytes)
{
	str_addf(out, "\\u%04X", 0xd000u | (bytes[1] & 0x3fu) << 6 | (bytes[2] & 0x3fu));
}

static void add_byte(struct str *out, unsigned char byte)
{
	str_addf(out, "\\u%04X", 0xdc00u | byte);
}

/* Write all high surrogates that a slice begins with: byte by byte if a byte follows, which is
 * written as a low surrogate; both would be read as a pair. Returns how many bytes that were. */
static size_t add_high_surrogates(struct str *out, struct slice text)
{
	const unsigned char *bytes = (const unsigned char *)text.data;
	struct slice rest = text;
	size_t len;
	bool by_byte;

	while (is_surrogate(rest, 0xa0))
		rest = slice_from(rest, 3);
	len = text.len - rest.len;
	by_byte = rest.len && !slice_character(rest) && !is_surrogate(rest, 0xb0);
	for (size_t i = 0; i < len; i += by_byte ? 1 : 3) {
		if (by_byte)
			add_byte(out, bytes[i]);
		else
			add_surrogate(out, bytes + i);
	}
	return len;
}

/* Write the first bytes of a slice that is not empty: one ASCII byte that must be escaped, or one
 * other character. Returns how many bytes of the slice that were. */
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
	if (is_surrogate(rest, 0xb0)) {
		add_surrogate(out, bytes);
		return 3;
	}
	len = add_high_surrogates(out, rest);
	if (len)
		return len;
	add_byte(out, bytes[0]);
	return 1;
}

/* Whether 8 bytes are plain. */
static bool are_plain(const char *at)
{
	uint64_t word = eight_at(at);

	return !((word & EIGHT(0x80)) | eight_below(word, 0x20) | eight_equal(word, '"') |
		 eight_equal(word, '\\'));
}

static void add_string(struct str *out, struct slice value)
{
	str_reserve(out, value.len + 2);
	str_addc(out, '"');
	for (size_t i = 0; i < value.len;) {
		size_t start = i;

		while (value.len - i >= 8 && are_plain(value.data + i))
			i += 8;
		while (i < value.len && json_is_plain(value.data[i]))
			i++;
		str_add(out, value.data + start, i - start);
		if (i < value.len)
			i += add_special(out, slice_from(value, i));
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
	begin_value(json);
	if (value < 0)
		str_addc(json->out, '-');
	str_add_number(json->out, value < 0 ? -(uint64_t)value : (uint64_t)value);
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
