/*
 * The walk that finds regions and, if asked, makes them count. Shared by region_statements.c,
 * region_expressions.c, region_begin.c, region_waiting.c, region_calm.c, region_bound.c,
 * region_truth.c, first.c and counter.c; each uses only those behind it in this list.
 *
 * Three facts are kept about the point of execution that the walk has reached. `dead`: control
 * cannot get there, as CPython's compiler finds out when it drops code. `share`: counters that
 * together were incremented exactly as often as control got there, if there are such. A region that
 * begins there needs no other; all that can leave, by an exception or otherwise, ends the sharing.
 * `waiting`: regions that have begun and wait for a counter that comes later (region_waiting.c), in
 * the next statement or on both sides of a condition.
 *
 * Added nodes have the position of the region, so that no position of the source's own code
 * changes. Python fails here only when memory runs out; the first exception sets `failed`.
 */
#ifndef KILN_PYTHON_REGION_WALK_H
#define KILN_PYTHON_REGION_WALK_H

#include "python/internal.h"

#include "base/arena.h"
#include "python/depth.h"
#include "python/page.h"
#include "python/regions.h"
#include "python/schema.h"

/* Counters whose sum is known to be a count; more are not kept. */
#define SHARE_LIMIT 6
struct share {
	bool is_waiting; /* there is none yet: those that began last in `waiting` share one */
	int count;	 /* 0: no such counters */
	int counters[SHARE_LIMIT];
};

/* A region that waits for a counter. */
struct waiting {
	struct waiting *below; /* began before; or NULL */
	struct waiting *point; /* the first one that began where this one did, or itself */
	struct stretch stretch;
	char type;
	bool is_left; /* it has the counter of the point */
	int left;     /* of a point: counts exceptions that leave before the counter; or -1 */
	int depth;    /* how many wait, and how many of these are conditions */
	int conditions;
};

/* A way through a statement or expression: whether control reaches its end, the counters there, as
 * in `share`, and what waits there; nothing does where ways join. */
struct way {
	bool is_reached;
	struct share share;
	struct waiting *waiting;
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
	struct waiting *waiting; /* the last one, or NULL */
	struct str
	    *leaving;  /* what the body has to tell of exceptions that leave; NULL: it cannot */
	bool has_next; /* the statement is not the last one of its block */
	expr_ty last; /* a conditional expression behind which its statement cannot fail, or NULL */
	const struct bound *bound; /* or NULL */
	bool is_function;	   /* the scope is a function: binding a name cannot fail */
	struct loop *loop;	   /* or NULL */
	struct str *block;	   /* the block's statements so far, an array of stmt_ty */
	struct arena memory;	   /* of what waits */
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

/* Control may have left before this point. */
static inline void end_sharing(struct region_walk *walk)
{
	walk->share.count = 0;
	walk->share.is_waiting = false;
}

/*
 * region_begin.c
 */

/* Add a region that begins here. Returns a new counter that it needs, or REGION_UNREACHED. The
 * region's counters are `share` from now on. */
int walk_begin(struct region_walk *walk, struct stretch stretch, char type);

/* Add a region that can be reached never. */
void walk_never(struct region_walk *walk, struct stretch stretch);

/* Append to the block's statements; NULL is nothing. */
void walk_add_statement(struct region_walk *walk, stmt_ty statement);

/* Replace a block by statements, which are pointers in a str. */
void walk_set_block(struct region_walk *walk, asdl_stmt_seq **slot, const struct str *statements);

/* Give all regions that wait a counter before the current statement, whose first evaluation has a
 * position. */
void walk_end_waiting(struct region_walk *walk, struct stretch position);

/* Begin a region whose counter, if it needs one, is a statement before the current one, with the
 * position of what is evaluated next. */
void walk_begin_before(
    struct region_walk *walk, struct stretch stretch, char type, struct stretch position);

/* The same of a statement, and of an expression. */
void walk_begin_statement(struct region_walk *walk, stmt_ty statement);
void walk_begin_part(struct region_walk *walk, expr_ty expression);

/* Let the region of a statement wait, if it can: for the next statement, or for the arms of a
 * conditional expression, which is walk->last then. */
bool walk_begin_waiting(struct region_walk *walk, stmt_ty statement);

/* Take the way that the walk has come, and go back to where it began. */
struct way way_take(struct region_walk *walk, bool dead_before);

/* Both ways together. */
struct way way_join(const struct way *one, const struct way *other);

/* Go on behind a statement whose ways these are. */
void way_go_on(struct region_walk *walk, const struct way *way);

/*
 * region_waiting.c: regions that get a counter later.
 *
 * A statement that is calm is left at its end, or by an exception. So its region may wait for the
 * counter of the next one, and a condition for those of its two sides. What the exceptions that
 * leave meanwhile take from it, a handler around the body of the function counts, which knows the
 * places of such statements.
 */

/* Whether another region may wait from here, a condition or a statement. */
bool waiting_has_room(const struct region_walk *walk, bool is_condition);

/* Let a region that begins here wait. */
void waiting_begin(struct region_walk *walk, struct stretch stretch, char type, bool is_condition);

/* An exception may be raised at a place while all these wait: anywhere in it, or, if `is_exact`, by
 * what has this position. */
void waiting_may_leave(struct region_walk *walk, struct stretch place, bool is_exact);

/* Give all that wait the counters of the walk's share. */
void waiting_end(struct region_walk *walk);

/* Put the handler around a body from statement `from` on, if it has anything to tell. */
void waiting_handle(struct region_walk *walk, asdl_stmt_seq **body, Py_ssize_t from);

/*
 * region_calm.c
 */

/* Whether a statement or expression is made of operations that come to an end, or fail: no calls
 * but those of some builtin functions. */
bool calm_statement(stmt_ty statement);
bool calm_expression(expr_ty expression);

/*
 * region_bound.c
 */

/* From `def`, `async` or `class` through the name, for which the tree has no position. */
struct stretch definition_stretch(const struct page *page, stmt_ty statement);

/* Find the parameters of a function, `arguments`, that are bound wherever its own code runs. */
void bound_find(
    struct bound *ret, const struct page *page, stmt_ty function, arguments_ty arguments);

/* Whether a parameter has an annotation. */
bool bound_is_annotated(arguments_ty arguments);

/* Whether an expression is a name that is bound, or constant: its evaluation cannot fail. */
bool bound_is_safe(const struct bound *bound, expr_ty expression);

/* Whether a condition is made of `is` and such expressions: to evaluate it cannot fail. */
bool bound_is_quiet(const struct bound *bound, expr_ty condition);

/*
 * region_truth.c
 */

#define TRUTH_CAN_BE_FALSE 1
#define TRUTH_CAN_BE_TRUE 2
#define TRUTH_UNKNOWN (TRUTH_CAN_BE_FALSE | TRUTH_CAN_BE_TRUE)

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

/* The handler that tells what it is given, text behind the letter, of exceptions that leave a body.
 */
stmt_ty counter_handler(struct region_walk *walk, asdl_stmt_seq *body, struct slice text);

/* Whether a statement is one. */
bool counter_is_handler(stmt_ty statement);

/* A block of nothing but a counter. */
asdl_stmt_seq *counter_block(struct region_walk *walk, int number, const struct stretch *at);

/* A case that nothing matches: its guard counts; or, if `is_last`, one that counts all that comes
 * to it. */
match_case_ty counter_case(
    struct region_walk *walk, int number, const struct stretch *at, bool is_last);

/* Whether a constant looks like those of counters. */
bool counter_is_placeholder(PyObject *constant);

/* Whether an expression is one that was added. */
bool counter_is_one(expr_ty expression);

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

/* How many blocks CPython's compiler has within each other in a body, at most. */
int blocks_within(const asdl_stmt_seq *body);

#endif
