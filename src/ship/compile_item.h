/*
 * Compiling one source into the files of a bundle, for each version of CPython: what a worker does
 * for the source.
 */
#ifndef KILN_SHIP_COMPILE_ITEM_H
#define KILN_SHIP_COMPILE_ITEM_H

#include "ship/compile_bytecode.h"

/* Append the path that the bytecode records for its source. */
void compile_add_recorded(
    struct str *ret, const struct compile_options *options, const struct item *item);

/* Describe an item that is not compiled, such as an interface. Errors are as for compile_item(). */
int compile_describe(const struct item *item, const struct compile_options *options,
    struct str *report, struct error **err);

/*
 * Compile an ITEM_PYTHON, for each version, and put its files below the directory `root`. Except in
 * LAYOUT_BYTECODE the source is put there too, also if it cannot be compiled. Warnings are rendered
 * to `report`. An error of the source is ERROR_INPUT, one of the output ERROR_SYSTEM. Files that
 * were made before an error stay: bytecode of other levels, and its directory. *ret_cached is
 * whether nothing was compiled, because the cache had all.
 */
int compile_item(int root, const struct item *item, const struct compile_options *options,
    struct str *report, bool *ret_cached, struct error **err);

#endif
