/*
 * A walk over all nodes of a syntax tree.
 */
#ifndef KILN_PYTHON_VISIT_H
#define KILN_PYTHON_VISIT_H

#include "python/schema.h"

struct visitor {
	/* Called for a node before those in it: false if they are not to be visited. May be NULL.
	 */
	bool (*enter)(enum node_type_name type, void *node, void *context);
	/* Called behind those in it. May be NULL. */
	void (*leave)(enum node_type_name type, void *node, void *context);
	void *context;
};

/* Visit a node and all in it, but those that are deeper than what CPython compiles. */
void visit_nodes(const struct visitor *visitor, enum node_type_name type, void *node);

#endif
