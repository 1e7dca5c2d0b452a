#include "python/keep.h"

#include "python/depth.h"
#include "python/schema.h"

/* Before the bytes of each node or sequence. */
struct place {
	void *at;
	size_t size;
};

struct keeper {
	struct kept *kept;
	struct depth depth;
	bool too_deep;
};

static void keep_bytes(struct keeper *keeper, void *at, size_t size)
{
	const struct place place = {at, size};

	str_add(&keeper->kept->nodes, &place, sizeof(place));
	str_add(&keeper->kept->nodes, at, size);
}

static bool is_documented(const asdl_stmt_seq *body)
{
	return asdl_seq_LEN(body) && python_is_docstring(asdl_seq_GET(body, 0));
}

static bool is_documented_statement(stmt_ty statement)
{
	switch (statement->kind) {
	case FunctionDef_kind:
		return is_documented(statement->v.FunctionDef.body);
	case AsyncFunctionDef_kind:
		return is_documented(statement->v.AsyncFunctionDef.body);
	case ClassDef_kind:
		return is_documented(statement->v.ClassDef.body);
	default:
		return false;
	}
}

static bool is_debug(expr_ty expression)
{
	return expression->kind == Name_kind &&
	       PyUnicode_GET_LENGTH(expression->v.Name.id) == strlen("__debug__") &&
	       python_is(expression->v.Name.id, "__debug__");
}

/* Note what the code of a level depends on. */
static void look_at(struct kept *kept, enum node_type_name type, void *node)
{
	if (type == NODE_EXPRESSION) {
		kept->has_assertions = kept->has_assertions || is_debug(node);
	} else if (type == NODE_STATEMENT) {
		stmt_ty statement = node;

		kept->has_assertions = kept->has_assertions || statement->kind == Assert_kind;
		kept->has_documents = kept->has_documents || is_documented_statement(statement);
	}
}

static void keep_node(struct keeper *keeper, enum node_type_name type, void *node);

static void keep_nodes(struct keeper *keeper, enum node_type_name type, asdl_generic_seq *nodes)
{
	Py_ssize_t count = asdl_seq_LEN(nodes);

	if (!count)
		return;
	keep_bytes(keeper, nodes,
	    offsetof(asdl_generic_seq, typed_elements) +
		(size_t)count * sizeof(*nodes->typed_elements));
	for (Py_ssize_t i = 0; i < count; i++)
		keep_node(keeper, type, asdl_seq_GET(nodes, i));
}

static void keep_operators(struct keeper *keeper, asdl_int_seq *operators)
{
	if (asdl_seq_LEN(operators))
		keep_bytes(keeper, operators->typed_elements,
		    (size_t)asdl_seq_LEN(operators) * sizeof(*operators->typed_elements));
}

/* Names and constants are objects, which do not change. */
static void keep_field(struct keeper *keeper, const struct node_field *field, void *place)
{
	void *pointer;

	switch (field->code) {
	case FIELD_NODE:
	case FIELD_NODE_OPTIONAL:
		memcpy(&pointer, place, sizeof(pointer));
		keep_node(keeper, field->argument, pointer);
		break;
	case FIELD_NODES:
	case FIELD_NODES_OPTIONAL:
		memcpy(&pointer, place, sizeof(pointer));
		keep_nodes(keeper, field->argument, pointer);
		break;
	case FIELD_OPERATORS:
		memcpy(&pointer, place, sizeof(pointer));
		keep_operators(keeper, pointer);
		break;
	default:
		break;
	}
}

static void keep_node(struct keeper *keeper, enum node_type_name type, void *node)
{
	const struct node_type *kind = &node_types[type];
	const struct node_shape *shape;

	if (!node)
		return;
	if (kind->recursive && !depth_enter(&keeper->depth)) {
		keeper->too_deep = true;
		return;
	}
	look_at(keeper->kept, type, node);
	keep_bytes(keeper, node, kind->size);
	shape = node_shape_of(kind, node);
	for (unsigned i = 0; i < shape->count; i++)
		keep_field(keeper, &shape->fields[i], (char *)node + shape->fields[i].offset);
	keeper->depth.now -= kind->recursive;
}

int kept_fill(struct kept *kept, mod_ty module, const char *shown, struct error **err)
{
	struct keeper keeper = {.kept = kept};

	kept->has_documents = is_documented(module->v.Module.body);
	keep_node(&keeper, NODE_MODULE, module);
	stack_restore(&keeper.depth.stack);
	return keeper.too_deep ? python_fail_too_deep(shown, err) : 0;
}

void kept_restore(const struct kept *kept)
{
	const char *at = kept->nodes.data, *end = at + kept->nodes.len;
	struct place place;

	while (at < end) {
		memcpy(&place, at, sizeof(place));
		at += sizeof(place);
		memcpy(place.at, at, place.size);
		at += place.size;
	}
}

void kept_free(struct kept *kept)
{
	if (!kept)
		return;
	str_release(&kept->nodes);
	free(kept);
}
