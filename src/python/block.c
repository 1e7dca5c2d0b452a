#include "python/delineator.h"

/* The last line of a body; the parser makes no empty body. */
static int end_of(const asdl_stmt_seq *body, int otherwise)
{
	Py_ssize_t count = asdl_seq_LEN(body);

	return count ? asdl_seq_GET(body, count - 1)->end_lineno : otherwise;
}

static int end_of_items(const asdl_withitem_seq *items, int line)
{
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(items); i++) {
		withitem_ty item = asdl_seq_GET(items, i);

		line = later(line, item->context_expr->end_lineno);
		if (item->optional_vars)
			line = later(line, item->optional_vars->end_lineno);
	}
	return line;
}

/* The last line of what precedes a statement's first block. */
static int end_of_head(stmt_ty statement)
{
	switch (statement->kind) {
	case If_kind:
		return statement->v.If.test->end_lineno;
	case While_kind:
		return statement->v.While.test->end_lineno;
	case For_kind: /* the async form has the same layout */
		return statement->v.For.iter->end_lineno;
	case AsyncFor_kind:
		return statement->v.AsyncFor.iter->end_lineno;
	case With_kind:
		return end_of_items(statement->v.With.items, statement->lineno);
	case AsyncWith_kind:
		return end_of_items(statement->v.AsyncWith.items, statement->lineno);
	default:
		return statement->lineno;
	}
}

/* A walk over the blocks of one statement. */
struct blocks {
	void (*visit)(void *context, const struct block *block);
	void *context;
	int above;
};

static void visit_block(
    struct blocks *blocks, const asdl_stmt_seq *body, stmt_ty test, bool otherwise)
{
	struct block block = {body, blocks->above, test, otherwise};

	if (!asdl_seq_LEN(body))
		return;
	blocks->visit(blocks->context, &block);
	blocks->above = end_of(body, blocks->above);
}

static void visit_try(struct blocks *blocks, const asdl_stmt_seq *body,
    const asdl_excepthandler_seq *handlers, const asdl_stmt_seq *otherwise,
    const asdl_stmt_seq *finally)
{
	visit_block(blocks, body, NULL, false);
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(handlers); i++) {
		excepthandler_ty handler = asdl_seq_GET(handlers, i);
		expr_ty type = handler->v.ExceptHandler.type;

		blocks->above = type ? type->end_lineno : handler->lineno;
		visit_block(blocks, handler->v.ExceptHandler.body, NULL, false);
	}
	visit_block(blocks, otherwise, NULL, false);
	visit_block(blocks, finally, NULL, false);
}

static void visit_cases(struct blocks *blocks, const asdl_match_case_seq *cases)
{
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(cases); i++) {
		match_case_ty one = asdl_seq_GET(cases, i);

		blocks->above = one->guard ? one->guard->end_lineno : one->pattern->end_lineno;
		visit_block(blocks, one->body, NULL, false);
	}
}

void each_block(
    stmt_ty statement, void (*visit)(void *context, const struct block *block), void *context)
{
	struct blocks blocks = {visit, context, end_of_head(statement)};

	switch (statement->kind) {
	case If_kind:
		visit_block(&blocks, statement->v.If.body, statement, false);
		visit_block(&blocks, statement->v.If.orelse, statement, true);
		break;
	case While_kind:
		visit_block(&blocks, statement->v.While.body, NULL, false);
		visit_block(&blocks, statement->v.While.orelse, NULL, false);
		break;
	case For_kind:
		visit_block(&blocks, statement->v.For.body, NULL, false);
		visit_block(&blocks, statement->v.For.orelse, NULL, false);
		break;
	case AsyncFor_kind:
		visit_block(&blocks, statement->v.AsyncFor.body, NULL, false);
		visit_block(&blocks, statement->v.AsyncFor.orelse, NULL, false);
		break;
	case With_kind:
		visit_block(&blocks, statement->v.With.body, NULL, false);
		break;
	case AsyncWith_kind:
		visit_block(&blocks, statement->v.AsyncWith.body, NULL, false);
		break;
	case Try_kind:
		visit_try(&blocks, statement->v.Try.body, statement->v.Try.handlers,
		    statement->v.Try.orelse, statement->v.Try.finalbody);
		break;
	case TryStar_kind:
		visit_try(&blocks, statement->v.TryStar.body, statement->v.TryStar.handlers,
		    statement->v.TryStar.orelse, statement->v.TryStar.finalbody);
		break;
	case Match_kind:
		visit_cases(&blocks, statement->v.Match.cases);
		break;
	default:
		break;
	}
}
