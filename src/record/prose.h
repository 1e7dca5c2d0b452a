/*
 * Pages of factors in formats that are texts with marks: Markdown, and man pages. What a page has,
 * and in which order, is here; how it looks is in a form.
 *
 * A page has the documentation of the module, then its public elements, members below their
 * classes, each with its signature and documentation, at home (record/site_index.h); then a list of
 * those that are documented on other pages. References that lead to pages of the record are links.
 */
#ifndef KILN_RECORD_PROSE_H
#define KILN_RECORD_PROSE_H

#include "record/writer.h"

struct prose;

/* How a page is written; each function appends to prose->out. */
struct prose_form {
	/* A heading. Level 1 is that of the groups below the page's title; `anchor` may be empty.
	 */
	void (*heading)(
	    struct prose *prose, unsigned level, struct slice text, struct slice anchor);
	/* Literal lines of a type, with newlines between them. */
	void (*code)(struct prose *prose, struct slice type, struct slice text);
	/* A paragraph. */
	void (*paragraph)(struct prose *prose, const struct text_node *paragraph);
	/* A list or directory begins. */
	void (*list)(struct prose *prose);
	/* Begin and end an item of a list: `number` is 0 for one without numbers. */
	void (*item)(struct prose *prose, unsigned number);
	void (*item_end)(struct prose *prose);
	/* The same of a directory, with the key as inline nodes. */
	void (*entry)(struct prose *prose, const struct text_node *key);
	void (*entry_end)(struct prose *prose);
	/* A list or directory is over. */
	void (*list_end)(struct prose *prose);
	/* Begin and end an admonition; the title's data may be NULL. */
	void (*admonition)(struct prose *prose, struct slice type, struct slice title);
	void (*admonition_end)(struct prose *prose);
};

struct prose {
	const struct prose_form *form;
	const struct record_page *whole;
	const struct record_page *page; /* the source that is written: `whole` or a guest of it */
	struct str *out;
	struct arena *arena;
	struct str prefix; /* what each line begins with, for the form */
	struct str widths; /* of the marks of open items, a byte each, for the form */
	bool fresh;	   /* the prefix of the line is written already, for the form */
};

void prose_release(struct prose *prose);

/* Write the documentation of the module and all public elements. */
void prose_write(struct prose *prose);

/* What a reference leads to: the page of another factor, if it is one of the record's, with the
 * path of an element in it, or a URL. */
struct prose_link {
	const struct site_factor *factor; /* NULL for none */
	struct slice anchor;
	struct slice url; /* empty for none */
};

struct prose_link prose_link_of(const struct prose *prose, const struct text_node *reference);

/* What is shown of a reference node. */
struct slice prose_title_of(const struct text_node *node);

#endif
