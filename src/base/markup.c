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
		return in_attribute ? "&quot;" : NULL;
	case '\'':
		return in_attribute ? "&#39;" : NULL;
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

/* Whether a character stands for itself in any place. */
static bool is_plain(char c)
{
	return c >= ' ' && c < 0x7f && c != '&' && c != '<' && c != '>' && c != '"' && c != '\'';
}

void markup_add(struct str *ret, struct slice text, bool in_attribute)
{
	while (text.len) {
		struct slice part = slice_of(text.data, 0);
		const char *reference;

		while (part.len < text.len && is_plain(text.data[part.len]))
			part.len++;
		if (part.len) {
			str_add_slice(ret, part);
		} else {
			size_t len = slice_character(text);

			part.len = len ? len : 1;
			reference = reference_of(text.data[0], in_attribute);
			if (reference)
				str_adds(ret, reference);
			else if (!len || is_no_character(part))
				str_adds(ret, REPLACEMENT);
			else
				str_add_slice(ret, part);
		}
		text = slice_from(text, part.len);
	}
}

void markup_attribute(struct str *ret, const char *name, struct slice value)
{
	str_addf(ret, " %s=\"", name);
	markup_add(ret, value, true);
	str_addc(ret, '"');
}
