/*
 * What the text of a source has that its syntax tree does not tell: where lines begin, where
 * documentation in comments is, where decorators begin, and which functions are worth a search for
 * `yield`.
 *
 * Two find the same: the parser of parse/parse.h on its way, if it is asked to, and layout_find()
 * in a text whose tree CPython's parser made. The text is one that CPython accepts.
 */
#ifndef KILN_PYTHON_LAYOUT_H
#define KILN_PYTHON_LAYOUT_H

#include "base/str.h"

enum layout_kind {
	LAYOUT_LINE,	  /* the beginning of a line; the first one begins at 0 */
	LAYOUT_COMMENT,	  /* a comment that begins with `#:` */
	LAYOUT_DECORATOR, /* the `@` of a decorator */
	LAYOUT_YIELD,	  /* the keyword */
	LAYOUT_KINDS,
};

/* Offsets in the text, ascending. */
struct layout_marks {
	uint32_t *at;
	size_t count, capacity;
};

/* All zero before it is found, except for the text. */
struct layout {
	struct slice text;  /* as source_decode() gives it, shorter than 4 GiB */
	struct str decoded; /* holds the text, if it is not the source's bytes */
	bool plain;	    /* it is the source's bytes */
	bool ascii;	    /* it has only ASCII */
	struct layout_marks marks[LAYOUT_KINDS];
};

/* Add what is at a place of the text, which is not before the last one unless it is a `yield`. */
void layout_add(struct layout *layout, enum layout_kind kind, const char *at);

/* Complete a layout to which all was added but the first line. */
void layout_finish(struct layout *layout);

/* Find everything in the text, which stays where it is. */
void layout_find(struct layout *layout);

/* How many marks of the kind are before an offset. */
size_t layout_count(const struct layout *layout, enum layout_kind kind, size_t offset);

/* The last mark of the kind from an offset on and before another; LAYOUT_NOWHERE if there is none.
 */
#define LAYOUT_NOWHERE UINT32_MAX
uint32_t layout_last(const struct layout *layout, enum layout_kind kind, size_t begin, size_t end);

void layout_release(struct layout *layout);
#define autolayout CLEANUP(layout_release)

#endif
