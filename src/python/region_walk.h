/*
 * The walk that finds regions and, if asked, makes them count. Shared by region_statements.c,
 * region_expressions.c, region_bound.c, region_truth.c, first.c and counter.c; each uses only those
 * behind it in this list.
 *
 * Two facts are kept about the point of execution that the walk has reached. `dead`: control cannot
 * get there, as CPython's compiler finds out when it drops code. `share`: counters that together
 * were incremented exactly as often as control got there, if there are such. A region that begins
 * there needs no other; all that can leave, by an exception or otherwise, ends the sharing.
 *
 * A condition that cannot leave needs no counter, either: control goes on to one of its two sides,
 * which count.
 *
 * Added nodes have the position of the region, so that no position of the source's own code
 * changes. Python fails here only when memory runs out; the first exception sets `failed`.
 */
#ifndef KILN_PYTHON_REGION_WALK_H
#define KILN_PYTHON_REGION_WALK_H

#include "python/internal.h"

#include "python/depth.h"
#include "python/page.h"
#include "python/regions.h"
#include "python/schema.h"

/* Counters whose sum is known to be a count; more are not kept. */
#define SHARE_LIMIT 6
struct share {
	int count; /* 0: no such counters */
	int counters[SHARE_LIMIT];
};

/* A way through a statement or expression: whether control reaches its end, and the counters there,
 * as in `share`. */
struct way {
	bool is_reached;
	struct share share;
};

/* Parameters of the innermost scope that are never unbound; more are not kept. */
#define BOUND_LIMIT 32
struct bound {
	int count;
	PyObject *names[BOUND_LIMIT];
};

/* The innermost loop of the scope. */
struct loop {
	bool is_left; /* some `break` is reached */
};

struct region_walk {
	struct regions *ret;
	struct page *page;
	PyArena *arena; /* of the tree, to rewrite it; NULL to list regions only */
	bool failed;	/* a Python exception is set */
	bool dead;
	struct share share;
	const struct bound *bound; /* or NULL */
	bool is_function;	   /* the scope is a function: binding a name cannot fail */
	struct loop *loop;	   /* or NULL */
	struct str *block;	   /* the block's statements so far, an array of stmt_ty */
	stmt_ty first; /* what the block that is walked over next begins with, or NULL */
	struct depth depth;
};

/* Find the regions of a module, sorted, and rewrite it if there is an arena. Everything else in
 * `walk` but `ret` and `page` is zero. */
void walk_module(struct region_walk *walk, mod_ty module);

/*
 * region_expressions.c
 */

/* Walk over the expressions in a node, in the order of its fields. */
void walk_parts(struct region_walk *walk, enum node_type_name type, void *node);

void walk_expression(struct region_walk *walk, expr_ty *slot);

/* Walk over an expression that is a region. */
void walk_region(struct region_walk *walk, expr_ty *slot);

/* The same of a condition: CPython makes no code of one that is constant. */
void walk_condition(struct region_walk *walk, expr_ty *slot);

/* Walk over the defaults of parameters. */
void walk_defaults(struct region_walk *walk, arguments_ty arguments);

/* Add a region that begins here. Returns a new counter that it needs, or REGION_UNREACHED. The
 * region's counters are `share` from now on. */
int walk_begin(struct region_walk *walk, struct stretch stretch, char type);

/* Add a region that can be reached never. */
void walk_never(struct region_walk *walk, struct stretch stretch);

/* Add the region of a condition that cannot leave: what its two sides count. */
void walk_add_sides(struct region_walk *walk, struct stretch stretch, const int sides[2]);

/* Control may have left before this point. */
static inline void end_sharing(struct region_walk *walk)
{
	walk->share.count = 0;
}

/* Both ways together. */
struct way way_join(const struct way *one, const struct way *other);

/*
 * region_bound.c
 */

/* From `def`, `async` or `class` through the name, for which the tree has no position. */
struct stretch definition_stretch(const struct page *page, stmt_ty statement);

/* Find the parameters of a function, `arguments`, that are bound wherever its own code runs. */
void bound_find(
    struct bound *ret, const struct page *page, stmt_ty function, arguments_ty arguments);

/* Whether an expression is a name that is bound, or constant: its evaluation cannot fail. */
bool bound_is_safe(const struct bound *bound, expr_ty expression);

/* Whether a condition is made of `is` and such expressions: to evaluate it cannot fail. */
bool bound_is_quiet(const struct bound *bound, expr_ty condition);

/*
 * region_truth.c
 */

#define TRUTH_CAN_BE_FALSE 1
#define TRUTH_CAN_BE_TRUE 2

/* Whether CPython's compiler makes a constant of an expression. */
bool truth_is_constant(expr_ty expression);

/* What a condition can be, as CPython's compiler sees it: bits TRUTH_... */
unsigned truth_of(expr_ty expression);

/* Whether a pattern matches anything, and whether the last case takes all that comes to it. */
bool truth_is_irrefutable(pattern_ty pattern);
bool truth_takes_rest(const asdl_match_case_seq *cases);

/*
 * first.c: what CPython evaluates first, whose line a tracer sees first.
 */

struct stretch first_in_statement(stmt_ty statement);
struct stretch first_in_expression(expr_ty expression);

/*
 * counter.c: nodes that count. NULL when the walk failed.
 */

/* The expression, which is false; `letter` is as in docs/formats.rst. */
expr_ty counter_expression(
    struct region_walk *walk, char letter, int number, const struct stretch *at);

stmt_ty counter_statement(
    struct region_walk *walk, char letter, int number, const struct stretch *at);

/* A block of nothing but a counter. */
asdl_stmt_seq *counter_block(struct region_walk *walk, int number, const struct stretch *at);

/* A case that nothing matches: its guard counts; or, if `is_last`, one that counts all that comes
 * to it. */
match_case_ty counter_case(
    struct region_walk *walk, int number, const struct stretch *at, bool is_last);

/* Whether a constant looks like those of counters. */
bool counter_is_placeholder(PyObject *constant);

/* Evaluate a counter before an expression. */
void counter_precede(struct region_walk *walk, expr_ty *slot, expr_ty counter);

/* Make an expression count when its evaluation begins. */
void counter_wrap(struct region_walk *walk, expr_ty *slot, int number);

/*
 * settle.c
 */

/* Give the counters of a module's conditions such positions that what follows them has its own. */
void counters_settle(mod_ty module);

/*
 * own.c
 */

/* Let a module make its own constants that look like those of counters when it runs. -1 with an
 * exception without memory. */
int counters_set_apart(mod_ty module, struct slice text, PyArena *arena);

/*
 * instrument_calls.c
 */

/* Rewrite a module, whose regions are done, so that it tells of calls: when the body of the module
 * and those of its functions and classes begin, end, are suspended and go on. Appends their names,
 * a line each, and returns how many there are. */
int instrument_calls(struct region_walk *walk, mod_ty module, struct str *ret_names);

#endif
