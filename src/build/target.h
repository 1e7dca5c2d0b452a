/*
 * What a command line names of products: paths and factor paths.
 */
#ifndef KILN_BUILD_TARGET_H
#define KILN_BUILD_TARGET_H

#include "factor/project.h"

/* When the projects of a product are looked for, and its index written: where it is missing or was
 * generated, never, or always. Also with INDEX_NEVER they are looked for where there is no index.
 */
enum index_update { INDEX_MISSING, INDEX_NEVER, INDEX_ALWAYS };

/* Projects of a product, or the factors at or below a path in one of them. */
struct target {
	struct product *product;
	struct project *project; /* NULL: all that are below the directory */
	struct slice directory;	 /* below the product; empty: the product's own */
	struct slice factor;	 /* path in the project; empty: all */
};

/* How targets are looked for. */
struct target_search {
	struct products *products;
	enum index_update index;
};

/* Find what a text names: a path, or where there is none a full factor path in the current
 * directory's product. That is named then, too: only what is above it has to be trusted. Whether a
 * factor of that path exists is not looked at. ERROR_USAGE if nothing is found; else as
 * product_of(). */
int target_find(
    const struct target_search *search, const char *text, struct target *ret, struct error **err);

/* Find all of a list ended by NULL, or the current directory if `texts` is NULL or empty: an array
 * for free(), which is the caller's also when this fails. */
int target_find_all(const struct target_search *search, const char *const *texts,
    struct target **ret, size_t *ret_count, struct error **err);

/* Whether a whole product is meant, and whether a project of the target's product, or a part of it,
 * is. */
bool target_is_product(const struct target *target);
bool target_has(const struct target *target, const struct project *project);

#endif
