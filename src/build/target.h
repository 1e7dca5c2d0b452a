/*
 * Targets: what a command line names by paths and factor paths.
 */
#ifndef KILN_BUILD_TARGET_H
#define KILN_BUILD_TARGET_H

#include "factor/project.h"

/* When to look for the projects of a product and to write its index. */
enum index_update {
	INDEX_MISSING, /* if there is no index, or kiln generated it */
	INDEX_NEVER,   /* write no index, and look for projects only if there is none */
	INDEX_ALWAYS,
};

/* Projects of a product, or the factors at or below a path in one project. */
struct target {
	struct product *product;
	struct project *project; /* NULL: all projects below the directory */
	struct slice directory;	 /* below the product; empty: the product itself */
	struct slice factor;	 /* path in the project; empty: all factors */
};

/* How targets are looked for. */
struct target_search {
	struct products *products;
	enum index_update index;
};

/* Find what a text names: the path if it exists, else a full factor path in the product of the
 * current directory. Whether such a factor exists is not checked. For a factor path the current
 * directory counts as named, so that only what is above it has to be trusted. ERROR_USAGE if
 * nothing is found; other errors are those of product_of(). */
int target_find(
    const struct target_search *search, const char *text, struct target *ret, struct error **err);

/* Find all texts of a list ended by NULL; a NULL or empty list stands for the current directory.
 * The caller frees *ret with free(), also after a failure. */
int target_find_all(const struct target_search *search, const char *const *texts,
    struct target **ret, size_t *ret_count, struct error **err);

/* Whether a target is a whole product. */
bool target_is_product(const struct target *target);

/* Whether a target names a project of its product, in whole or in part. */
bool target_has(const struct target *target, const struct project *project);

#endif
