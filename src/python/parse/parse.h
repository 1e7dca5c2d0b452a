/*
 * A parser of Python's grammar that makes CPython's own syntax tree, faster than CPython's parser.
 *
 * What it accepts, CPython accepts, and the trees are equal. It may give up on any source: one that
 * has an error, one of whose tree it is not sure, or one that CPython would warn about. Then
 * CPython's own parser has to do it, and messages stay CPython's.
 *
 * It works in two passes: scan.c makes tokens of the whole source, which makes looking ahead free;
 * the other files descend through the grammar (https://docs.python.org/3/reference/grammar.html).
 * Nodes are made by CPython's _PyAST_*() functions.
 */
#ifndef KILN_PYTHON_PARSE_PARSE_H
#define KILN_PYTHON_PARSE_PARSE_H

#include "python/layout.h"
#include "python/version/version.h"

/* Parse a module of UTF-8, which must have a NUL after it and no other, into an arena. Its layout
 * is found, too, unless `layout` is NULL, in the text itself or one with LF line ends that the
 * layout holds. NULL without an exception if it gives up: the arena may have got nodes, and the
 * layout is empty. NULL with an exception if memory is short. */
mod_ty parse_module(struct slice text, PyArena *arena, struct layout *layout);

/* Free what is kept between sources: names. For the end of the interpreter. */
void parse_forget(void);

#endif
