/*
 * Pages of HTML that need nothing else: no script, no other file. templates/page.html and page.css
 * are what they look like.
 */
#ifndef KILN_HTML_PAGE_H
#define KILN_HTML_PAGE_H

#include "base/markup.h"

/* Append a page. The title is a text, the body is HTML already. */
void html_page(struct str *ret, struct slice title, struct slice body);

/* Append a text. */
void html_text(struct str *ret, struct slice text);

/* Append `<a href="TARGET">TEXT</a>`. The target is a path relative to the page, whose bytes are
 * escaped where a URL needs it, and `fragment` what is in it, or NULL. */
void html_link(struct str *ret, struct slice target, const char *fragment, struct slice text);

#endif
