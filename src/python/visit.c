#include "python/visit.h"

#include "python/depth.h"

static void visit(
    const struct visitor *visitor, enum node_type_name type, void *node, struct depth *depth);

static void visit_field(
    const struct visitor *visitor, const struct node_field *field, void *place, struct depth *depth)
{
	asdl_generic_seq *nodes;
	void *node;

	switch (field->code) {
	case FIELD_NODE:
	case FIELD_NODE_OPTIONAL:
		memcpy(&node, place, sizeof(node));
		visit(visitor, field->argument, node, depth);
		break;
	case FIELD_NODES:
	case FIELD_NODES_OPTIONAL:
		memcpy(&nodes, place, sizeof(nodes));
		for (Py_ssize_t i = 0; i < asdl_seq_LEN(nodes); i++)
			visit(visitor, field->argument, asdl_seq_GET(nodes, i), depth);
		break;
	default:
		break;
	}
}

static void visit(
    const struct visitor *visitor, enum node_type_name type, void *node, struct depth *depth)
{
	const struct node_type *kind = &node_types[type];
	const struct node_shape *shape;

	if (!node || (visitor->enter && !visitor->enter(type, node, visitor->context)) ||
	    (kind->recursive && !depth_enter(depth)))
		return;
	shape = node_shape_of(kind, node);
	for (unsigned i = 0; i < shape->count; i++)
		visit_field(
		    visitor, &shape->fields[i], (char *)node + shape->fields[i].offset, depth);
	depth->now -= kind->recursive;
	if (visitor->leave)
		visitor->leave(type, node, visitor->context);
}

void visit_nodes(const struct visitor *visitor, enum node_type_name type, void *node)
{
	struct depth depth = {0};

	visit(visitor, type, node, &depth);
	stack_restore(&depth.stack);
}
