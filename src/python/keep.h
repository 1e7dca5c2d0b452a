/*
 * The nodes of a syntax tree as they are before the compiler folds constants in them.
 *
 * A tree that is kept can be compiled again and again, which takes a tenth of the time that a copy
 * takes.
 */
#ifndef KILN_PYTHON_KEEP_H
#define KILN_PYTHON_KEEP_H

#include "python/internal.h"

struct kept {
	struct str nodes;    /* for each node and sequence: where it is, its size, and its bytes */
	bool has_assertions; /* `assert` or `__debug__`: what levels 0 and 1 tell apart */
	bool has_documents;  /* documentation, which level 2 leaves out */
};

/* Keep the nodes of a module, in a struct that is all zero; they must stay where they are. `shown`
 * is the source for the error, ERROR_INPUT, of a tree that is nested deeper than what CPython
 * compiles. */
int kept_fill(struct kept *kept, mod_ty module, const char *shown, struct error **err);

/* Give the nodes the contents that they had. */
void kept_restore(const struct kept *kept);

/* Free; NULL is allowed. */
void kept_free(struct kept *kept);

#endif
