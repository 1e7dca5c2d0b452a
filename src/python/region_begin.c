#include "python/region_walk.h"

void walk_never(struct region_walk *walk, struct stretch stretch)
{
	regions_add(walk->ret, page_area(walk->page, stretch), REGION_NEVER, REGION_UNREACHED);
}

int walk_begin(struct region_walk *walk, struct stretch stretch, char type)
{
	int counter;

	if (walk->dead) {
		walk_never(walk, stretch);
		return REGION_UNREACHED;
	}
	if (walk->share.is_waiting) {
		waiting_begin(walk, stretch, type, false);
		return REGION_UNREACHED;
	}
	if (walk->share.count) {
		for (int i = 0; i < walk->share.count; i++)
			regions_add(walk->ret, page_area(walk->page, stretch), type,
			    walk->share.counters[i]);
		return REGION_UNREACHED;
	}
	counter = walk->ret->counters++;
	walk->share = (struct share){.count = 1, .counters = {counter}};
	regions_add(walk->ret, page_area(walk->page, stretch), type, counter);
	return counter;
}

void walk_add_statement(struct region_walk *walk, stmt_ty statement)
{
	if (statement)
		str_add(walk->block, &statement, sizeof(statement));
}

void walk_set_block(struct region_walk *walk, asdl_stmt_seq **slot, const struct str *statements)
{
	Py_ssize_t count = (Py_ssize_t)(statements->len / sizeof(stmt_ty));
	asdl_stmt_seq *result = _Py_asdl_stmt_seq_new(count, walk->arena);

	walk->failed = walk->failed || !result;
	if (!result)
		return;
	(void)slice_copy(result->typed_elements, str_slice(statements));
	*slot = result;
}

void walk_end_waiting(struct region_walk *walk, struct stretch position)
{
	int counter;

	if (!walk->waiting)
		return;
	if (!walk->share.count) {
		counter = walk->ret->counters++;
		walk->share = (struct share){.count = 1, .counters = {counter}};
		if (walk->arena)
			walk_add_statement(walk, counter_statement(walk, 'c', counter, &position));
	}
	waiting_end(walk);
}

void walk_begin_before(
    struct region_walk *walk, struct stretch stretch, char type, struct stretch position)
{
	int counter;

	walk_end_waiting(walk, position);
	counter = walk_begin(walk, stretch, type);
	if (walk->arena && counter != REGION_UNREACHED)
		walk_add_statement(walk, counter_statement(walk, 'c', counter, &position));
}

void walk_begin_statement(struct region_walk *walk, stmt_ty statement)
{
	walk_begin_before(
	    walk, STRETCH(statement), REGION_STATEMENT, first_in_statement(statement));
}

void walk_begin_part(struct region_walk *walk, expr_ty expression)
{
	walk_begin_before(walk, STRETCH(expression), REGION_PART, first_in_expression(expression));
}

/* The value of a statement if it is a conditional expression whose test can wait for its arms, and
 * nothing behind these can fail. */
static expr_ty find_last(const struct region_walk *walk, stmt_ty statement)
{
	expr_ty value = NULL;

	if (statement->kind == Return_kind)
		value = statement->v.Return.value;
	else if (statement->kind == Expr_kind)
		value = statement->v.Expr.value;
	else if (statement->kind == Assign_kind && walk->is_function &&
		 asdl_seq_LEN(statement->v.Assign.targets) == 1 &&
		 asdl_seq_GET(statement->v.Assign.targets, 0)->kind == Name_kind)
		value = statement->v.Assign.value;
	if (!value || value->kind != IfExp_kind || truth_of(value->v.IfExp.test) != TRUTH_UNKNOWN ||
	    !waiting_has_room(walk, true) || !calm_expression(value->v.IfExp.test))
		return NULL;
	return value;
}

bool walk_begin_waiting(struct region_walk *walk, stmt_ty statement)
{
	if (walk->dead || walk->share.count || !walk->leaving || !waiting_has_room(walk, false))
		return false;
	walk->last = find_last(walk, statement);
	if (!walk->last && (!walk->has_next || !calm_statement(statement)))
		return false;
	waiting_begin(walk, STRETCH(statement), REGION_STATEMENT, false);
	return true;
}

struct way way_take(struct region_walk *walk, bool dead_before)
{
	const struct way way = {!walk->dead, walk->share, walk->waiting};

	walk->dead = dead_before;
	walk->waiting = NULL;
	end_sharing(walk);
	return way;
}

struct way way_join(const struct way *one, const struct way *other)
{
	struct way result = *one;
	int count = other->share.count;

	if (!one->is_reached || !other->is_reached)
		return one->is_reached ? *one : *other;
	if (!result.share.count || !count || result.share.count + count > SHARE_LIMIT)
		return (struct way){.is_reached = true};
	memcpy(result.share.counters + result.share.count, other->share.counters,
	    (size_t)count * sizeof(int));
	result.share.count += count;
	return result;
}

void way_go_on(struct region_walk *walk, const struct way *way)
{
	walk->dead = walk->dead || !way->is_reached;
	walk->share = way->share;
	walk->waiting = walk->dead ? NULL : way->waiting;
	if (walk->dead)
		end_sharing(walk);
}
