/*
 * A table of values: each different one once, in order of first occurrence.
 *
 * Values are equal when type and bits are: 0.0 and -0.0, True and 1, "a" and b"a" are different,
 * NaNs are told apart by their bits. Objects and bits are borrowed. A zeroed table is valid and
 * empty. Its hash is seeded at random, which nothing that is written depends on.
 */
#ifndef KILN_PYTHON_VALUES_H
#define KILN_PYTHON_VALUES_H

#include "python/internal.h"

enum value_tag {
	VALUE_NONE = 1,
	VALUE_TRUE,
	VALUE_FALSE,
	VALUE_ELLIPSIS,
	VALUE_INT,
	VALUE_FLOAT,
	VALUE_COMPLEX,
	VALUE_STR,
	VALUE_BYTES,
	/* Set by the marshal writer only: */
	VALUE_TUPLE,
	VALUE_FROZENSET,
	VALUE_SLICE,
	VALUE_CODE,
};

struct value {
	PyObject *object; /* one of its occurrences; NULL for bare bytes */
	const char *bits;
	size_t len; /* of the bits, bytes */
	uint64_t hash;
	long shape; /* what else tells values of a type apart: width of characters, sign and size */
	uint32_t count;	 /* number of times it is written */
	uint32_t number; /* for who writes: of its first occurrence */
	uint8_t tag;
	bool interned; /* a string that is interned in some occurrence */
};

#define VALUES_RECENT 512

struct values {
	struct value *items;
	uint32_t count;
	uint32_t capacity;
	uint32_t *slots; /* index of an item plus 1, 0 if free */
	uint32_t slot_count;
	uint64_t seed;
	struct {
		const PyObject *object;
		uint32_t index;
	} recent[VALUES_RECENT]; /* by address: most lookups are of an object seen before */
};

/* Set tag, shape and bits of a leaf; false if the object is not a leaf. */
bool value_describe(PyObject *object, struct value *ret);

/* The index of the value with these properties, added if it is new. */
uint32_t values_at(struct values *values, const struct value *value);

/* The index of a leaf: None, a bool, Ellipsis, int, float, complex, str or bytes; -1 for any other
 * object. */
int64_t values_add(struct values *values, PyObject *object);

/* Free what the table has. It may not be used any more. */
void values_release(struct values *values);

#endif
