/*
 * The search index of a site (docs/formats.rst, "Search index"): scripts, because a page that comes
 * from a file system may load nothing else. templates/site.js reads it.
 *
 *	struct search_index index = {0};
 *	page = search_add_page(&index, place, title, text);
 *	search_add(&index, &(struct search_entry){.page = page, .kind = "function", ...});
 *	search_finish(&index, &files);
 *
 * What is added is borrowed until search_release().
 */
#ifndef KILN_HTML_SEARCH_H
#define KILN_HTML_SEARCH_H

#include "base/fields.h"

/* From this size on there is a part for each first letter, in bytes. */
#define SEARCH_LIMIT 400000

/* Members may be empty but for the kind and the name. */
struct search_page;

struct search_entry {
	size_t page;
	const char *kind;    /* of docs/formats.rst, "Search index": "class", "function", ... */
	struct slice parent; /* the path of the element around it: `Encoder`; else empty */
	struct slice origin; /* what it is in where it is defined: `json.encoder`; empty: there */
	struct slice name;   /* its own name: `encode` */
	struct slice text;   /* the first sentence of its documentation */
	struct slice type;   /* what it returns, or its type */
	struct slice public; /* its public name, if that is another: `json.JSONEncoder.encode` */
	bool is_deprecated;
	bool is_internal; /* not public */
};

struct search_index {
	struct search_entry *entries;
	size_t count, capacity;
	struct search_page *pages;
	size_t page_count, page_capacity;
};

/* Add a page, for a module or a project: its place in the site, its dotted name, and the first
 * sentence of its documentation. Returns what entries refer to. */
size_t search_add_page(
    struct search_index *index, struct slice place, struct slice title, struct slice text);

/* Add an element; its anchor is `PARENT.NAME`. */
void search_add(struct search_index *index, const struct search_entry *entry);

/* Make the files: names and contents in turn, the first is `search.js`. The order of what was added
 * is kept. */
void search_finish(const struct search_index *index, struct fields *ret);

void search_release(struct search_index *index);
#define autosearch CLEANUP(search_release)

#endif
