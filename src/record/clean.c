#include "record/clean.h"

/* The bytes of a string of JSON that stand for NUL or the half of a pair of surrogates; 0 for any
 * other character. */
static size_t no_character(const unsigned char *bytes)
{
	if (bytes[0] == 0xc0)
		return 2;
	return bytes[0] == 0xed && bytes[1] >= 0xa0 ? 3 : 0;
}

struct slice clean_text(struct arena *arena, const char *string)
{
	autostr struct str text = STR_INIT;
	const char *at = string;

	if (!strchr(string, '\xc0') && !strchr(string, '\xed'))
		return slice_c(string);
	while (*at) {
		size_t len = no_character((const unsigned char *)at);

		if (len)
			str_adds(&text, "\xef\xbf\xbd");
		else
			str_addc(&text, *at);
		at += len ? len : 1;
	}
	return arena_slice(arena, str_slice(&text));
}
