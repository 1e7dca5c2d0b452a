/*
 * The nodes of a syntax tree as bytes: the tree part of a unit (docs/formats.rst), and how
 * trees are copied.
 */
#ifndef KILN_PYTHON_NODES_H
#define KILN_PYTHON_NODES_H

#include "python/values.h"

/* Append a module's nodes. Identifiers and constants are added to `values` and written as their
 * index. `shown` is the source for the error, ERROR_INPUT, of a tree that is nested too deeply. */
int nodes_write(
    mod_ty module, const char *shown, struct values *values, struct str *ret, struct error **err);

/* Read the nodes into an arena, with the objects of `values` (borrowed: the arena gets its own
 * references). Every byte is checked; left-over bytes are an error, and the tree must pass
 * _PyAST_Validate(). `shown` is the source for errors. */
int nodes_read(struct slice bytes, const struct values *values, const char *shown, PyArena *arena,
    mod_ty *ret, struct error **err);

#endif
