#include "html/page.h"

/* From templates/, written by src/ship/embed.py. */
extern const char html_template[];
extern const char html_style[];
extern const char source_style[];

void html_text(struct str *ret, struct slice text)
{
	markup_add(ret, text, false);
}

/* Append a path as a part of a URL (RFC 3986): reserved characters and what is not ASCII become
 * %XX. */
static void add_url(struct str *ret, struct slice path)
{
	for (size_t i = 0; i < path.len; i++) {
		unsigned char c = (unsigned char)path.data[i];
		bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
				(c >= 'a' && c <= 'z') || (c && strchr("-._~/@,", c));

		if (is_plain)
			str_addc(ret, (char)c);
		else
			str_addf(ret, "%%%02X", c);
	}
}

void html_link(struct str *ret, struct slice target, const char *fragment, struct slice text)
{
	str_adds(ret, "<a href=\"");
	add_url(ret, target);
	if (fragment)
		str_addf(ret, "#%s", fragment);
	str_adds(ret, "\">");
	html_text(ret, text);
	str_adds(ret, "</a>");
}

void html_page(struct str *ret, struct slice title, struct slice body)
{
	struct slice rest = slice_c(html_template), part;

	/* Parts are texts and names of places in turn. */
	while (slice_next(&rest, '@', &part)) {
		if (slice_is(part, "TITLE"))
			html_text(ret, title);
		else if (slice_is(part, "STYLE"))
			str_addf(ret, "%s%s", html_style, source_style);
		else if (slice_is(part, "BODY"))
			str_add_slice(ret, body);
		else
			str_add_slice(ret, part);
	}
}
