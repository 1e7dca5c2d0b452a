#include "base/markup.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* The reference for a byte; NULL if it stands for itself. */
static const char *reference_of(char c, bool in_attribute)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\t':
		return in_attribute ? "&#9;" : NULL;
	case '\n':
		return in_attribute ? "&#10;" : NULL;
	case '\r':
		return "&#13;";
	default:
		return NULL;
	}
}

/* Whether a character of UTF-8 is none of XML (https://www.w3.org/TR/xml/#charsets). */
static bool is_no_character(struct slice character)
{
	unsigned char first = (unsigned char)character.data[0];

	if (character.len == 1)
		return (first < 0x20 && first != '\t' && first != '\n' && first != '\r') ||
		       first == 0x7f;
	return character.len == 3 &&
	       (slice_is(character, "\xef\xbf\xbe") || slice_is(character, "\xef\xbf\xbf"));
}

void markup_add(struct str *ret, struct slice text, bool in_attribute)
{
	while (text.len) {
		size_t len = slice_character(text);
		struct slice character = slice_of(text.data, len ? len : 1);
		const char *reference = reference_of(text.data[0], in_attribute);

		if (reference)
			str_adds(ret, reference);
		else if (!len || is_no_character(character))
			str_adds(ret, REPLACEMENT);
		else
			str_add_slice(ret, character);
		text = slice_of(text.data + character.len, text.len - character.len);
	}
}

void markup_attribute(struct str *ret, const char *name, struct slice value)
{
	str_addf(ret, " %s=\"", name);
	markup_add(ret, value, true);
	str_addc(ret, '"');
}
