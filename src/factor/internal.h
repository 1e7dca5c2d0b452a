/*
 * What the files of this folder share (for them alone).
 */
#ifndef KILN_FACTOR_INTERNAL_H
#define KILN_FACTOR_INTERNAL_H

#include "base/fields.h"
#include "factor/project.h"

/* Hand a problem to the listener of the set. */
void products_report(struct products *products, struct error *problem);

/* The implicit product that a directory with `.project/f-identity` is, or a plain directory; `path`
 * is absolute, without links. */
struct product *product_implicit(
    struct products *products, struct slice path, bool plain, struct error **err);

/* Whether an entry of this name is never part of a project: caches, and all that is hidden. */
bool is_ignored(const char *name);

/* Append the directories below a product's that are projects, as paths below it, in the order of a breadth-first search,
 * which does not go into projects. What cannot be read is passed over, *ret_complete is false then, and reported
 * if `reports`. Fails if the product's directory cannot be read. */
int product_scan(const struct product *product, bool reports, struct fields *ret,
    bool *ret_complete, struct error **err);

/* Append a path with one of these characters for the other: of a factor, or of a directory. */
void add_replaced(struct str *ret, struct slice path, char from, char to);

#endif
