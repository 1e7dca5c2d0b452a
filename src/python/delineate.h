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

#include "python/regions.h"
#include "python/tree.h"

struct delineate_options {
	const char *factor;   /* the module's absolute factor path; or NULL */
	const char *recorded; /* the path of the source, whose last component names the module
				 when there is no factor path */
	const char *encoding; /* what tree_parse() was told, or NULL */
	bool regions;	      /* find the counted regions, too */
	bool locals; /* make elements of functions and classes inside functions, too: behind
			the functions' parameters */
	/* Find all that interfaces are made of, also what descriptions do not have: names that
	 * loops, `with`, handlers and patterns bind (ELEMENT_DATA without a value), ELEMENT_GONE,
	 * ELEMENT_EXPORT, ELEMENT_ASSERT, and the parameters of properties. */
	bool interface;
};

struct delineation {
	struct arena arena;
	struct slice text;	/* the source as source_decode() gives it */
	bool plain;		/* the text is the file's bytes */
	struct element module;	/* the root of the elements */
	struct regions regions; /* if they were asked for: */
	bool has_regions;
};

/* Describe a tree right after parsing, before anything is injected or compiled. `ret`, which is all
 * zero, refers to the tree afterwards. Fails when memory runs out, and where
 * delineation_too_large() does. */
int delineate_tree(struct tree *tree, const struct delineate_options *options,
    struct delineation *ret, struct error **err);

/* The largest description, in bytes. Each element of an assignment repeats the value and the
 * documentation, so that a small source could have a description of any size. */
#define DELINEATION_LIMIT (256 << 20)

/* Fail because a description is too large; returns -1. */
int delineation_too_large(const char *shown, struct error **err);

void delineation_release(struct delineation *delineation);
#define autodelineation CLEANUP(delineation_release)

#endif
