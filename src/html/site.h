/*
 * Pages of a site: files in directories that share one style, one script and one search index, and
 * work from a file system as well as from a server. templates/site.html, site.css and site.js are
 * what they look like. No page has a script or style in it, so that
 * `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'` allows all they need;
 * each page says so itself.
 *
 * The *place* of a page is its path in the site, such as `json/decoder.html`. Identifiers (`id`) of
 * elements are their paths; those of anything else begin with `-`, so that no name of Python is
 * one.
 */
#ifndef KILN_HTML_SITE_H
#define KILN_HTML_SITE_H

#include "html/page.h"

/* Members that are empty are left out. */
struct html_site {
	struct slice title;
	struct slice version;  /* of what is documented */
	bool has_versions;     /* versions.js stands beside the site's directory */
	struct slice logo;     /* the place of an image */
	struct slice base_url; /* where the site will be, with a slash at its end */
};

struct html_crumb {
	struct slice title;
	struct slice place; /* empty for the page itself */
};

struct html_site_page {
	const struct html_site *site;
	const char *type; /* for the style: "factor", "source", "project", "front" */
	struct slice place;
	struct slice title;
	struct slice description;	 /* of one line, or empty */
	struct slice language;		 /* RFC 5646; empty for English */
	const struct html_crumb *crumbs; /* from the project to the page; the site goes before */
	size_t crumb_count;
	struct slice contents; /* HTML: lists of links to parts of the page; or empty */
	struct slice aside;    /* HTML for the banner's end: a link to the source; or empty */
};

/* Append a page around its main content, which is HTML and begins with <h1>. */
void html_site_page(struct str *ret, const struct html_site_page *page, struct slice body);

/* The files that all pages share, at the root of the site: NULL after the last. */
struct html_site_file {
	const char *name;
	const char *content;
};
const struct html_site_file *html_site_files(void);

/* Append the URL of a place, relative to that of a page, and `#FRAGMENT` unless that is empty.
 * Both are escaped where a URL needs it; it can stand in an attribute. */
void html_site_url(struct str *ret, struct slice from, struct slice place, struct slice fragment);

/* Append ` href="..."` of html_site_url(). */
void html_site_href(struct str *ret, struct slice from, struct slice place, struct slice fragment);

#endif
