/*
 * What the nodes of CPython's syntax tree consist of (Parser/Python.asdl), as tables: for each type
 * its kinds, for each kind its fields in the order of Python.asdl.
 *
 * version/schema.py makes the tables, and the enum of the types, NODE_STATEMENT and so on, when
 * kiln is built: from what the `ast` module of the embedded CPython says of itself.
 */
#ifndef KILN_PYTHON_SCHEMA_H
#define KILN_PYTHON_SCHEMA_H

#include "python/internal.h"
#include KILN_NODE_TYPES

enum node_field_code {
	FIELD_NODE,	      /* argument: its type */
	FIELD_NODE_OPTIONAL,  /* may be NULL */
	FIELD_NODES,	      /* a sequence */
	FIELD_NODES_OPTIONAL, /* a sequence whose elements may be NULL */
	FIELD_NAME,	      /* an identifier */
	FIELD_NAME_OPTIONAL,
	FIELD_NAMES,	       /* a sequence of identifiers */
	FIELD_CONSTANT,	       /* a constant's value */
	FIELD_STRING_OPTIONAL, /* a constant's prefix, a type comment */
	FIELD_INT,
	FIELD_ENUM,	 /* argument: its highest value; the lowest is 1 */
	FIELD_OPERATORS, /* a sequence of enumerations */
};

struct node_field {
	uint8_t code;
	uint8_t argument;
	uint16_t offset;
};

struct node_shape {
	unsigned count;
	struct node_field fields[NODE_FIELDS];
};

/* How every positioned node ends. Columns are bytes of UTF-8 from 0, lines count from 1. */
struct position {
	int line, column, end_line, end_column;
};

struct node_type {
	const struct node_shape *shapes; /* by kind, from 1 */
	uint16_t size;
	uint16_t position; /* where it is in the node, 0 if it has none */
	uint8_t kinds;
	bool has_kind;	/* whether the node begins with its kind */
	bool recursive; /* whether it counts for the depth */
};

extern const struct node_type node_types[NODE_TYPES];

/* The fields of a node of a type, by its kind if it begins with one. */
static inline const struct node_shape *node_shape_of(const struct node_type *type, const void *node)
{
	return &type->shapes[type->has_kind ? *(const unsigned *)node - 1 : 0];
}

#endif
