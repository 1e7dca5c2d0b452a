/*
 * Shared by the files of delineation (delineate.c, define.c, function.c, interface.c, import.c,
 * bind.c, export.c, document.c, assigned.c, parameter.c, block.c); each uses only those behind it
 * in this list.
 *
 * Python fails here only when memory runs out. The first exception sets `failed` and stays set; the
 * walk goes on with empty texts, and delineate_tree() reports the exception at the end.
 */
#ifndef KILN_PYTHON_DELINEATOR_H
#define KILN_PYTHON_DELINEATOR_H

#include "python/internal.h"

#include "base/map.h"
#include "python/delineate.h"
#include "python/page.h"

struct scope;

struct delineator {
	/* Makes the elements of a body from statement `begin` on; `above` is as in a binding.
	 * Classes use it to continue the walk that they are a part of. */
	void (*visit_body)(struct delineator *delineator, const struct scope *scope,
	    const asdl_stmt_seq *body, Py_ssize_t begin, int above);
	struct arena *arena;
	struct page page;
	struct element *module;
	bool locals;	/* as delineate_options have it */
	bool interface; /* as delineate_options have it */
	bool remarks;	/* of an interface, which export_remarks() takes */
	bool failed;	/* a Python exception is set */
	size_t written; /* bytes of values and documentation, approximately */
	/* The last assignment whose documentation was looked for, and what was found: its elements
	 * share it. */
	stmt_ty documented;
	struct documentation documentation;
};

static inline int later(int line, int other)
{
	return line > other ? line : other;
}

/* Raise `line` to the last line of a sequence of nodes, some of which may be NULL. */
#define REACH(line, sequence)                                                                   \
	do {                                                                                    \
		for (Py_ssize_t at = 0; at < asdl_seq_LEN(sequence); at++) {                    \
			if (asdl_seq_GET(sequence, at))                                         \
				(line) = later((line), asdl_seq_GET(sequence, at)->end_lineno); \
		}                                                                               \
	} while (0)

static inline bool is_display(expr_ty expression)
{
	return expression->kind == Tuple_kind || expression->kind == List_kind;
}

/* The items of a display; NULL if the display is empty, or the expression is no display. */
static inline const asdl_expr_seq *display_items(expr_ty expression)
{
	if (expression->kind == Tuple_kind)
		return expression->v.Tuple.elts;
	if (expression->kind == List_kind)
		return expression->v.List.elts;
	return NULL;
}

/* The body that is walked, and what its place means for its elements. */
struct scope {
	struct element *container; /* the module or a class */
	struct map *fields;	   /* of a class: those that were found, by name; else NULL */
	const struct branch *branch;
	bool conditional;
};

/*
 * delineator.c: elements, and texts of the tree.
 */

/* Python's string as UTF-8, which lives as long as the tree or the arena. */
struct slice delineator_text(struct delineator *delineator, PyObject *string);

/* `a.b.c` of a name or of attributes of one; empty for any other expression. */
struct slice delineator_dotted(struct delineator *delineator, expr_ty expression);

/* Add a child to an element; `stretch` is NULL if it has no area. */
struct element *delineator_add(struct delineator *delineator, struct element *parent,
    enum element_type type, struct slice identifier, const struct stretch *stretch);

/* Give an element the expression as its type. */
void delineator_add_type(struct delineator *delineator, struct element *parent, expr_ty expression);

/* Give a function, class or type alias its type parameters. */
void delineator_add_type_parameters(
    struct delineator *delineator, struct element *parent, stmt_ty statement);

/* Add a child to the scope's container. */
struct element *scope_add(struct delineator *delineator, const struct scope *scope,
    enum element_type type, struct slice identifier, const struct stretch *stretch);

/*
 * define.c: functions and classes.
 */
void define_function(struct delineator *delineator, const struct scope *scope, stmt_ty statement);
void define_class(struct delineator *delineator, const struct scope *scope, stmt_ty statement);

/*
 * function.c: the bodies of functions.
 */

/* Find the fields and the `raise` statements in a body, and whether it yields. `scope` is the one
 * the function stands in, `function` its element, `text` all of its text, `above` the last line
 * that its head reaches to. */
void scan_function(struct delineator *delineator, const struct scope *scope,
    struct element *function, const asdl_stmt_seq *body, struct slice text, int above);

/* Whether a function with this body is a generator. */
bool function_yields(const asdl_stmt_seq *body);

/*
 * bind.c: assignments, and the values they give.
 */

/* What an assignment, plain or annotated, has around it. */
struct binding {
	stmt_ty statement;
	struct stretch stretch; /* of it */
	stmt_ty next;		/* the next statement of its block, or NULL */
	int above;		/* the last line that what precedes it reaches to, at least */
};

/* The binding of the statement at an index of a block; what precedes it reaches to line `above`. */
struct binding binding_at(const asdl_stmt_seq *body, Py_ssize_t index, int above);

/* Make elements for the data that an assignment binds in a module or class, and record its __all__.
 * */
void bind_data(
    struct delineator *delineator, const struct scope *scope, const struct binding *binding);

/* Make the element of a `type` statement, if the statement is one; else return false. */
bool bind_alias(
    struct delineator *delineator, const struct scope *scope, const struct binding *binding);

/* Make elements for the fields that an assignment in a method is the first to bind. `method` is the
 * method's element. */
void bind_fields(struct delineator *delineator, const struct scope *scope,
    const struct binding *binding, const struct element *method);

/*
 * import.c: imports.
 */

/* Make the elements of an import statement. */
void import_add(struct delineator *delineator, const struct scope *scope, stmt_ty statement);

/* Make elements of the module, which are gone, of an import in a function: what annotations in the
 * function name is to be found. */
void import_add_local(struct delineator *delineator, stmt_ty statement);

/*
 * export.c: __all__.
 */

/* Whether an expression is the name __all__. */
bool export_is_all(expr_ty expression);

/* Replace a module's __all__ by a value, which may be NULL; `data` is the element that binds it. */
void export_set(struct delineator *delineator, struct element *data, expr_ty value);

/* Apply an augmented assignment, or a call of a method, to a module's __all__. */
void export_change(struct delineator *delineator, const struct scope *scope, stmt_ty statement);

/* Take the comments with which an interface says, before the statement at an index of a block of
 * the module or behind the last one, that __all__ is not constant. What precedes that statement
 * reaches to line `above`. */
void export_remarks(struct delineator *delineator, const struct scope *scope,
    const asdl_stmt_seq *body, Py_ssize_t index, int above);

/*
 * interface.c: what only interfaces need.
 */

/* Make elements of the names that a statement, without those in it, binds or unbinds other than by
 * assignments, imports and definitions. */
void interface_add(struct delineator *delineator, const struct scope *scope, stmt_ty statement);

/* Where `try: NAME` finds out whether there is a builtin, take back what stands in for it. Comes
 * behind the elements of the statement. */
void interface_take_back(
    struct delineator *delineator, const struct scope *scope, stmt_ty statement);

/* Fill in what type checkers and scripts make of the test of an `if`. */
void interface_judge(expr_ty test, struct branch *ret);

/*
 * document.c: documentation.
 */

/* Take the docstring at the start of a body, if there is one. */
void document_body(
    struct delineator *delineator, struct element *element, const asdl_stmt_seq *body);

/* Take the string below an assignment, or else the comment behind it, or else the comments above.
 */
void document_binding(
    struct delineator *delineator, struct element *element, const struct binding *binding);

/*
 * assigned.c: assigned values.
 */

/* Describe the value of an element; `expression` may be NULL. */
void assigned_describe(struct delineator *delineator, expr_ty expression, struct value *ret);

/* Describe an expression that is not evaluated: the value of a type alias. */
void assigned_describe_alias(struct delineator *delineator, expr_ty expression, struct value *ret);

/* Add a further value of a field. */
void assigned_merge(struct delineator *delineator, expr_ty expression, struct value *ret);

/*
 * parameter.c: parameters.
 */

/* Give a function its parameters. */
void parameters_add(
    struct delineator *delineator, struct element *function, arguments_ty arguments);

/*
 * block.c: the blocks of compound statements.
 */

/* A block of a compound statement. */
struct block {
	const asdl_stmt_seq *body;
	int above;	/* the last line that what precedes it reaches to, at least */
	stmt_ty test;	/* the `if` statement that it is an arm of, or NULL */
	bool otherwise; /* the arm after `else` */
};

/* Call the function for each block of a compound statement, in order; for other statements, not at
 * all. */
void each_block(
    stmt_ty statement, void (*visit)(void *context, const struct block *block), void *context);

#endif
