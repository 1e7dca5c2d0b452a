#include "python/region_walk.h"

static void walk_region_at(struct region_walk *walk, expr_ty *slot, struct stretch stretch)
{
	int counter = walk_begin(walk, stretch, REGION_PART);

	while ((*slot)->kind == Starred_kind) /* only an element of a comprehension */
		slot = &(*slot)->v.Starred.value;
	walk_expression(walk, slot);
	if (walk->arena && counter != REGION_UNREACHED)
		counter_wrap(walk, slot, counter);
}

void walk_region(struct region_walk *walk, expr_ty *slot)
{
	walk_region_at(walk, slot, STRETCH(*slot));
}

void walk_condition(struct region_walk *walk, expr_ty *slot)
{
	if (truth_is_constant(*slot))
		walk_never(walk, STRETCH(*slot));
	else
		walk_region(walk, slot);
}

static void walk_regions(struct region_walk *walk, asdl_expr_seq *expressions)
{
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(expressions); i++) {
		if (asdl_seq_GET(expressions, i))
			walk_region(walk, &expressions->typed_elements[i]);
	}
}

void walk_defaults(struct region_walk *walk, arguments_ty arguments)
{
	walk_regions(walk, arguments->defaults);
	walk_regions(walk, arguments->kw_defaults);
}

static void walk_lambda(struct region_walk *walk, expr_ty expression)
{
	const struct bound *bound = walk->bound;
	struct waiting *waiting;
	struct share share;

	walk_defaults(walk, expression->v.Lambda.args);
	share = walk->share;
	waiting = walk->waiting;
	end_sharing(walk);
	walk->bound = NULL;
	walk->waiting = NULL;
	walk_region(walk, &expression->v.Lambda.body);
	walk->bound = bound;
	walk->waiting = waiting;
	walk->share = share; /* making a function cannot fail */
}

static void walk_operands(struct region_walk *walk, expr_ty expression)
{
	asdl_expr_seq *operands = expression->v.BoolOp.values;
	unsigned needed = expression->v.BoolOp.op == And ? TRUTH_CAN_BE_TRUE : TRUTH_CAN_BE_FALSE;
	bool before = walk->dead;

	for (Py_ssize_t i = 0; i < asdl_seq_LEN(operands); i++) {
		unsigned truth = truth_of(asdl_seq_GET(operands, i));

		walk_region(walk, &operands->typed_elements[i]);
		end_sharing(walk);
		walk->dead = walk->dead || !(truth & needed);
	}
	walk->dead = before;
}

/* Walk over a part that is evaluated if a condition was as `needed`, and for which `waiting` waits.
 */
static struct way walk_arm(
    struct region_walk *walk, expr_ty *slot, bool is_reached, struct waiting *waiting)
{
	struct way way = {.is_reached = is_reached && !walk->dead};
	struct waiting *outer = walk->waiting;
	bool before = walk->dead;
	int counter;

	end_sharing(walk);
	walk->dead = !way.is_reached;
	counter = walk_begin(walk, STRETCH(*slot), REGION_PART);
	walk->waiting = waiting;
	waiting_end(walk);
	walk->waiting = outer;
	walk_expression(walk, slot);
	if (walk->arena && counter != REGION_UNREACHED)
		counter_wrap(walk, slot, counter);
	way.share = walk->share;
	walk->dead = before;
	end_sharing(walk);
	return way;
}

/* Let the test of a conditional expression wait for its arms. If the expression is the last thing
 * in its statement that can fail, all waits that did before. */
static struct waiting *wait_for_arms(struct region_walk *walk, expr_ty expression, bool is_last)
{
	expr_ty *test = &expression->v.IfExp.test;
	struct waiting *outer = walk->waiting, *result;

	if (!is_last)
		walk->waiting = NULL;
	waiting_begin(walk, STRETCH(*test), REGION_PART, true);
	walk_expression(walk, test);
	if (!bound_is_quiet(walk->bound, *test)) {
		waiting_may_leave(walk, STRETCH(*test), false);
		waiting_may_leave(walk, STRETCH(expression), true);
	}
	result = walk->waiting;
	walk->waiting = is_last ? NULL : outer;
	return result;
}

static void walk_conditional(struct region_walk *walk, expr_ty expression)
{
	expr_ty *test = &expression->v.IfExp.test;
	unsigned truth = truth_of(*test);
	bool is_last = walk->last == expression;
	struct waiting *waiting = NULL;
	struct way body, otherwise;

	if (is_last || (!walk->dead && !walk->share.count && !walk->share.is_waiting &&
			   bound_is_quiet(walk->bound, *test)))
		waiting = wait_for_arms(walk, expression, is_last);
	else
		walk_condition(walk, test);
	body = walk_arm(walk, &expression->v.IfExp.body, truth & TRUTH_CAN_BE_TRUE, waiting);
	otherwise = walk_arm(
	    walk, &expression->v.IfExp.orelse, truth & TRUTH_CAN_BE_FALSE, waiting);
	body = way_join(&body, &otherwise);
	walk->share = body.share;
}

static void walk_comparison(struct region_walk *walk, expr_ty expression)
{
	asdl_expr_seq *comparators = expression->v.Compare.comparators;

	walk_expression(walk, &expression->v.Compare.left);
	walk_expression(walk, &comparators->typed_elements[0]);
	for (Py_ssize_t i = 1; i < asdl_seq_LEN(comparators); i++)
		(void)walk_arm(walk, &comparators->typed_elements[i], true, NULL);
	if (asdl_seq_LEN(comparators) > 1 || !bound_is_quiet(walk->bound, expression))
		end_sharing(walk);
}

static void walk_generator(struct region_walk *walk, comprehension_ty generator)
{
	walk_expression(walk, &generator->iter);
	end_sharing(walk);
	walk_expression(walk, &generator->target);
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(generator->ifs); i++) {
		expr_ty *condition = &generator->ifs->typed_elements[i];
		unsigned truth = truth_of(*condition);

		end_sharing(walk);
		walk_condition(walk, condition);
		walk->dead = walk->dead || !(truth & TRUTH_CAN_BE_TRUE);
	}
	end_sharing(walk);
}

/* `value` is that of a dictionary, or NULL. */
static void walk_comprehension(
    struct region_walk *walk, expr_ty *element, expr_ty *value, asdl_comprehension_seq *generators)
{
	const struct bound *bound = walk->bound;
	struct stretch stretch = STRETCH(*element);
	bool before = walk->dead;

	walk->bound = NULL; /* names may be the comprehension's own */
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(generators); i++)
		walk_generator(walk, asdl_seq_GET(generators, i));
	if (value && *value) {
		stretch.end_line = (*value)->end_lineno;
		stretch.end_column = (*value)->end_col_offset;
	}
	walk_region_at(walk, element, stretch);
	end_sharing(walk);
	if (value && *value)
		walk_expression(walk, value);
	walk->dead = before;
	walk->bound = bound;
	end_sharing(walk);
}

static void walk_dictionary(struct region_walk *walk, expr_ty expression)
{
	asdl_expr_seq *keys = expression->v.Dict.keys, *values = expression->v.Dict.values;

	for (Py_ssize_t i = 0; i < asdl_seq_LEN(values); i++) {
		if (asdl_seq_GET(keys, i))
			walk_expression(walk, &keys->typed_elements[i]);
		walk_expression(walk, &values->typed_elements[i]);
	}
	if (asdl_seq_LEN(values))
		end_sharing(walk);
}

static void walk_kind(struct region_walk *walk, expr_ty expression)
{
	switch (expression->kind) {
	case BoolOp_kind:
		walk_operands(walk, expression);
		break;
	case IfExp_kind:
		walk_conditional(walk, expression);
		break;
	case Compare_kind:
		walk_comparison(walk, expression);
		break;
	case Lambda_kind:
		walk_lambda(walk, expression);
		break;
	case ListComp_kind:
		walk_comprehension(
		    walk, &expression->v.ListComp.elt, NULL, expression->v.ListComp.generators);
		break;
	case SetComp_kind:
		walk_comprehension(
		    walk, &expression->v.SetComp.elt, NULL, expression->v.SetComp.generators);
		break;
	case GeneratorExp_kind:
		walk_comprehension(walk, &expression->v.GeneratorExp.elt, NULL,
		    expression->v.GeneratorExp.generators);
		break;
	case DictComp_kind:
		walk_comprehension(walk, &expression->v.DictComp.key, &expression->v.DictComp.value,
		    expression->v.DictComp.generators);
		break;
	case Dict_kind:
		walk_dictionary(walk, expression);
		break;
	case NamedExpr_kind:
		walk_expression(walk, &expression->v.NamedExpr.value);
		end_sharing(walk);
		break;
	case UnaryOp_kind:
		walk_expression(walk, &expression->v.UnaryOp.operand);
		if (!bound_is_quiet(walk->bound, expression))
			end_sharing(walk);
		break;
	case List_kind:
	case Tuple_kind:
		walk_parts(walk, NODE_EXPRESSION, expression); /* fails only where a part does */
		break;
	default:
		walk_parts(walk, NODE_EXPRESSION, expression);
		end_sharing(walk);
		break;
	}
}

void walk_expression(struct region_walk *walk, expr_ty *slot)
{
	if ((*slot)->kind == Constant_kind)
		return;
	if ((*slot)->kind == Name_kind) {
		if (!bound_is_safe(walk->bound, *slot))
			end_sharing(walk);
		return;
	}
	if (!depth_enter(&walk->depth))
		return; /* it cannot be compiled */
	walk_kind(walk, *slot);
	walk->depth.now--;
}

static void walk_part(struct region_walk *walk, enum node_type_name type, void *slot)
{
	void *node;

	memcpy(&node, slot, sizeof(node));
	if (!node)
		return;
	if (type == NODE_EXPRESSION)
		walk_expression(walk, slot);
	else
		walk_parts(walk, type, node);
}

void walk_parts(struct region_walk *walk, enum node_type_name type, void *node)
{
	const struct node_shape *shape = node_shape_of(&node_types[type], node);

	for (unsigned i = 0; i < shape->count; i++) {
		const struct node_field *field = &shape->fields[i];
		void *slot = (char *)node + field->offset;
		asdl_generic_seq *nodes;

		if (field->code == FIELD_NODE || field->code == FIELD_NODE_OPTIONAL) {
			walk_part(walk, field->argument, slot);
		} else if (field->code == FIELD_NODES || field->code == FIELD_NODES_OPTIONAL) {
			memcpy(&nodes, slot, sizeof(nodes));
			for (Py_ssize_t j = 0; j < asdl_seq_LEN(nodes); j++)
				walk_part(walk, field->argument, &nodes->typed_elements[j]);
		}
	}
}
