#include "html/page.h"

/* From templates/, written by src/ship/embed.py. */
extern const char html_template[];
extern const char html_style[];
extern const char source_style[];

void html_text(struct str *ret, struct slice text)
{
	const char *feed;

	/* XML does not know form feeds; in sources they are between sections. */
	while ((feed = text.len ? memchr(text.data, '\f', text.len) : NULL)) {
		struct slice part = slice_of(text.data, (size_t)(feed - text.data));

		markup_add(ret, part, false);
		str_addc(ret, '\f');
		text = slice_of(feed + 1, text.len - part.len - 1);
	}
	markup_add(ret, text, false);
}

void html_url(struct str *ret, struct slice path)
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
	html_url(ret, target);
	if (fragment)
		str_addf(ret, "#%s", fragment);
	str_adds(ret, "\">");
	html_text(ret, text);
	str_adds(ret, "</a>");
}

void html_fill(struct str *ret, const char *template, const struct html_part *parts)
{
	struct slice rest = slice_c(template), text;

	/* Texts and names of parts in turn. */
	while (slice_next(&rest, '@', &text)) {
		const struct html_part *part = parts;

		while (part->name && !slice_is(text, part->name))
			part++;
		str_add_slice(ret, part->name ? part->html : text);
	}
}

void html_page(struct str *ret, struct slice title, const char *style, struct slice body)
{
	autostr struct str text = STR_INIT, styles = STR_INIT;

	html_text(&text, title);
	str_addf(&styles, "%s%s%s", html_style, source_style, style);
	html_fill(ret, html_template,
	    (struct html_part[]){{"TITLE", str_slice(&text)}, {"STYLE", str_slice(&styles)},
		{"BODY", body}, {NULL}});
}
