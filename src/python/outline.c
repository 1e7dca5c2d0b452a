#include "python/outline.h"

#include "python/internal.h"

#include "python/page.h"
#include "python/region_walk.h"

/* A position in bytes of a line, as nodes have it. */
struct mark {
	int line, column;
};

struct outliner {
	struct outline *outline;
	struct page page;
	size_t groups; /* of alternatives */
};

/* A body, and the names around it. */
struct room {
	const asdl_stmt_seq *body;
	const char *prefix; /* of qualified names in it, with a full stop */
	bool documented;    /* a string at its beginning is documentation */
};

static struct outline_item *add(struct outliner *outliner, enum outline_kind kind, int line)
{
	struct outline *outline = outliner->outline;

	if (outline->count == outline->capacity) {
		outline->capacity = outline->capacity ? 2 * outline->capacity : 64;
		outline->items = xreallocarray(
		    outline->items, outline->capacity, sizeof(*outline->items));
	}
	outline->items[outline->count] = (struct outline_item){.kind = kind, .line = line};
	return &outline->items[outline->count++];
}

static struct point point_of(struct outliner *outliner, struct mark mark)
{
	struct stretch stretch = {mark.line, mark.column, mark.line, mark.column};

	if (!mark.line)
		return (struct point){0, 0};
	return page_area(&outliner->page, stretch).first;
}

#define MARK(node) ((struct mark){(node)->lineno, (node)->col_offset})

static bool is_text(stmt_ty statement)
{
	return statement->kind == Expr_kind && statement->v.Expr.value->kind == Constant_kind &&
	       PyUnicode_Check(statement->v.Expr.value->v.Constant.value);
}

static bool is_ellipsis(stmt_ty statement)
{
	return statement->kind == Expr_kind && statement->v.Expr.value->kind == Constant_kind &&
	       statement->v.Expr.value->v.Constant.value == Py_Ellipsis;
}

/* The index of the first statement behind the documentation. */
static Py_ssize_t begin_of(const struct room *room)
{
	return room->documented && asdl_seq_LEN(room->body) && is_text(asdl_seq_GET(room->body, 0));
}

static struct mark first_of(const asdl_stmt_seq *body, Py_ssize_t begin);

static asdl_expr_seq *decorators_of(stmt_ty statement)
{
	switch (statement->kind) {
	case FunctionDef_kind:
		return statement->v.FunctionDef.decorator_list;
	case AsyncFunctionDef_kind:
		return statement->v.AsyncFunctionDef.decorator_list;
	case ClassDef_kind:
		return statement->v.ClassDef.decorator_list;
	default:
		return NULL;
	}
}

/* Where that begins which is evaluated first of a statement with a condition. CPython makes no code
 * of a condition that is constant. */
static struct mark first_of_condition(
    expr_ty test, const asdl_stmt_seq *body, const asdl_stmt_seq *orelse)
{
	unsigned truth = truth_is_constant(test) ? truth_of(test) : 0;

	if (truth != TRUTH_CAN_BE_TRUE && truth != TRUTH_CAN_BE_FALSE)
		return MARK(test);
	return first_of(truth == TRUTH_CAN_BE_TRUE ? body : orelse, 0);
}

/* Where that begins which a statement evaluates first; line 0 if nothing counts there. */
static struct mark first_of_statement(stmt_ty statement)
{
	asdl_expr_seq *decorators = decorators_of(statement);

	switch (statement->kind) {
	case If_kind:
		return first_of_condition(
		    statement->v.If.test, statement->v.If.body, statement->v.If.orelse);
	case While_kind:
		return first_of_condition(
		    statement->v.While.test, statement->v.While.body, statement->v.While.orelse);
	case For_kind:
		return MARK(statement->v.For.iter);
	case AsyncFor_kind:
		return MARK(statement->v.AsyncFor.iter);
	case With_kind:
		return MARK(asdl_seq_GET(statement->v.With.items, 0)->context_expr);
	case AsyncWith_kind:
		return MARK(asdl_seq_GET(statement->v.AsyncWith.items, 0)->context_expr);
	case Match_kind:
		return MARK(statement->v.Match.subject);
	case Try_kind:
		return first_of(statement->v.Try.body, 0);
	case TryStar_kind:
		return first_of(statement->v.TryStar.body, 0);
	case Global_kind:
	case Nonlocal_kind:
		return (struct mark){0, 0};
	case AnnAssign_kind:
		return statement->v.AnnAssign.value ? MARK(statement) : (struct mark){0, 0};
	default:
		return asdl_seq_LEN(decorators) ? MARK(asdl_seq_GET(decorators, 0))
						: MARK(statement);
	}
}

static struct mark first_of(const asdl_stmt_seq *body, Py_ssize_t begin)
{
	for (Py_ssize_t i = begin; i < asdl_seq_LEN(body); i++) {
		struct mark mark = first_of_statement(asdl_seq_GET(body, i));

		if (mark.line)
			return mark;
	}
	return (struct mark){0, 0};
}

static int end_of(const asdl_stmt_seq *body)
{
	return asdl_seq_GET(body, asdl_seq_LEN(body) - 1)->end_lineno;
}

/* Move a mark on to a later position. */
static void reach(struct mark *mark, int line, int column)
{
	if (line > mark->line || (line == mark->line && column > mark->column))
		*mark = (struct mark){line, column};
}

#define REACH_NODE(mark, node) reach((mark), (node)->end_lineno, (node)->end_col_offset)

#define REACH_NODES(mark, nodes)                                             \
	do {                                                                 \
		for (Py_ssize_t at = 0; at < asdl_seq_LEN(nodes); at++)      \
			if (asdl_seq_GET(nodes, at))                         \
				REACH_NODE((mark), asdl_seq_GET(nodes, at)); \
	} while (0)

static void reach_arguments(struct mark *mark, arguments_ty arguments)
{
	REACH_NODES(mark, arguments->posonlyargs);
	REACH_NODES(mark, arguments->args);
	REACH_NODES(mark, arguments->kwonlyargs);
	REACH_NODES(mark, arguments->kw_defaults);
	REACH_NODES(mark, arguments->defaults);
	if (arguments->vararg)
		REACH_NODE(mark, arguments->vararg);
	if (arguments->kwarg)
		REACH_NODE(mark, arguments->kwarg);
}

/* Behind the last expression of a definition's head. */
static struct mark head_of_definition(stmt_ty statement)
{
	struct version_type_parameter parameter;
	struct mark mark = MARK(statement);

	for (Py_ssize_t i = 0; version_type_parameter(statement, i, &parameter); i++)
		reach(&mark, parameter.end_lineno, parameter.end_col_offset);
	if (statement->kind == ClassDef_kind) {
		REACH_NODES(&mark, statement->v.ClassDef.bases);
		REACH_NODES(&mark, statement->v.ClassDef.keywords);
	} else if (statement->kind == FunctionDef_kind) {
		reach_arguments(&mark, statement->v.FunctionDef.args);
		if (statement->v.FunctionDef.returns)
			REACH_NODE(&mark, statement->v.FunctionDef.returns);
	} else {
		reach_arguments(&mark, statement->v.AsyncFunctionDef.args);
		if (statement->v.AsyncFunctionDef.returns)
			REACH_NODE(&mark, statement->v.AsyncFunctionDef.returns);
	}
	return mark;
}

static struct mark end_of_items(const asdl_withitem_seq *items)
{
	struct mark mark = {0, 0};

	for (Py_ssize_t i = 0; i < asdl_seq_LEN(items); i++) {
		withitem_ty item = asdl_seq_GET(items, i);

		REACH_NODE(&mark, item->context_expr);
		if (item->optional_vars)
			REACH_NODE(&mark, item->optional_vars);
	}
	return mark;
}

/* The line of the first colon behind a position where no expression follows before it. */
static int line_of_colon(const struct outliner *outliner, struct mark mark)
{
	struct slice text = outliner->page.layout->text;
	size_t at = page_offset(&outliner->page, mark.line, mark.column);
	int line = mark.line;

	for (; at < text.len && text.data[at] != ':'; at++) {
		while (text.data[at] == '#' && at + 1 < text.len && text.data[at] != '\n') {
			const char *end = memchr(text.data + at, '\n', text.len - at);

			at = end ? (size_t)(end - text.data) : text.len - 1;
		}
		line += text.data[at] == '\n';
	}
	return line;
}

#define END(node) ((struct mark){(node)->end_lineno, (node)->end_col_offset})

static void add_line(struct outliner *outliner, int line, struct mark at)
{
	struct point point = point_of(outliner, at);

	if (point.line)
		add(outliner, OUTLINE_LINE, line)->at = point;
}

static void add_extent(struct outliner *outliner, int line, int head, int last)
{
	struct outline_item *item = add(outliner, OUTLINE_EXTENT, line);

	item->head = head;
	item->last = last;
}

static void add_alternative(
    struct outliner *outliner, enum outline_kind kind, int line, struct mark at)
{
	struct point point = point_of(outliner, at);
	struct outline_item *item;

	if (!point.line)
		return;
	item = add(outliner, kind, line);
	item->at = point;
	item->group = outliner->groups;
}

static void outline_room(struct outliner *outliner, const struct room *room);

static void outline_body(
    struct outliner *outliner, const struct room *room, const asdl_stmt_seq *body)
{
	outline_room(outliner, &(struct room){body, room->prefix, false});
}

/* Outline a clause that has no node: `else` or `finally`, between the line `above` and its body. */
static void outline_clause(struct outliner *outliner, const struct room *room, int above,
    const char *word, const asdl_stmt_seq *body)
{
	int line = above + 1, first;

	if (!asdl_seq_LEN(body))
		return;
	first = asdl_seq_GET(body, 0)->lineno;
	while (line < first &&
	       !slice_starts(slice_trim(page_line(&outliner->page, line)), slice_c(word)))
		line++;
	add_extent(outliner, line, line, end_of(body));
	outline_body(outliner, room, body);
}

/* The two alternatives of a statement, the second one implicit where there is no `else`. */
static void add_branch(struct outliner *outliner, stmt_ty statement, const asdl_stmt_seq *body,
    const asdl_stmt_seq *orelse)
{
	add_alternative(outliner, OUTLINE_ALTERNATIVE, statement->lineno, first_of(body, 0));
	if (asdl_seq_LEN(orelse))
		add_alternative(
		    outliner, OUTLINE_ALTERNATIVE, statement->lineno, first_of(orelse, 0));
	else
		add_alternative(outliner, OUTLINE_IMPLICIT, statement->lineno, MARK(statement));
	outliner->groups++;
}

static bool is_elif(const struct outliner *outliner, const asdl_stmt_seq *orelse)
{
	stmt_ty only = asdl_seq_LEN(orelse) == 1 ? asdl_seq_GET(orelse, 0) : NULL;
	struct slice text = outliner->page.layout->text;
	size_t at = only ? page_offset(&outliner->page, only->lineno, only->col_offset) : 0;

	return only && only->kind == If_kind &&
	       slice_starts(slice_from(text, at), SLICE_LITERAL("elif"));
}

/* Outline a statement with a condition or an iterable, `head`. */
static void outline_branch(struct outliner *outliner, const struct room *room, stmt_ty statement,
    expr_ty head, const asdl_stmt_seq *body, const asdl_stmt_seq *orelse)
{
	add_line(outliner, statement->lineno, first_of_statement(statement));
	add_extent(outliner, statement->lineno, line_of_colon(outliner, END(head)), end_of(body));
	add_branch(outliner, statement, body, orelse);
	outline_body(outliner, room, body);
	if (is_elif(outliner, orelse))
		outline_body(outliner, room, orelse);
	else
		outline_clause(outliner, room, end_of(body), "else", orelse);
}

static void outline_with(struct outliner *outliner, const struct room *room, stmt_ty statement,
    const asdl_withitem_seq *items, const asdl_stmt_seq *body)
{
	add_line(outliner, statement->lineno, MARK(asdl_seq_GET(items, 0)->context_expr));
	add_extent(outliner, statement->lineno, line_of_colon(outliner, end_of_items(items)),
	    end_of(body));
	outline_body(outliner, room, body);
}

/* Where that begins which a handler evaluates first. */
static struct mark first_of_handler(excepthandler_ty handler)
{
	expr_ty type = handler->v.ExceptHandler.type;

	return type ? MARK(type) : first_of(handler->v.ExceptHandler.body, 0);
}

static void outline_handlers(
    struct outliner *outliner, const struct room *room, const asdl_excepthandler_seq *handlers)
{
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(handlers); i++) {
		excepthandler_ty handler = asdl_seq_GET(handlers, i);
		expr_ty type = handler->v.ExceptHandler.type;
		const asdl_stmt_seq *body = handler->v.ExceptHandler.body;

		add_line(outliner, handler->lineno, first_of_handler(handler));
		add_extent(outliner, handler->lineno,
		    line_of_colon(outliner, type ? END(type) : MARK(handler)), end_of(body));
		if (i + 1 < asdl_seq_LEN(handlers)) {
			add_alternative(
			    outliner, OUTLINE_ALTERNATIVE, handler->lineno, first_of(body, 0));
			add_alternative(outliner, OUTLINE_ALTERNATIVE, handler->lineno,
			    first_of_handler(asdl_seq_GET(handlers, i + 1)));
			outliner->groups++;
		}
		outline_body(outliner, room, body);
	}
}

static void outline_try(struct outliner *outliner, const struct room *room, stmt_ty statement,
    const asdl_stmt_seq *body, const asdl_excepthandler_seq *handlers, const asdl_stmt_seq *orelse,
    const asdl_stmt_seq *finally)
{
	Py_ssize_t count = asdl_seq_LEN(handlers);
	int end = end_of(body);

	add_line(outliner, statement->lineno, first_of(body, 0));
	add_extent(
	    outliner, statement->lineno, line_of_colon(outliner, MARK(statement)), end_of(body));
	outline_body(outliner, room, body);
	outline_handlers(outliner, room, handlers);
	if (count)
		end = asdl_seq_GET(handlers, count - 1)->end_lineno;
	outline_clause(outliner, room, end, "else", orelse);
	if (asdl_seq_LEN(orelse))
		end = end_of(orelse);
	outline_clause(outliner, room, end, "finally", finally);
}

/* A match has an alternative for each case, and one that no case matches. */
static void outline_match(struct outliner *outliner, const struct room *room, stmt_ty statement)
{
	const asdl_match_case_seq *cases = statement->v.Match.cases;
	expr_ty subject = statement->v.Match.subject;

	add_line(outliner, statement->lineno, MARK(subject));
	add_extent(outliner, statement->lineno, line_of_colon(outliner, END(subject)),
	    statement->end_lineno);
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(cases); i++)
		add_alternative(outliner, OUTLINE_ALTERNATIVE, statement->lineno,
		    MARK(asdl_seq_GET(cases, i)->pattern));
	add_alternative(outliner, OUTLINE_IMPLICIT, statement->lineno, MARK(statement));
	outliner->groups++;
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(cases); i++) {
		match_case_ty one = asdl_seq_GET(cases, i);
		struct mark end = one->guard ? END(one->guard) : END(one->pattern);

		add_line(outliner, one->pattern->lineno, MARK(one->pattern));
		add_extent(outliner, one->pattern->lineno, line_of_colon(outliner, end),
		    end_of(one->body));
		outline_body(outliner, room, one->body);
	}
}

/* A name as UTF-8, with lone surrogates replaced; the parser makes none. */
static const char *text_of(PyObject *name)
{
	const char *text = PyUnicode_AsUTF8(name);

	if (!text)
		PyErr_Clear();
	return text ? text : "?";
}

static void outline_definition(struct outliner *outliner, const struct room *room,
    stmt_ty statement, PyObject *name, const asdl_stmt_seq *body)
{
	struct arena *arena = &outliner->outline->arena;
	const asdl_expr_seq *decorators = decorators_of(statement);
	const char *qualified = arena_printf(arena, "%s%s", room->prefix, text_of(name));
	struct room inner = {body, arena_printf(arena, "%s.", qualified), true};
	Py_ssize_t begin = begin_of(&inner);
	int first = statement->lineno;

	for (Py_ssize_t i = 0; i < asdl_seq_LEN(decorators); i++) {
		expr_ty decorator = asdl_seq_GET(decorators, i);

		if (i == 0)
			first = decorator->lineno;
		add_line(outliner, decorator->lineno, MARK(decorator));
	}
	add_line(outliner, statement->lineno, MARK(statement));
	add_extent(
	    outliner, first, line_of_colon(outliner, head_of_definition(statement)), end_of(body));
	if (statement->kind != ClassDef_kind) {
		struct outline_item *item = add(outliner, OUTLINE_FUNCTION, statement->lineno);

		item->name = qualified;
		item->last = statement->end_lineno;
		item->at = point_of(outliner, first_of(body, begin));
	}
	if (begin + 1 == asdl_seq_LEN(body) && is_ellipsis(asdl_seq_GET(body, begin)))
		add(outliner, OUTLINE_ELLIPSIS, asdl_seq_GET(body, begin)->lineno)->at = point_of(
		    outliner, MARK(asdl_seq_GET(body, begin)));
	outline_room(outliner, &inner);
}

/* Outline a compound statement, or a simple one. */
static void outline_statement(struct outliner *outliner, const struct room *room, stmt_ty statement)
{
	switch (statement->kind) {
	case FunctionDef_kind:
		outline_definition(outliner, room, statement, statement->v.FunctionDef.name,
		    statement->v.FunctionDef.body);
		break;
	case AsyncFunctionDef_kind:
		outline_definition(outliner, room, statement, statement->v.AsyncFunctionDef.name,
		    statement->v.AsyncFunctionDef.body);
		break;
	case ClassDef_kind:
		outline_definition(outliner, room, statement, statement->v.ClassDef.name,
		    statement->v.ClassDef.body);
		break;
	case If_kind:
		outline_branch(outliner, room, statement, statement->v.If.test,
		    statement->v.If.body, statement->v.If.orelse);
		break;
	case While_kind:
		outline_branch(outliner, room, statement, statement->v.While.test,
		    statement->v.While.body, statement->v.While.orelse);
		break;
	case For_kind:
		outline_branch(outliner, room, statement, statement->v.For.iter,
		    statement->v.For.body, statement->v.For.orelse);
		break;
	case AsyncFor_kind:
		outline_branch(outliner, room, statement, statement->v.AsyncFor.iter,
		    statement->v.AsyncFor.body, statement->v.AsyncFor.orelse);
		break;
	case With_kind:
		outline_with(
		    outliner, room, statement, statement->v.With.items, statement->v.With.body);
		break;
	case AsyncWith_kind:
		outline_with(outliner, room, statement, statement->v.AsyncWith.items,
		    statement->v.AsyncWith.body);
		break;
	case Match_kind:
		outline_match(outliner, room, statement);
		break;
	case Try_kind:
		outline_try(outliner, room, statement, statement->v.Try.body,
		    statement->v.Try.handlers, statement->v.Try.orelse, statement->v.Try.finalbody);
		break;
	case TryStar_kind:
		outline_try(outliner, room, statement, statement->v.TryStar.body,
		    statement->v.TryStar.handlers, statement->v.TryStar.orelse,
		    statement->v.TryStar.finalbody);
		break;
	default:
		add_line(outliner, statement->lineno, first_of_statement(statement));
		add_extent(
		    outliner, statement->lineno, statement->end_lineno, statement->end_lineno);
		break;
	}
}

static void outline_room(struct outliner *outliner, const struct room *room)
{
	for (Py_ssize_t i = begin_of(room); i < asdl_seq_LEN(room->body); i++)
		outline_statement(outliner, room, asdl_seq_GET(room->body, i));
}

int outline_tree(struct tree *tree, const char *encoding, struct outline *ret, struct error **err)
{
	struct outliner outliner = {.outline = ret, .page = page_of(&tree->layout)};
	struct room room = {tree->module->v.Module.body, "", true};

	if (python_lay_out(tree, encoding, err) < 0)
		return -1;
	outline_room(&outliner, &room);
	return 0;
}

void outline_release(struct outline *outline)
{
	free(outline->items);
	arena_release(&outline->arena);
}
