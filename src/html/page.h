/*
 * Pages of HTML that need nothing else: no script, no other file. templates/page.html and page.css
 * are what they look like.
 */
#ifndef KILN_HTML_PAGE_H
#define KILN_HTML_PAGE_H

#include "base/markup.h"

/* Append a page. The title is a text, the body is HTML already. `style` is what these pages have
 * beside page.css. */
void html_page(struct str *ret, struct slice title, const char *style, struct slice body);

/* Append a text; what is no character in HTML is U+FFFD. */
void html_text(struct str *ret, struct slice text);

/* Append a path as a part of a URL (RFC 3986): what is reserved there, but `/`, `,` and `@`, and
 * what is not ASCII become %XX. */
void html_url(struct str *ret, struct slice path);

/* What stands between two `@` in a template, and the HTML that takes its place. */
struct html_part {
	const char *name;
	struct slice html;
};

/* Append a template with its parts; the array is ended by one without a name. */
void html_fill(struct str *ret, const char *template, const struct html_part *parts);

/* Append `<a href="TARGET">TEXT</a>`. The target is a path relative to the page, whose bytes are
 * escaped where a URL needs it, and `fragment` what is in it, or NULL. */
void html_link(struct str *ret, struct slice target, const char *fragment, struct slice text);

#endif
