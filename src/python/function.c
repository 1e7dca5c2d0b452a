#include "python/delineator.h"

#include "python/schema.h"

/* A function's body while it is read. */
struct scan {
	struct delineator *delineator;
	const struct scope
	    *scope; /* the scope that contains the function; `conditional` as in the body */
	struct element *function;
	struct map raised; /* names that `raises` has already */
};

static void take_raise(struct scan *scan, expr_ty exception)
{
	struct slice name;
	void **known;

	if (exception->kind == Call_kind)
		exception = exception->v.Call.func;
	name = delineator_dotted(scan->delineator, exception);
	if (!name.len)
		return;
	known = map_at(&scan->raised, name);
	if (!*known)
		texts_add(&scan->function->definition->raises, scan->delineator->arena, name);
	*known = scan;
}

static void scan_body(struct scan *scan, const asdl_stmt_seq *body, int above);

static void scan_block(void *context, const struct block *block)
{
	struct scan *scan = context;
	const struct scope *outer = scan->scope;
	struct scope scope = *outer;

	scope.conditional = true;
	scan->scope = &scope;
	scan_body(scan, block->body, block->above);
	scan->scope = outer;
}

static void scan_statement(struct scan *scan, const struct binding *binding)
{
	stmt_ty statement = binding->statement;

	switch (statement->kind) {
	case Assign_kind:
	case AnnAssign_kind:
		if (scan->scope->fields)
			bind_fields(scan->delineator, scan->scope, binding, scan->function);
		break;
	case Import_kind:
	case ImportFrom_kind:
		if (scan->delineator->interface)
			import_add_local(scan->delineator, statement);
		break;
	case Raise_kind:
		if (statement->v.Raise.exc)
			take_raise(scan, statement->v.Raise.exc);
		break;
	default:
		each_block(statement, scan_block, scan);
		break;
	}
}

static void scan_body(struct scan *scan, const asdl_stmt_seq *body, int above)
{
	Py_ssize_t count = asdl_seq_LEN(body);

	for (Py_ssize_t i = 0; i < count; i++) {
		struct binding binding = binding_at(body, i, above);

		scan_statement(scan, &binding);
		above = binding.statement->end_lineno;
	}
}

/* Whether a function yields, as CPython's symbol table decides it: by the nodes that are evaluated
 * in the function's own scope. Nodes to look at are kept on a stack, in any order, because
 * expressions may be nested deeper than C functions can recurse. */
struct pending {
	enum node_type_name type;
	const char *node;
};

struct search {
	struct str stack; /* array of struct pending */
	bool found;
};

static void push(struct search *search, enum node_type_name type, const void *node)
{
	struct pending pending = {type, node};

	if (node)
		str_add(&search->stack, &pending, sizeof(pending));
}

static void push_all(struct search *search, enum node_type_name type, const void *sequence)
{
	const asdl_generic_seq *nodes = sequence;

	for (Py_ssize_t i = 0; i < asdl_seq_LEN(nodes); i++)
		push(search, type, asdl_seq_GET_UNTYPED(nodes, i));
}

/* The parts of a node, as the schema has them. */
static void push_parts(struct search *search, enum node_type_name name, const char *node)
{
	const struct node_shape *shape = node_shape_of(&node_types[name], node);

	for (unsigned i = 0; i < shape->count; i++) {
		const struct node_field *field = &shape->fields[i];
		const void *value = *(void *const *)(const void *)(node + field->offset);

		if (field->code == FIELD_NODE || field->code == FIELD_NODE_OPTIONAL)
			push(search, field->argument, value);
		else if (field->code == FIELD_NODES || field->code == FIELD_NODES_OPTIONAL)
			push_all(search, field->argument, value);
	}
}

/* Only a comprehension's first iterable is evaluated outside of the comprehension. */
static void push_generators(struct search *search, const asdl_comprehension_seq *generators)
{
	push(search, NODE_EXPRESSION, asdl_seq_GET(generators, 0)->iter);
}

static void look_at_expression(struct search *search, expr_ty expression)
{
	switch (expression->kind) {
	case Yield_kind:
	case YieldFrom_kind:
		search->found = true;
		break;
	case Lambda_kind:
		push(search, NODE_ARGUMENTS, expression->v.Lambda.args);
		break;
	case GeneratorExp_kind:
		push_generators(search, expression->v.GeneratorExp.generators);
		break;
	case ListComp_kind:
		push_generators(search, expression->v.ListComp.generators);
		break;
	case SetComp_kind:
		push_generators(search, expression->v.SetComp.generators);
		break;
	case DictComp_kind:
		push_generators(search, expression->v.DictComp.generators);
		break;
	default:
		push_parts(search, NODE_EXPRESSION, (const char *)expression);
		break;
	}
}

/* Type parameters, and the value of a type alias, are scopes of their own. */
static void look_at_statement(struct search *search, stmt_ty statement)
{
	expr_ty name, value;

	switch (statement->kind) {
	case FunctionDef_kind:
		push_all(search, NODE_EXPRESSION, statement->v.FunctionDef.decorator_list);
		push(search, NODE_ARGUMENTS, statement->v.FunctionDef.args);
		push(search, NODE_EXPRESSION, statement->v.FunctionDef.returns);
		break;
	case AsyncFunctionDef_kind:
		push_all(search, NODE_EXPRESSION, statement->v.AsyncFunctionDef.decorator_list);
		push(search, NODE_ARGUMENTS, statement->v.AsyncFunctionDef.args);
		push(search, NODE_EXPRESSION, statement->v.AsyncFunctionDef.returns);
		break;
	case ClassDef_kind:
		push_all(search, NODE_EXPRESSION, statement->v.ClassDef.decorator_list);
		push_all(search, NODE_EXPRESSION, statement->v.ClassDef.bases);
		push_all(search, NODE_KEYWORD, statement->v.ClassDef.keywords);
		break;
	default:
		if (!version_type_alias(statement, &name, &value))
			push_parts(search, NODE_STATEMENT, (const char *)statement);
		break;
	}
}

bool function_yields(const asdl_stmt_seq *body)
{
	struct search search = {STR_INIT, false};
	struct pending next;

	push_all(&search, NODE_STATEMENT, body);
	while (search.stack.len && !search.found) {
		size_t left = search.stack.len - sizeof(next);

		memcpy(&next, search.stack.data + left, sizeof(next));
		str_truncate(&search.stack, left);
		if (next.type == NODE_EXPRESSION)
			look_at_expression(&search, (expr_ty)(uintptr_t)next.node);
		else if (next.type == NODE_STATEMENT)
			look_at_statement(&search, (stmt_ty)(uintptr_t)next.node);
		else
			push_parts(&search, next.type, next.node);
	}
	str_release(&search.stack);
	return search.found;
}

void scan_function(struct delineator *delineator, const struct scope *scope,
    struct element *function, const asdl_stmt_seq *body, struct slice text, int above)
{
	const struct layout *layout = delineator->page.layout;
	struct scan scan = {delineator, scope, function, {0}};
	size_t begin;

	scan_body(&scan, body, above);
	map_release(&scan.raised);
	/* Few functions have a `yield`, of their own or of others in them. */
	begin = (size_t)(text.data - layout->text.data);
	function->definition->yields = layout_last(layout, LAYOUT_YIELD, begin, begin + text.len) !=
					   LAYOUT_NOWHERE &&
				       function_yields(body);
}
