#include "python/region_walk.h"

/* Control does not go on behind a statement. */
static void leave(struct region_walk *walk)
{
	walk->dead = true;
	end_sharing(walk);
}

/* Count an import from `__future__` behind all of these, which must stay first and cannot fail. */
static void begin_leading(struct region_walk *walk, stmt_ty statement)
{
	if (statement->kind == ImportFrom_kind)
		walk_begin_statement(walk, statement);
}

static void walk_statement(struct region_walk *walk, stmt_ty statement);

/* Walk over a block from statement `from` on; those before stay first. */
static void walk_block_from(struct region_walk *walk, asdl_stmt_seq **slot, Py_ssize_t from)
{
	Py_ssize_t count = asdl_seq_LEN(*slot);
	autostr struct str statements = STR_INIT;
	struct str *outer = walk->block;

	walk->block = &statements;
	for (Py_ssize_t i = 0; i < from; i++)
		walk_add_statement(walk, asdl_seq_GET(*slot, i));
	for (Py_ssize_t i = 0; i < from; i++)
		begin_leading(walk, asdl_seq_GET(*slot, i));
	for (Py_ssize_t i = from; i < count; i++) {
		walk->has_next = i + 1 < count;
		walk_statement(walk, asdl_seq_GET(*slot, i));
		walk_add_statement(walk, asdl_seq_GET(*slot, i));
	}
	if (count)
		walk_end_waiting(walk, STRETCH(asdl_seq_GET(*slot, count - 1)));
	walk->block = outer;
	if (!walk->arena || statements.len == (size_t)count * sizeof(stmt_ty))
		return;
	walk_set_block(walk, slot, &statements);
}

/* Walk over a block that control enters if `is_reached`, from a point that it has no counter for,
 * and where `waiting` waits. */
static struct way walk_block(
    struct region_walk *walk, asdl_stmt_seq **slot, bool is_reached, struct waiting *waiting)
{
	bool before = walk->dead;

	end_sharing(walk);
	walk->dead = before || !is_reached;
	walk->waiting = waiting;
	walk_block_from(walk, slot, 0);
	return way_take(walk, before);
}

/* The implicit way past a statement, whose region is the whole statement, from where `waiting`
 * waits. Where it alone leads to the next statement, it waits, too. */
static struct way walk_past(
    struct region_walk *walk, stmt_ty statement, asdl_stmt_seq **slot, bool is_alone)
{
	const struct stretch stretch = STRETCH(statement);
	/* What follows has no position of the statement's. */
	const struct stretch at = {stretch.line, stretch.column, stretch.line, stretch.column};
	int counter;

	if (is_alone && !walk->dead && waiting_has_room(walk, false)) {
		waiting_begin(walk, stretch, REGION_IMPLICIT, false);
		return (struct way){true, walk->share, walk->waiting};
	}
	counter = walk_begin(walk, stretch, REGION_IMPLICIT);
	waiting_end(walk);
	if (walk->arena && counter != REGION_UNREACHED)
		*slot = counter_block(walk, counter, &at);
	return (struct way){.is_reached = !walk->dead, .share = walk->share};
}

/* The block after `else`, or the implicit way. */
static struct way walk_otherwise(struct region_walk *walk, stmt_ty statement, asdl_stmt_seq **slot,
    bool is_reached, struct waiting *waiting, bool is_alone)
{
	bool before = walk->dead;
	struct way way;

	if (asdl_seq_LEN(*slot))
		return walk_block(walk, slot, is_reached, waiting);
	end_sharing(walk);
	walk->dead = before || !is_reached;
	walk->waiting = waiting;
	way = walk_past(walk, statement, slot, is_alone);
	(void)way_take(walk, before);
	return way;
}

/* Blocks around the handler of a body that CPython's compiler still allows within each other. */
#define BLOCKS_LIMIT 12

/* Walk over the body of a function, whose parameters `bound` are, or of a class. */
static void walk_scope(struct region_walk *walk, asdl_stmt_seq **body, const struct bound *bound)
{
	const struct region_walk outer = *walk;
	bool has_docstring = asdl_seq_LEN(*body) && python_is_docstring(asdl_seq_GET(*body, 0));
	autostr struct str leaving = STR_INIT;

	end_sharing(walk);
	walk->loop = NULL;
	walk->is_function = bound;
	walk->bound = bound;
	walk->leaving = bound && blocks_within(*body) <= BLOCKS_LIMIT ? &leaving : NULL;
	walk_block_from(walk, body, has_docstring);
	waiting_handle(walk, body, has_docstring);
	walk->dead = outer.dead;
	walk->loop = outer.loop;
	walk->is_function = outer.is_function;
	walk->bound = outer.bound;
	walk->leaving = outer.leaving;
	walk->share = outer.share;
}

/* A definition's evaluation begins with that of its decorators. */
static void begin_definition(struct region_walk *walk, stmt_ty statement, asdl_expr_seq *decorators)
{
	walk_begin_before(walk, definition_stretch(walk->page, statement), REGION_STATEMENT,
	    first_in_statement(statement));
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(decorators); i++)
		walk_region(walk, &decorators->typed_elements[i]);
}

static void walk_function(struct region_walk *walk, stmt_ty statement, asdl_expr_seq *decorators,
    arguments_ty arguments, expr_ty returns, asdl_stmt_seq **body)
{
	struct version_type_parameter one;
	struct bound bound;

	begin_definition(walk, statement, decorators);
	walk_defaults(walk, arguments);
	if (!walk->is_function || asdl_seq_LEN(decorators) || bound_is_annotated(arguments) ||
	    returns || version_type_parameter(statement, 0, &one))
		end_sharing(walk);
	bound_find(&bound, walk->page, statement, arguments);
	walk_scope(walk, body, &bound);
}

static void walk_class(struct region_walk *walk, stmt_ty statement)
{
	asdl_expr_seq *bases = statement->v.ClassDef.bases;
	asdl_keyword_seq *keywords = statement->v.ClassDef.keywords;

	begin_definition(walk, statement, statement->v.ClassDef.decorator_list);
	end_sharing(walk); /* the class is built by a function of Python's */
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(bases); i++)
		walk_expression(walk, &bases->typed_elements[i]);
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(keywords); i++)
		walk_expression(walk, &asdl_seq_GET(keywords, i)->value);
	end_sharing(walk);
	walk_scope(walk, &statement->v.ClassDef.body, NULL);
}

static void walk_targets(struct region_walk *walk, asdl_expr_seq *targets)
{
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(targets); i++) {
		if (asdl_seq_GET(targets, i)->kind == Name_kind && walk->is_function)
			continue; /* cannot fail */
		walk_expression(walk, &targets->typed_elements[i]);
		end_sharing(walk);
	}
}

/* Annotations are no regions, and have to stay as they are: they may become text. */
static void walk_annotated(struct region_walk *walk, stmt_ty statement)
{
	if (statement->v.AnnAssign.value) {
		walk_begin_statement(walk, statement);
		walk_expression(walk, &statement->v.AnnAssign.value);
	} else {
		walk_end_waiting(walk, STRETCH(statement));
	}
	walk_expression(walk, &statement->v.AnnAssign.target);
	end_sharing(walk);
}

/* Begin the region of a condition and walk over it. Returns what waits for its two sides. */
static struct waiting *begin_condition(struct region_walk *walk, stmt_ty statement, expr_ty *test)
{
	bool is_quiet = bound_is_quiet(walk->bound, *test);
	struct waiting *result;

	if (walk->dead || walk->share.count || truth_of(*test) != TRUTH_UNKNOWN ||
	    !waiting_has_room(walk, true) ||
	    (!is_quiet && (!walk->leaving || !calm_expression(*test)))) {
		walk_end_waiting(walk, first_in_statement(statement));
		if (statement->kind == While_kind)
			walk_condition(walk, test);
		else if (truth_is_constant(*test))
			walk_never(walk, STRETCH(*test));
		else
			walk_begin_part(walk, *test);
		if (statement->kind != While_kind)
			walk_expression(walk, test);
		return NULL;
	}
	waiting_begin(walk, STRETCH(*test), REGION_PART, true);
	walk_expression(walk, test);
	if (!is_quiet) {
		waiting_may_leave(walk, STRETCH(*test), false);
		waiting_may_leave(walk, STRETCH(statement), true);
	}
	result = walk->waiting;
	walk->waiting = NULL;
	return result;
}

static void walk_if(struct region_walk *walk, stmt_ty statement)
{
	expr_ty *test = &statement->v.If.test;
	unsigned truth = truth_of(*test);
	bool has_next = walk->has_next;
	struct waiting *waiting = begin_condition(walk, statement, test);
	struct way body, otherwise;

	body = walk_block(walk, &statement->v.If.body, truth & TRUTH_CAN_BE_TRUE, waiting);
	otherwise = walk_otherwise(walk, statement, &statement->v.If.orelse,
	    truth & TRUTH_CAN_BE_FALSE, waiting, has_next && !body.is_reached);
	body = way_join(&body, &otherwise);
	way_go_on(walk, &body);
}

/* The body of a loop and what comes after it. `waiting` waits for both. */
static void walk_loop(struct region_walk *walk, stmt_ty statement, asdl_stmt_seq **body,
    asdl_stmt_seq **otherwise, unsigned truth, struct waiting *waiting)
{
	struct loop loop = {false}, *outer = walk->loop;
	bool has_next = walk->has_next;
	struct way end, left;

	walk->loop = &loop;
	(void)walk_block(walk, body, truth & TRUTH_CAN_BE_TRUE, waiting);
	walk->loop = outer;
	end = walk_otherwise(walk, statement, otherwise, truth & TRUTH_CAN_BE_FALSE, waiting,
	    has_next && !loop.is_left);
	left = (struct way){.is_reached = loop.is_left};
	end = way_join(&end, &left);
	way_go_on(walk, &end);
}

static void walk_while(struct region_walk *walk, stmt_ty statement)
{
	expr_ty *test = &statement->v.While.test;
	unsigned truth = truth_of(*test);
	struct waiting *waiting;

	walk_end_waiting(walk, first_in_statement(statement));
	end_sharing(walk); /* the condition is evaluated again and again */
	waiting = begin_condition(walk, statement, test);
	walk_loop(
	    walk, statement, &statement->v.While.body, &statement->v.While.orelse, truth, waiting);
}

static void walk_for(struct region_walk *walk, stmt_ty statement, expr_ty *target, expr_ty *iter,
    asdl_stmt_seq **body, asdl_stmt_seq **otherwise)
{
	walk_begin_part(walk, *iter);
	walk_expression(walk, iter);
	end_sharing(walk);
	walk_expression(walk, target);
	walk_loop(walk, statement, body, otherwise, TRUTH_UNKNOWN, NULL);
}

static void walk_with(struct region_walk *walk, asdl_withitem_seq *items, asdl_stmt_seq **body)
{
	struct str *leaving = walk->leaving;

	for (Py_ssize_t i = 0; i < asdl_seq_LEN(items); i++) {
		withitem_ty item = asdl_seq_GET(items, i);

		if (i == 0) {
			walk_begin_part(walk, item->context_expr);
			walk_expression(walk, &item->context_expr);
		} else {
			walk_region(walk, &item->context_expr);
		}
		end_sharing(walk);
		if (item->optional_vars)
			walk_expression(walk, &item->optional_vars);
		end_sharing(walk);
	}
	walk->leaving = NULL; /* an exception in it may have been dropped */
	(void)walk_block(walk, body, true, NULL);
	walk->leaving = leaving;
	end_sharing(walk);
}

static struct way walk_handlers(struct region_walk *walk, asdl_excepthandler_seq *handlers)
{
	struct way result = {false}, one;

	for (Py_ssize_t i = 0; i < asdl_seq_LEN(handlers); i++) {
		excepthandler_ty handler = asdl_seq_GET(handlers, i);

		end_sharing(walk);
		if (handler->v.ExceptHandler.type)
			walk_region(walk, &handler->v.ExceptHandler.type);
		one = walk_block(walk, &handler->v.ExceptHandler.body, true, NULL);
		result = way_join(&result, &one);
	}
	return result;
}

static void walk_try(struct region_walk *walk, stmt_ty statement, asdl_stmt_seq **body,
    asdl_excepthandler_seq *handlers, asdl_stmt_seq **otherwise, asdl_stmt_seq **last)
{
	bool before = walk->dead, is_left_before = walk->loop && walk->loop->is_left, is_left;
	bool is_end_reached = true;
	struct str *leaving = walk->leaving;
	struct way way, handled;

	walk_end_waiting(walk, STRETCH(statement));
	walk->leaving = NULL; /* what leaves a block may stay in the function */
	walk_block_from(walk, body, 0);
	walk_block_from(walk, otherwise, 0);
	way = way_take(walk, before);
	handled = walk_handlers(walk, handlers);
	way = way_join(&way, &handled);
	is_left = walk->loop && walk->loop->is_left;
	if (walk->loop)
		walk->loop->is_left = is_left_before;
	if (asdl_seq_LEN(*last)) {
		is_end_reached = walk_block(walk, last, true, NULL).is_reached;
		way = (struct way){.is_reached = way.is_reached && is_end_reached};
	}
	if (walk->loop && is_end_reached) /* else no `break` in the blocks before leaves the loop */
		walk->loop->is_left |= is_left;
	walk->leaving = leaving;
	way_go_on(walk, &way);
}

static void walk_assert(struct region_walk *walk, stmt_ty statement)
{
	unsigned truth = truth_of(statement->v.Assert.test);
	bool before = walk->dead;

	walk_begin_statement(walk, statement);
	walk_expression(walk, &statement->v.Assert.test);
	end_sharing(walk);
	if (statement->v.Assert.msg) {
		walk->dead = before || !(truth & TRUTH_CAN_BE_FALSE);
		walk_region(walk, &statement->v.Assert.msg);
		walk->dead = before;
	}
	way_go_on(walk, &(struct way){.is_reached = truth & TRUTH_CAN_BE_TRUE});
}

/* Walk over a case. Returns the case to put before it, which counts it; or NULL. */
static match_case_ty walk_case(struct region_walk *walk, match_case_ty one, struct way *way)
{
	const struct stretch stretch = STRETCH(one->pattern);
	bool takes_all = truth_is_irrefutable(one->pattern), before = walk->dead;
	unsigned truth = one->guard ? truth_of(one->guard) : TRUTH_UNKNOWN;
	match_case_ty result = NULL;
	struct way body;
	int counter;

	end_sharing(walk);
	counter = walk_begin(walk, stretch, REGION_PART);
	if (walk->arena && counter != REGION_UNREACHED)
		result = counter_case(walk, counter, &stretch, false);
	end_sharing(walk);
	if (one->guard)
		walk_condition(walk, &one->guard);
	body = walk_block(walk, &one->body, truth & TRUTH_CAN_BE_TRUE, NULL);
	*way = way_join(way, &body);
	walk->dead = before || (takes_all && (!one->guard || !(truth & TRUTH_CAN_BE_FALSE)));
	return result;
}

static void set_cases(struct region_walk *walk, stmt_ty statement, const struct str *cases)
{
	size_t count = cases->len / sizeof(match_case_ty);
	asdl_match_case_seq *result = _Py_asdl_match_case_seq_new((Py_ssize_t)count, walk->arena);

	walk->failed = walk->failed || !result;
	if (!result)
		return;
	(void)slice_copy(result->typed_elements, str_slice(cases));
	statement->v.Match.cases = result;
}

static void add_case(struct str *cases, match_case_ty one)
{
	if (one)
		str_add(cases, &one, sizeof(one));
}

static void walk_match(struct region_walk *walk, stmt_ty statement)
{
	asdl_match_case_seq *old = statement->v.Match.cases;
	const struct stretch stretch = STRETCH(statement);
	autostr struct str cases = STR_INIT;
	struct way way = {false}, rest;
	struct stretch last;
	bool before = walk->dead;
	int counter;

	walk_begin_part(walk, statement->v.Match.subject);
	walk_expression(walk, &statement->v.Match.subject);
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(old); i++) {
		match_case_ty one = asdl_seq_GET(old, i);

		add_case(&cases, walk_case(walk, one, &way));
		add_case(&cases, one);
	}
	end_sharing(walk);
	if (!truth_takes_rest(old)) {
		counter = walk_begin(walk, stretch, REGION_IMPLICIT);
		/* On the line that control comes from. */
		last = STRETCH(asdl_seq_GET(old, asdl_seq_LEN(old) - 1)->pattern);
		if (walk->arena && counter != REGION_UNREACHED)
			add_case(&cases, counter_case(walk, counter, &last, true));
		rest = way_take(walk, before);
		way = way_join(&way, &rest);
	}
	walk->dead = before;
	way_go_on(walk, &way);
	if (walk->arena)
		set_cases(walk, statement, &cases);
}

static void walk_compound(struct region_walk *walk, stmt_ty statement)
{
	switch (statement->kind) {
	case FunctionDef_kind:
		walk_function(walk, statement, statement->v.FunctionDef.decorator_list,
		    statement->v.FunctionDef.args, statement->v.FunctionDef.returns,
		    &statement->v.FunctionDef.body);
		break;
	case AsyncFunctionDef_kind:
		walk_function(walk, statement, statement->v.AsyncFunctionDef.decorator_list,
		    statement->v.AsyncFunctionDef.args, statement->v.AsyncFunctionDef.returns,
		    &statement->v.AsyncFunctionDef.body);
		break;
	case ClassDef_kind:
		walk_class(walk, statement);
		break;
	case For_kind:
		walk_for(walk, statement, &statement->v.For.target, &statement->v.For.iter,
		    &statement->v.For.body, &statement->v.For.orelse);
		break;
	case AsyncFor_kind:
		walk_for(walk, statement, &statement->v.AsyncFor.target,
		    &statement->v.AsyncFor.iter, &statement->v.AsyncFor.body,
		    &statement->v.AsyncFor.orelse);
		break;
	case While_kind:
		walk_while(walk, statement);
		break;
	case If_kind:
		walk_if(walk, statement);
		break;
	case With_kind:
		walk_with(walk, statement->v.With.items, &statement->v.With.body);
		break;
	case AsyncWith_kind:
		walk_with(walk, statement->v.AsyncWith.items, &statement->v.AsyncWith.body);
		break;
	case Match_kind:
		walk_match(walk, statement);
		break;
	case Try_kind:
		walk_try(walk, statement, &statement->v.Try.body, statement->v.Try.handlers,
		    &statement->v.Try.orelse, &statement->v.Try.finalbody);
		break;
	default: /* TryStar_kind */
		walk_try(walk, statement, &statement->v.TryStar.body, statement->v.TryStar.handlers,
		    &statement->v.TryStar.orelse, &statement->v.TryStar.finalbody);
		break;
	}
}

/* A statement that consists of nothing but expressions. */
static void walk_simple(struct region_walk *walk, stmt_ty statement)
{
	bool waits = walk_begin_waiting(walk, statement);
	expr_ty name, value;

	if (!waits)
		walk_begin_statement(walk, statement);
	switch (statement->kind) {
	case Pass_kind:
		break;
	case Expr_kind:
		walk_expression(walk, &statement->v.Expr.value); /* all that can fail */
		break;
	case Assign_kind:
		walk_expression(walk, &statement->v.Assign.value);
		walk_targets(walk, statement->v.Assign.targets);
		break;
	default:
		if (!version_type_alias(statement, &name, &value))
			walk_parts(walk, NODE_STATEMENT, statement);
		end_sharing(walk);
		break;
	}
	if (waits && !walk->last && !walk->share.is_waiting)
		waiting_may_leave(walk, STRETCH(statement), false);
	walk->last = NULL;
}

static void walk_kind(struct region_walk *walk, stmt_ty statement)
{
	switch (statement->kind) {
	case FunctionDef_kind:
	case AsyncFunctionDef_kind:
	case ClassDef_kind:
	case For_kind:
	case AsyncFor_kind:
	case While_kind:
	case If_kind:
	case With_kind:
	case AsyncWith_kind:
	case Match_kind:
	case Try_kind:
	case TryStar_kind:
		walk_compound(walk, statement);
		break;
	case Global_kind:
	case Nonlocal_kind:
		break;
	case AnnAssign_kind:
		walk_annotated(walk, statement);
		break;
	case Assert_kind:
		walk_assert(walk, statement);
		break;
	case Break_kind:
		if (walk->loop && !walk->dead)
			walk->loop->is_left = true;
		walk_simple(walk, statement);
		leave(walk);
		break;
	case Return_kind:
	case Raise_kind:
	case Continue_kind:
		walk_simple(walk, statement);
		leave(walk);
		break;
	default:
		walk_simple(walk, statement);
		break;
	}
}

static void walk_statement(struct region_walk *walk, stmt_ty statement)
{
	if (!depth_enter(&walk->depth))
		return; /* it cannot be compiled */
	walk_kind(walk, statement);
	walk->depth.now--;
}

void walk_module(struct region_walk *walk, mod_ty module)
{
	asdl_stmt_seq *body = module->v.Module.body;

	walk_block_from(walk, &module->v.Module.body, python_leading_statements(body));
	arena_release(&walk->memory);
	stack_restore(&walk->depth.stack);
	walk->depth = (struct depth){0};
	regions_sort(walk->ret);
}
