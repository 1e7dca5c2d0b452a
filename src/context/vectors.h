/*
 * Vectors: named lists of fields that depend on conclusions, constants and queries.
 * docs/formats.rst describes the language of `.v` files under "Vectors". Files are parsed once and
 * merged; composing a vector gives its fields.
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

/* Parse a file's text and add its vectors, which replace those of the same name. `text` and `name`
 * are copied. Errors are ERROR_USAGE with `name`, line and column; nothing is added then. */
int vectors_add(struct vectors *vectors, struct slice text, const char *name, struct error **err);

/* Add the vectors of another set, which replace those of the same name. The other set must live as
 * long as this one. */
void vectors_add_all(struct vectors *vectors, const struct vectors *other);

bool vectors_have(const struct vectors *vectors, struct slice name);

/* Append the names of all vectors, in the order in which they were first added. */
void vectors_names(const struct vectors *vectors, struct fields *ret);

/* What a vector is composed with. All is borrowed. */
struct composition {
	const struct fields *conclusions;
	/* Constants: their names, and their values by the same index. */
	const struct fields *constants;
	const struct fields *values; /* an array of constants->count lists */
	/* Append the answer of a query to `ret` and set *known; leave *known false if there is
	 * none. NULL if no query has an answer. */
	int (*query)(
	    void *context, struct slice name, struct fields *ret, bool *known, struct error **err);
	/* The value of an environment variable, NULL if it is not set. NULL for an empty
	 * environment. */
	const char *(*environment)(void *context, const char *name);
	void *context;
};

/* Append the fields of a vector; a missing vector has none. Errors are ERROR_USAGE with file and
 * line; for a vector that refers to itself they have the chain. */
int vectors_compose(const struct vectors *vectors, struct slice name,
    const struct composition *composition, struct fields *ret, struct error **err);

#endif
