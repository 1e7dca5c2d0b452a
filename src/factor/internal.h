/*
 * What the files of this folder share (for them alone).
 */
#ifndef KILN_FACTOR_INTERNAL_H
#define KILN_FACTOR_INTERNAL_H

#include "base/breadth.h"
#include "base/fields.h"
#include "factor/names.h"
#include "factor/project.h"

/* Hand a problem of one project or factor to the listener of the set. Fails with a problem of the
 * system. */
static inline int products_report(
    struct products *products, struct error *problem, struct error **err)
{
	if (!error_is_local(problem))
		return fail_with(err, problem);
	products->problems++;
	products->listener.problem(products->listener.context, problem);
	return 0;
}

/* Whether the current directory of a walk is an image that kiln made, which has no sources. The
 * first directory was named by the user. ERROR_INPUT. */
int is_image(const struct breadth *breadth, bool *ret, struct error **err);

/* Factor paths that could not be read, so that there may be more projects or factors at or below
 * them. */
void unseen_add(struct map *unseen, struct arena *arena, struct slice path);

bool unseen_has_below(const struct map *unseen, struct slice path);

/* The implicit product of a directory that has `.project/f-identity` or is a plain directory.
 * `path` is absolute, without links. */
struct product *product_implicit(
    struct products *products, struct slice path, bool plain, struct error **err);

/* Append the project directories of a product, as paths below it, in breadth-first order; projects
 * are not searched. Directories that cannot be read are reported, skipped and added to `unseen`
 * (may be NULL). Fails if the product's own directory cannot be read, or the system refuses to
 * look. */
int product_scan(
    const struct product *product, struct map *unseen, struct fields *ret, struct error **err);

#endif
