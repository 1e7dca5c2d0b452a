/*
 * Sources as syntax trees, and what is compiled from them.
 *
 * tree_parse() gives a tree; constants may be injected; tree_compile() reduces it to code at one
 * optimization level. Compiling folds constants in place, so a tree is compiled once, unless
 * tree_keep() keeps it for further levels, at a fraction of the cost of parsing.
 *
 * Everything here needs a started interpreter and is for one thread.
 */
#ifndef KILN_PYTHON_TREE_H
#define KILN_PYTHON_TREE_H

#include "base/str.h"

struct tree;
struct code;

/* The source to parse. `bytes` must have a NUL after them and live as long as the tree. */
struct tree_source {
	struct slice bytes;
	const char *shown;    /* the path for messages */
	const char *recorded; /* the path for tracebacks (co_filename) */
	const char *encoding; /* overrides the cookie; NULL for none */
	bool is_laid_out;     /* what describes, outlines or instruments the tree follows: the
				 parser keeps what they need to know of the text */
};

/* The environment variable that chooses the parser: `cpython` for CPython's own alone; `both`,
 * which are compared, and a difference ends the program. */
#define TREE_PARSER "KILN_PARSER"

/* Parse as compile(bytes, recorded, 'exec') does. Syntax errors are ERROR_INPUT with their place.
 * Of equal warnings, one is noted. */
int tree_parse(
    const struct tree_source *source, struct notes *notes, struct tree **ret, struct error **err);

struct constant {
	const char *name;
	const char *value; /* UTF-8 */
};

/* Inject assignments of strings after the docstring and the `from __future__` imports. Their
 * position is the end of the statement before, or the beginning of the module. The module's own
 * `global` statements of these names, which say nothing, go; where CPython refuses one because the
 * name was used before, that is the error. */
int tree_inject(
    struct tree *tree, const struct constant *constants, size_t count, struct error **err);

/* Keep the tree, which may not be changed any more, so that it can be compiled at several levels.
 * ERROR_INPUT if it is nested deeper than what CPython compiles: then it is not kept. */
int tree_keep(struct tree *tree, struct error **err);

/* Whether a tree that is kept has the same code at two levels, from 0 to 2, for sure. */
bool tree_is_alike(const struct tree *tree, int a, int b);

/* Compile at level -1 (the interpreter's, 0), 0, 1 or 2. The tree is used up: only freed
 * afterwards, unless it is kept. */
int tree_compile(
    struct tree *tree, int optimize, struct notes *notes, struct code **ret, struct error **err);

void tree_free(struct tree *tree);
void code_free(struct code *code);

static inline void cleanup_tree(struct tree **tree)
{
	tree_free(*tree);
}
#define autotree CLEANUP(cleanup_tree)

static inline void cleanup_code(struct code **code)
{
	code_free(*code);
}
#define autocode CLEANUP(cleanup_code)

#endif
