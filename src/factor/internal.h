/*
 * What the files of this folder share (for them alone).
 */
#ifndef KILN_FACTOR_INTERNAL_H
#define KILN_FACTOR_INTERNAL_H

#include "base/fields.h"
#include "factor/names.h"
#include "factor/project.h"

/* Hand a problem to the listener of the set. */
static inline void products_report(struct products *products, struct error *problem)
{
	products->problems++;
	products->listener.problem(products->listener.context, problem);
}

/* The implicit product that a directory with `.project/f-identity` is, or a plain directory; `path`
 * is absolute, without links. */
struct product *product_implicit(
    struct products *products, struct slice path, bool plain, struct error **err);

/* Append the directories below a product's that are projects, as paths below it, in the order of a breadth-first search,
 * which does not go into projects. What cannot be read is passed over, *ret_complete is false then, and reported
 * if `reports`. Fails if the product's directory cannot be read. */
int product_scan(const struct product *product, bool reports, struct fields *ret,
    bool *ret_complete, struct error **err);

#endif
