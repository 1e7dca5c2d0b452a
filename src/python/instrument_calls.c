#include "python/delineator.h"
#include "python/region_walk.h"

/* Blocks that a function may have within each other (CO_MAXBLOCKS, 20), less those that one
 * statement has at most; a function with more is measured without a block of its own. */
#define BLOCKS_LIMIT 15

/* No place: the compiler takes the line of what is before. */
static const struct stretch nowhere = {-1, -1, -1, -1};

struct calls {
	struct region_walk *walk;
	struct str *names;  /* of the elements, a line each */
	int count;	    /* of the elements */
	int element;	    /* whose code this is */
	bool suspends;	    /* it is a generator, a coroutine, or both */
	bool is_async_loop; /* the innermost loop */
	struct str prefix;  /* of names */
};

static void add(struct str *block, stmt_ty statement)
{
	if (statement)
		str_add(block, &statement, sizeof(statement));
}

/* Add an event of the element. */
static void add_event(struct calls *calls, struct str *block, char letter, const struct stretch *at)
{
	add(block, counter_statement(calls->walk, letter, calls->element, at));
}

static void visit_block(struct calls *calls, asdl_stmt_seq **slot);
static void visit_parts(struct calls *calls, enum node_type_name type, void *node);
static void visit_expression(struct calls *calls, expr_ty *slot);

/* Make an expression `(FIRST, SECOND)[0]`, with a place for FIRST that is evaluated first. */
static expr_ty first_of_two(
    struct calls *calls, expr_ty first, expr_ty second, const struct stretch *at)
{
	PyArena *arena = calls->walk->arena;
	asdl_expr_seq *both = _Py_asdl_expr_seq_new(2, arena);
	PyObject *zero = PyLong_FromLong(0); /* immortal, or kept by the interpreter */
	expr_ty index = NULL, pair = NULL, result = NULL;

	Py_XDECREF(zero);
	if (both && zero) {
		asdl_seq_SET(both, 0, first);
		asdl_seq_SET(both, 1, second);
		pair = _PyAST_Tuple(
		    both, Load, at->line, at->column, at->end_line, at->end_column, arena);
		index = _PyAST_Constant(
		    zero, NULL, at->line, at->column, at->end_line, at->end_column, arena);
	}
	if (pair && index)
		result = _PyAST_Subscript(
		    pair, index, Load, at->line, at->column, at->end_line, at->end_column, arena);
	calls->walk->failed = calls->walk->failed || !result;
	return result;
}

/* Let an event follow the evaluation of an expression. */
static void add_behind(struct calls *calls, expr_ty *slot, char letter)
{
	const struct stretch at = STRETCH(*slot);
	expr_ty event = counter_expression(calls->walk, letter, calls->element, &at);
	expr_ty result = event ? first_of_two(calls, *slot, event, &at) : NULL;

	if (result)
		*slot = result;
}

/* Let an event precede it. */
static void add_before(struct calls *calls, expr_ty *slot, char letter)
{
	const struct stretch at = STRETCH(*slot);
	expr_ty event = counter_expression(calls->walk, letter, calls->element, &at);

	if (event)
		counter_precede(calls->walk, slot, event);
}

/* `yield VALUE`: suspended from behind the value until the expression has its own. */
static void add_suspension(struct calls *calls, expr_ty *slot, expr_ty *value)
{
	const struct stretch at = STRETCH(*slot);

	if (!*value)
		*value = _PyAST_Constant(Py_None, NULL, at.line, at.column, at.end_line,
		    at.end_column, calls->walk->arena);
	if (!*value) {
		calls->walk->failed = true;
		return;
	}
	if ((*value)->kind == Constant_kind || (*value)->kind == Name_kind)
		add_before(calls, value, 's'); /* it takes no time */
	else
		add_behind(calls, value, 's');
	add_behind(calls, slot, 'r');
}

static bool is_async(const asdl_comprehension_seq *generators)
{
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(generators); i++) {
		if (asdl_seq_GET(generators, i)->is_async)
			return true;
	}
	return false;
}

/* A comprehension with `async for` awaits again and again: all of it counts as suspended. */
static void visit_comprehension(
    struct calls *calls, expr_ty *slot, const asdl_comprehension_seq *generators)
{
	visit_expression(calls, &asdl_seq_GET(generators, 0)->iter);
	if (!is_async(generators))
		return;
	add_behind(calls, &asdl_seq_GET(generators, 0)->iter, 's');
	add_behind(calls, slot, 'r');
}

static void visit_kind(struct calls *calls, expr_ty *slot)
{
	expr_ty expression = *slot;

	switch (expression->kind) {
	case Lambda_kind: /* its body is no element's */
		visit_parts(calls, NODE_ARGUMENTS, expression->v.Lambda.args);
		break;
	case GeneratorExp_kind: /* so is all but what it iterates over */
		visit_expression(
		    calls, &asdl_seq_GET(expression->v.GeneratorExp.generators, 0)->iter);
		break;
	case ListComp_kind:
		visit_comprehension(calls, slot, expression->v.ListComp.generators);
		break;
	case SetComp_kind:
		visit_comprehension(calls, slot, expression->v.SetComp.generators);
		break;
	case DictComp_kind:
		visit_comprehension(calls, slot, expression->v.DictComp.generators);
		break;
	case Yield_kind:
		visit_parts(calls, NODE_EXPRESSION, expression);
		add_suspension(calls, slot, &expression->v.Yield.value);
		break;
	case YieldFrom_kind:
		visit_parts(calls, NODE_EXPRESSION, expression);
		add_suspension(calls, slot, &expression->v.YieldFrom.value);
		break;
	case Await_kind:
		visit_parts(calls, NODE_EXPRESSION, expression);
		add_suspension(calls, slot, &expression->v.Await.value);
		break;
	default:
		visit_parts(calls, NODE_EXPRESSION, expression);
		break;
	}
}

static void visit_expression(struct calls *calls, expr_ty *slot)
{
	if (!calls->suspends || (*slot)->kind == Constant_kind || (*slot)->kind == Name_kind ||
	    !depth_enter(&calls->walk->depth))
		return;
	visit_kind(calls, slot);
	calls->walk->depth.now--;
}

static void visit_part(struct calls *calls, enum node_type_name type, void *slot)
{
	void *node;

	memcpy(&node, slot, sizeof(node));
	if (node && type == NODE_EXPRESSION)
		visit_expression(calls, slot);
	else if (node && type != NODE_ARGUMENT) /* which may have an annotation */
		visit_parts(calls, type, node);
}

static void visit_parts(struct calls *calls, enum node_type_name type, void *node)
{
	const struct node_shape *shape = node_shape_of(&node_types[type], node);

	for (unsigned i = 0; i < shape->count; i++) {
		const struct node_field *field = &shape->fields[i];
		void *slot = (char *)node + field->offset;
		asdl_generic_seq *nodes;

		if (field->code == FIELD_NODE || field->code == FIELD_NODE_OPTIONAL)
			visit_part(calls, field->argument, slot);
		if (field->code != FIELD_NODES && field->code != FIELD_NODES_OPTIONAL)
			continue;
		if (field->argument == NODE_STATEMENT) {
			visit_block(calls, slot);
			continue;
		}
		memcpy(&nodes, slot, sizeof(nodes));
		for (Py_ssize_t j = 0; j < asdl_seq_LEN(nodes); j++)
			visit_part(calls, field->argument, &nodes->typed_elements[j]);
	}
}

/* Put events at the begin and, if `end` is none of NUL, at the end of a block. */
static void surround(struct calls *calls, asdl_stmt_seq **slot, char begin, char end)
{
	autostr struct str block = STR_INIT;
	const struct stretch first = asdl_seq_LEN(*slot)
					 ? first_in_statement(asdl_seq_GET(*slot, 0))
					 : nowhere;

	add_event(calls, &block, begin, &first);
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(*slot); i++)
		add(&block, asdl_seq_GET(*slot, i));
	if (end)
		add_event(calls, &block, end, &nowhere);
	walk_set_block(calls->walk, slot, &block);
}

/* An exception may have been thrown in where the element was suspended. It goes on where the
 * exception is caught. */
static void visit_try(
    struct calls *calls, stmt_ty statement, asdl_excepthandler_seq *handlers, asdl_stmt_seq **last)
{
	excepthandler_ty first;

	visit_parts(calls, NODE_STATEMENT, statement);
	if (!calls->suspends || counter_is_handler(statement))
		return;
	if (asdl_seq_LEN(handlers)) {
		first = asdl_seq_GET(handlers, 0);
		if (first->v.ExceptHandler.type)
			add_before(calls, &first->v.ExceptHandler.type, 'r');
		else
			surround(calls, &first->v.ExceptHandler.body, 'r', 0);
	}
	if (asdl_seq_LEN(*last))
		surround(calls, last, 'r', 0);
}

static void visit_async_with(struct calls *calls, stmt_ty statement)
{
	asdl_withitem_seq *items = statement->v.AsyncWith.items;

	visit_parts(calls, NODE_STATEMENT, statement);
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(items); i++) {
		expr_ty *expression = &asdl_seq_GET(items, i)->context_expr;

		if (i)
			add_before(calls, expression, 'r');
		add_behind(calls, expression, 's');
	}
	surround(calls, &statement->v.AsyncWith.body, 'r', 's');
}

static void visit_async_for(struct calls *calls, stmt_ty statement)
{
	bool outer = calls->is_async_loop;

	calls->is_async_loop = true;
	visit_parts(calls, NODE_STATEMENT, statement);
	calls->is_async_loop = outer;
	add_behind(calls, &statement->v.AsyncFor.iter, 's');
	surround(calls, &statement->v.AsyncFor.body, 'r', 's');
	surround(calls, &statement->v.AsyncFor.orelse, 'r', 0);
}

static void visit_loop(struct calls *calls, stmt_ty statement)
{
	bool outer = calls->is_async_loop;

	calls->is_async_loop = false;
	visit_parts(calls, NODE_STATEMENT, statement);
	calls->is_async_loop = outer;
}

static void measure(void *context, const struct block *block)
{
	int *most = context, count = blocks_within(block->body);

	*most = count > *most ? count : *most;
}

int blocks_within(const asdl_stmt_seq *body)
{
	int most = 0;

	for (Py_ssize_t i = 0; i < asdl_seq_LEN(body); i++) {
		stmt_ty statement = asdl_seq_GET(body, i);
		int count = 0;

		each_block(statement, measure, &count);
		if (statement->kind == Try_kind || statement->kind == TryStar_kind)
			count += 3;
		else if (statement->kind != If_kind && statement->kind != Match_kind)
			count++;
		most = count > most ? count : most;
	}
	return most;
}

/* Whether a block around a body would change what the body does. */
static bool has_annotations(const asdl_stmt_seq *body)
{
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(body); i++) {
		if (asdl_seq_GET(body, i)->kind == AnnAssign_kind)
			return true;
	}
	return false;
}

/* Whether a module imports from __future__ too late, which the compiler refuses unless a block is
 * around it. */
static bool is_late(const asdl_stmt_seq *body, Py_ssize_t from)
{
	for (Py_ssize_t i = from; i < asdl_seq_LEN(body); i++) {
		if (python_is_future_import(asdl_seq_GET(body, i)))
			return true;
	}
	return false;
}

static stmt_ty make_try(struct calls *calls, asdl_stmt_seq *body, const struct stretch *first,
    const struct stretch *last)
{
	stmt_ty exit = counter_statement(calls->walk, 'x', calls->element, &nowhere);
	asdl_stmt_seq *finally = exit ? _Py_asdl_stmt_seq_new(1, calls->walk->arena) : NULL;
	stmt_ty result = NULL;

	if (finally) {
		asdl_seq_SET(finally, 0, exit);
		result = _PyAST_Try(body, NULL, NULL, finally, first->line, first->column,
		    last->end_line, last->end_column, calls->walk->arena);
	}
	calls->walk->failed = calls->walk->failed || !result;
	return result;
}

/* Time a body from statement `from` on; there is one. It ends however control leaves it. */
static void time_body(struct calls *calls, asdl_stmt_seq **slot, Py_ssize_t from, bool is_function)
{
	Py_ssize_t count = asdl_seq_LEN(*slot);
	const struct stretch first = first_in_statement(asdl_seq_GET(*slot, from));
	const struct stretch last = STRETCH(asdl_seq_GET(*slot, count - 1));
	bool is_open = blocks_within(*slot) > BLOCKS_LIMIT || is_late(*slot, from) ||
		       (!is_function && VERSION_CONDITIONAL_ANNOTATIONS && has_annotations(*slot));
	autostr struct str all = STR_INIT;
	autostr struct str rest = STR_INIT;
	asdl_stmt_seq *body = NULL;

	for (Py_ssize_t i = 0; i < from; i++)
		add(&all, asdl_seq_GET(*slot, i));
	add_event(calls, &all, 'e', &first);
	for (Py_ssize_t i = from; i < count; i++)
		add(is_open ? &all : &rest, asdl_seq_GET(*slot, i));
	if (is_open) {
		add_event(calls, &all, 'x', &nowhere);
	} else {
		walk_set_block(calls->walk, &body, &rest);
		add(&all, body ? make_try(calls, body, &first, &last) : NULL);
	}
	walk_set_block(calls->walk, slot, &all);
}

/* A body that is only documentation: the call has no time. */
static void time_nothing(struct calls *calls, asdl_stmt_seq **slot)
{
	autostr struct str all = STR_INIT;

	add(&all, asdl_seq_GET(*slot, 0));
	add_event(calls, &all, 'e', &nowhere);
	add_event(calls, &all, 'x', &nowhere);
	walk_set_block(calls->walk, slot, &all);
}

static void add_name(struct calls *calls, PyObject *name)
{
	if (calls->prefix.len)
		str_addc(&calls->prefix, '.');
	python_add_text(&calls->prefix, name);
	str_add_slice(calls->names, str_slice(&calls->prefix));
	str_addc(calls->names, '\n');
}

/* Time the body of a function or class. */
static void visit_scope(
    struct calls *calls, asdl_stmt_seq **body, PyObject *name, bool is_function, bool suspends)
{
	const struct calls outer = *calls;
	Py_ssize_t from = python_is_docstring(asdl_seq_GET(*body, 0));

	add_name(calls, name);
	calls->element = calls->count++;
	calls->suspends = suspends;
	calls->is_async_loop = false;
	if (is_function)
		str_adds(&calls->prefix, ".<locals>");
	visit_block(calls, body);
	if (from < asdl_seq_LEN(*body))
		time_body(calls, body, from, is_function);
	else
		time_nothing(calls, body);
	str_truncate(&calls->prefix, outer.prefix.len);
	calls->element = outer.element;
	calls->suspends = outer.suspends;
	calls->is_async_loop = outer.is_async_loop;
}

static void visit_expressions(struct calls *calls, asdl_expr_seq *expressions)
{
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(expressions); i++)
		visit_part(calls, NODE_EXPRESSION, &expressions->typed_elements[i]);
}

static void visit_class(struct calls *calls, stmt_ty statement)
{
	asdl_keyword_seq *keywords = statement->v.ClassDef.keywords;

	visit_expressions(calls, statement->v.ClassDef.decorator_list);
	visit_expressions(calls, statement->v.ClassDef.bases);
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(keywords); i++)
		visit_expression(calls, &asdl_seq_GET(keywords, i)->value);
	visit_scope(calls, &statement->v.ClassDef.body, statement->v.ClassDef.name, false, false);
}

static void visit_compound(struct calls *calls, stmt_ty statement)
{
	switch (statement->kind) {
	case FunctionDef_kind:
		visit_expressions(calls, statement->v.FunctionDef.decorator_list);
		visit_parts(calls, NODE_ARGUMENTS, statement->v.FunctionDef.args);
		visit_scope(calls, &statement->v.FunctionDef.body, statement->v.FunctionDef.name,
		    true, function_yields(statement->v.FunctionDef.body));
		break;
	case AsyncFunctionDef_kind:
		visit_expressions(calls, statement->v.AsyncFunctionDef.decorator_list);
		visit_parts(calls, NODE_ARGUMENTS, statement->v.AsyncFunctionDef.args);
		visit_scope(calls, &statement->v.AsyncFunctionDef.body,
		    statement->v.AsyncFunctionDef.name, true, true);
		break;
	case ClassDef_kind:
		visit_class(calls, statement);
		break;
	case Try_kind:
		visit_try(calls, statement, statement->v.Try.handlers, &statement->v.Try.finalbody);
		break;
	case TryStar_kind:
		visit_try(calls, statement, statement->v.TryStar.handlers,
		    &statement->v.TryStar.finalbody);
		break;
	case AsyncWith_kind:
		visit_async_with(calls, statement);
		break;
	case AsyncFor_kind:
		visit_async_for(calls, statement);
		break;
	default:
		visit_loop(calls, statement);
		break;
	}
}

static void visit_statement(struct calls *calls, stmt_ty statement)
{
	expr_ty name, value;

	switch (statement->kind) {
	case FunctionDef_kind:
	case AsyncFunctionDef_kind:
	case ClassDef_kind:
	case Try_kind:
	case TryStar_kind:
	case AsyncWith_kind:
	case AsyncFor_kind:
	case For_kind:
	case While_kind:
		visit_compound(calls, statement);
		break;
	case AnnAssign_kind: /* annotations have to stay as they are */
		visit_expression(calls, &statement->v.AnnAssign.target);
		visit_part(calls, NODE_EXPRESSION, &statement->v.AnnAssign.value);
		break;
	default:
		if (!version_type_alias(statement, &name, &value))
			visit_parts(calls, NODE_STATEMENT, statement);
		break;
	}
}

static void visit_block(struct calls *calls, asdl_stmt_seq **slot)
{
	autostr struct str block = STR_INIT;

	for (Py_ssize_t i = 0; i < asdl_seq_LEN(*slot); i++) {
		stmt_ty statement = asdl_seq_GET(*slot, i);
		const struct stretch at = STRETCH(statement);
		bool is_with = statement->kind == With_kind || statement->kind == AsyncWith_kind;

		if (!depth_enter(&calls->walk->depth))
			return; /* it cannot be compiled */
		visit_statement(calls, statement);
		calls->walk->depth.now--;
		if (calls->suspends && calls->is_async_loop && statement->kind == Continue_kind)
			add_event(calls, &block, 's', &at);
		add(&block, statement);
		if (calls->suspends && is_with) /* may have caught what was thrown in */
			add_event(calls, &block, 'r', &at);
	}
	if (block.len > (size_t)asdl_seq_LEN(*slot) * sizeof(stmt_ty))
		walk_set_block(calls->walk, slot, &block);
}

int instrument_calls(struct region_walk *walk, mod_ty module, struct str *ret_names)
{
	asdl_stmt_seq **body = &module->v.Module.body;
	struct calls calls = {.walk = walk, .names = ret_names, .count = 1};
	Py_ssize_t from = python_leading_statements(*body);

	if (from == asdl_seq_LEN(*body))
		return 0;
	str_addc(ret_names, '\n');
	visit_block(&calls, body);
	time_body(&calls, body, from, false);
	str_release(&calls.prefix);
	stack_restore(&walk->depth.stack);
	return calls.count;
}
