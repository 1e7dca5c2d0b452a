/*
 * Vectors: named lists of fields that depend on conclusions, constants and queries.
 *
 * The language of `.v` files: see docs/formats.rst, "Vectors". Files are parsed once and merged;
 * composing a vector gives fields.
 */
#ifndef KILN_CONTEXT_VECTORS_H
#define KILN_CONTEXT_VECTORS_H

#include "base/fields.h"

struct vectors;

/* An empty set; vectors_free() accepts NULL. */
struct vectors *vectors_new(void);
void vectors_free(struct vectors *vectors);
#define autovectors CLEANUP(cleanup_vectors)
static inline void cleanup_vectors(struct vectors **vectors)
{
	vectors_free(*vectors);
}

/* Parse a file's text and add its vectors; one of a name that is there already is replaced. Nothing
 * of `text` and `name` needs to stay. Errors are ERROR_USAGE about `name` with line and column;
 * nothing was added then. */
int vectors_add(struct vectors *vectors, struct slice text, const char *name, struct error **err);

/* Add the vectors of another set, which must stay as long as this one; those that are there already
 * are replaced. */
void vectors_add_all(struct vectors *vectors, const struct vectors *other);

bool vectors_have(const struct vectors *vectors, struct slice name);

/* Append the names of all vectors, in the order in which they were added first. */
void vectors_names(const struct vectors *vectors, struct fields *ret);

/* What a vector is composed in. All is borrowed. */
struct composition {
	const struct fields *conclusions;
	/* Constants: their names, and their values by the same index. */
	const struct fields *constants;
	const struct fields *values; /* an array of constants->count lists */
	/* Append what a query answers to `ret` and set *known; leave it false for no answer. NULL
	 * if there are no answers at all. */
	int (*query)(
	    void *context, struct slice name, struct fields *ret, bool *known, struct error **err);
	/* The value of an environment variable, NULL if it is not set. NULL for an empty
	 * environment. */
	const char *(*environment)(void *context, const char *name);
	void *context;
};

/* Append the fields of a vector; one that does not exist has none. Errors are ERROR_USAGE and name
 * file and line, for a vector that reaches itself with the chain. */
int vectors_compose(const struct vectors *vectors, struct slice name,
    const struct composition *composition, struct fields *ret, struct error **err);

#endif
