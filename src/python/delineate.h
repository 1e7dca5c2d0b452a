/*
 * Delineation: the elements of a source, exactly, from its syntax tree; nothing is imported. The
 * original of the format is that of the fault.io tools; docs/formats.rst has it.
 *
 *	autodelineation struct delineation delineation = DELINEATION_INIT;
 *	if (tree_parse(&source, &notes, &tree, err) < 0 ||
 *	    delineate_tree(tree, &options, &delineation, err) < 0)
 *		return -1;
 *	... read delineation.module ...
 */
#ifndef KILN_PYTHON_DELINEATE_H
#define KILN_PYTHON_DELINEATE_H

#include "python/element.h"
#include "python/tree.h"

struct delineate_options {
	const char *factor;   /* the module's absolute factor path; or NULL */
	const char *recorded; /* the path of the source, whose last component names the module
				 when there is no factor path */
	const char *encoding; /* what tree_parse() was told, or NULL */
};

struct delineation {
	struct arena arena;
	struct str decoded;    /* the text, when it is not what the file has */
	struct slice text;     /* the source as source_decode() gives it */
	bool plain;	       /* the text is the file's bytes */
	struct element module; /* the root of the elements */
};

/* Describe a tree as it was parsed: nothing was injected, it was not compiled. `ret`, which is all
 * zero, refers to the tree afterwards. Fails for want of memory, and where delineation_too_large()
 * does. */
int delineate_tree(const struct tree *tree, const struct delineate_options *options,
    struct delineation *ret, struct error **err);

/* Values and documentation belong to each element of an assignment, so that a small source may have
 * a description of any size: it is refused beyond this many bytes. */
#define DELINEATION_LIMIT (256 << 20)

/* Fail for that reason; returns -1. */
int delineation_too_large(const char *shown, struct error **err);

void delineation_release(struct delineation *delineation);
#define autodelineation CLEANUP(delineation_release)

#endif
