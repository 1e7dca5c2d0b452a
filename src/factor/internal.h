/*
 * What the files of this folder share (for them alone).
 */
#ifndef KILN_FACTOR_INTERNAL_H
#define KILN_FACTOR_INTERNAL_H

#include "base/fields.h"
#include "factor/names.h"
#include "factor/project.h"

/* Hand a problem of one project or factor to the listener of the set; fail with one of the system.
 */
static inline int products_report(
    struct products *products, struct error *problem, struct error **err)
{
	if (!error_is_local(problem))
		return fail_with(err, problem);
	products->problems++;
	products->listener.problem(products->listener.context, problem);
	return 0;
}

/* What could not be seen: factor paths, by which a look for projects or factors remembers where
 * there may be more. */
void unseen_add(struct map *unseen, struct arena *arena, struct slice path);

bool unseen_has_below(const struct map *unseen, struct slice path);

/* The implicit product that a directory with `.project/f-identity` is, or a plain directory; `path`
 * is absolute, without links. */
struct product *product_implicit(
    struct products *products, struct slice path, bool plain, struct error **err);

/* Append the directories below a product's that are projects, as paths below it, in the order of a
 * breadth-first search, which does not go into projects. What cannot be read is passed over; it is
 * reported, and `unseen` gets it, unless that is NULL. Fails if the product's directory cannot be
 * read, or the system refuses a look. */
int product_scan(
    const struct product *product, struct map *unseen, struct fields *ret, struct error **err);

#endif
