#include "base/str.h"

#include <assert.h>

#define STR_LEAST_CAPACITY 240

bool slice_starts(struct slice slice, struct slice prefix)
{
	return slice.len >= prefix.len && slice_equal(slice_of(slice.data, prefix.len), prefix);
}

bool slice_ends(struct slice slice, struct slice suffix)
{
	if (slice.len < suffix.len)
		return false;
	if (suffix.len == 0)
		return true;
	return slice_equal(slice_of(slice.data + slice.len - suffix.len, suffix.len), suffix);
}

int slice_compare(struct slice a, struct slice b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common ? memcmp(a.data, b.data, common) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

bool slice_next(struct slice *rest, char separator, struct slice *ret)
{
	const char *end;

	if (!rest->data)
		return false;
	end = rest->len ? memchr(rest->data, separator, rest->len) : NULL;
	if (!end) {
		*ret = *rest;
		*rest = slice_of(NULL, 0);
		return true;
	}
	*ret = slice_of(rest->data, (size_t)(end - rest->data));
	*rest = slice_of(end + 1, rest->len - ret->len - 1);
	return true;
}

struct slice slice_trim(struct slice slice)
{
	while (slice.len && char_is_space(slice.data[0]))
		slice = slice_from(slice, 1);
	while (slice.len && char_is_space(slice.data[slice.len - 1]))
		slice.len--;
	return slice;
}

size_t slice_character(struct slice slice)
{
	const unsigned char *bytes = (const unsigned char *)slice.data;
	unsigned char least = 0x80, most = 0xbf; /* bounds of the second byte */
	size_t len;

	if (slice.len == 0)
		return 0;
	if (bytes[0] < 0x80)
		return 1;
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4)
		return 0;
	len = bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
	if (bytes[0] == 0xe0)
		least = 0xa0; /* smaller bytes: overlong */
	else if (bytes[0] == 0xed)
		most = 0x9f; /* larger bytes: surrogates */
	else if (bytes[0] == 0xf0)
		least = 0x90; /* smaller bytes: overlong */
	else if (bytes[0] == 0xf4)
		most = 0x8f; /* larger bytes: beyond U+10FFFF */
	if (slice.len < len || bytes[1] < least || bytes[1] > most)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

bool slice_number(struct slice slice, uint64_t *ret)
{
	uint64_t number = 0;

	for (size_t i = 0; i < slice.len; i++) {
		unsigned digit = (unsigned)slice.data[i] - '0';

		if (digit > 9 || __builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, digit, &number))
			return false;
	}
	*ret = number;
	return slice.len > 0;
}

/* How many bytes of ASCII are at the start of the slice, at least; most of them. */
static size_t skip_ascii(struct slice slice)
{
	const uint64_t high = UINT64_C(0x8080808080808080);
	uint64_t words[8], all;
	size_t i = 0;

	while (slice.len - i >= sizeof(words)) {
		memcpy(words, slice.data + i, sizeof(words));
		all = 0;
		for (size_t j = 0; j < sizeof(words) / sizeof(*words); j++)
			all |= words[j];
		if (all & high)
			break;
		i += sizeof(words);
	}
	while (slice.len - i >= sizeof(*words)) {
		memcpy(words, slice.data + i, sizeof(*words));
		if (*words & high)
			break;
		i += sizeof(*words);
	}
	return i;
}

bool slice_is_ascii(struct slice slice)
{
	size_t i = skip_ascii(slice);

	while (i < slice.len && (unsigned char)slice.data[i] < 0x80)
		i++;
	return i == slice.len;
}

bool slice_is_utf8(struct slice slice)
{
	size_t i = 0;

	while (i < slice.len) {
		size_t len;

		if ((unsigned char)slice.data[i] < 0x80) {
			i++;
			i += skip_ascii(slice_from(slice, i));
			continue;
		}
		len = slice_character(slice_from(slice, i));
		if (len == 0)
			return false;
		i += len;
	}
	return true;
}

void str_reserve(struct str *str, size_t more)
{
	size_t need, capacity;

	if (more >= SIZE_MAX - str->len)
		out_of_memory();
	need = str->len + more + 1;
	if (need <= str->capacity)
		return;
	capacity = str->capacity <= SIZE_MAX / 2 ? str->capacity * 2 : SIZE_MAX;
	if (capacity < STR_LEAST_CAPACITY)
		capacity = STR_LEAST_CAPACITY;
	if (capacity < need)
		capacity = need;
	str->data = xrealloc(str->data, capacity);
	str->capacity = capacity;
}

void str_add(struct str *str, const void *data, size_t len)
{
	str_reserve(str, len);
	if (len)
		memcpy(str->data + str->len, data, len);
	str->len += len;
	str->data[str->len] = '\0';
}

void str_adds(struct str *str, const char *string)
{
	str_add(str, string, strlen(string));
}

void str_add_slice(struct str *str, struct slice slice)
{
	str_add(str, slice.data, slice.len);
}

void str_add_lines(struct str *ret, struct slice text)
{
	str_reserve(ret, text.len);
	while (text.len) {
		const char *end = memchr(text.data, '\r', text.len);
		size_t len = end ? (size_t)(end - text.data) : text.len;

		str_add(ret, text.data, len);
		if (!end)
			break;
		str_addc(ret, '\n');
		len += len + 1 < text.len && end[1] == '\n' ? 2 : 1;
		text = slice_from(text, len);
	}
}

void str_add_part(struct str *str, struct slice part)
{
	char digits[24];
	size_t at = sizeof(digits);

	/* printf() would take longer than everything else here. */
	digits[--at] = ':';
	for (size_t len = part.len; len || at == sizeof(digits) - 1; len /= 10)
		digits[--at] = (char)('0' + len % 10);
	str_add(str, digits + at, sizeof(digits) - at);
	str_add_slice(str, part);
}

void str_addf(struct str *str, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	str_addv(str, format, arguments);
	va_end(arguments);
}

void str_add_number(struct str *str, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	str_add(str, digits + at, sizeof(digits) - at);
}

void str_add_count(struct str *str, uint64_t count, const char *words)
{
	const char *bar = strchr(words, '|');

	str_add_number(str, count);
	str_addc(str, ' ');
	if (bar && count == 1)
		str_add(str, words, (size_t)(bar - words));
	else
		str_adds(str, bar ? bar + 1 : words);
}

void str_addv(struct str *str, const char *format, va_list arguments)
{
	size_t room;
	va_list first;
	int len;

	str_reserve(str, 0);
	room = str->capacity - str->len;
	va_copy(first, arguments);
	len = vsnprintf(str->data + str->len, room, format, first);
	va_end(first);
	if (len < 0)
		out_of_memory(); /* longer than INT_MAX */
	if ((size_t)len >= room) {
		str_reserve(str, (size_t)len);
		(void)vsnprintf(str->data + str->len, (size_t)len + 1, format, arguments);
	}
	str->len += (size_t)len;
}

/* Whether a UTF-8 character is visible and leaves the text around it alone. */
static bool is_printable(struct slice character)
{
	const unsigned char *bytes = (const unsigned char *)character.data;

	switch (character.len) {
	case 1:
		return bytes[0] >= 0x20 && bytes[0] != 0x7f;
	case 2: /* U+0080 to U+009F are controls; U+061C is the Arabic letter mark */
		return !(bytes[0] == 0xc2 && bytes[1] < 0xa0) &&
		       !(bytes[0] == 0xd8 && bytes[1] == 0x9c);
	case 3:
		if (bytes[0] != 0xe2)
			return true;
		if (bytes[1] == 0x80) /* U+200E, U+200F; U+2028 to U+202E */
			return !(bytes[2] == 0x8e || bytes[2] == 0x8f) &&
			       !(bytes[2] >= 0xa8 && bytes[2] <= 0xae);
		/* U+2066 to U+2069 */
		return !(bytes[1] == 0x81 && bytes[2] >= 0xa6 && bytes[2] <= 0xa9);
	default:
		return true;
	}
}

static void add_escaped(struct str *str, unsigned char byte)
{
	switch (byte) {
	case '\n':
		str_adds(str, "\\n");
		break;
	case '\t':
		str_adds(str, "\\t");
		break;
	case '\r':
		str_adds(str, "\\r");
		break;
	default:
		str_addf(str, "\\x%02x", byte);
	}
}

void str_add_printable(struct str *str, struct slice text)
{
	size_t i = 0;

	str_reserve(str, text.len);
	while (i < text.len) {
		struct slice rest = slice_from(text, i);
		size_t len = slice_character(rest);
		struct slice character = slice_of(rest.data, len ? len : 1);

		if (len && is_printable(character))
			str_add_slice(str, character);
		else
			for (size_t k = 0; k < character.len; k++)
				add_escaped(str, (unsigned char)character.data[k]);
		i += character.len;
	}
}

void str_add_encoded(struct str *str, struct slice text, const char *bytes)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c <= ' ' || c == 0x7f || strchr(bytes, c))
			str_addf(str, "%%%02X", c);
		else
			str_addc(str, (char)c);
	}
}

void str_truncate(struct str *str, size_t len)
{
	assert(len <= str->len);
	str->len = len;
	if (str->data)
		str->data[len] = '\0';
}

void str_drop(struct str *str, size_t len)
{
	if (!len)
		return;
	memmove(str->data, str->data + len, str->len - len);
	str_truncate(str, str->len - len);
}

char *str_take(struct str *str)
{
	char *data = str->data ? str->data : xmemdup0("", 0);

	*str = STR_INIT;
	return data;
}

void str_release(struct str *str)
{
	free(str->data);
	*str = STR_INIT;
}

char *xasprintf(const char *format, ...)
{
	autostr struct str str = STR_INIT;
	va_list arguments;

	va_start(arguments, format);
	str_addv(&str, format, arguments);
	va_end(arguments);
	return str_take(&str);
}
