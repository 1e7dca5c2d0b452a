/*
 * The outline of a source: what reports of coverage say in lines. Which statements and clauses
 * begin on which lines, how far they go, where the alternatives of branches begin, and functions.
 *
 * Positions are those of areas: lines and columns from 1, columns in code points. Where a position
 * stands for what is evaluated first, it is where the first expression or statement begins that
 * counted regions have (docs/formats.rst); line 0 if there is none.
 */
#ifndef KILN_PYTHON_OUTLINE_H
#define KILN_PYTHON_OUTLINE_H

#include "python/element.h"
#include "python/tree.h"

enum outline_kind {
	/* A statement, decorator or clause that is executed on `line`; what is evaluated of it
	 * first is at `at`. */
	OUTLINE_LINE,
	/* A statement, or a clause of a compound one, from `line` (of its first decorator) through
	 * `last`; its head ends on `head`. */
	OUTLINE_EXTENT,
	/* Of the branch of the statement or clause on `line`: an alternative that begins at `at`.
	 */
	OUTLINE_ALTERNATIVE,
	/* The same, implicit: nothing of the statement that begins at `at` is executed, or no more.
	 */
	OUTLINE_IMPLICIT,
	/* A function; `line` has its `def`, its body begins at `at`. */
	OUTLINE_FUNCTION,
	/* A body from `line` through `last` that is only `...`. */
	OUTLINE_ELLIPSIS,
};

struct outline_item {
	enum outline_kind kind;
	int line, head, last;
	struct point at;
	size_t group;	  /* of alternatives: which branch; branches count from 0 */
	const char *name; /* of a function: its qualified name */
};

struct outline {
	struct arena arena;
	struct outline_item *items; /* in the order of the text, inner ones after outer ones */
	size_t count;
	size_t capacity;
};

/* Outline a tree right after parsing; `encoding` is what tree_parse() was told, or NULL. *ret is
 * all zero before. Fails where the source cannot be decoded. */
int outline_tree(struct tree *tree, const char *encoding, struct outline *ret, struct error **err);

void outline_release(struct outline *outline);
#define autooutline CLEANUP(outline_release)

#endif
