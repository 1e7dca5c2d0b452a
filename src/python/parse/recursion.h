/*
 * The recursion of the grammar: what contains things that contain it again, as expressions do in
 * brackets, and blocks in statements. These functions are called from anywhere; any other one is
 * called only by files that do not stand below its own, which test/command/test_symbols.py checks.
 */
#ifndef KILN_PYTHON_PARSE_RECURSION_H
#define KILN_PYTHON_PARSE_RECURSION_H

#include "python/version/version.h"

struct parser;

/* Expressions and targets, named as in CPython's grammar. */
expr_ty parse_star_expressions(struct parser *parser);
expr_ty parse_star_named_expression(struct parser *parser);
expr_ty parse_star_expression(struct parser *parser);
expr_ty parse_named_expression(struct parser *parser);
expr_ty parse_expression(struct parser *parser);
expr_ty parse_disjunction(struct parser *parser);
expr_ty parse_bitwise_or(struct parser *parser);
expr_ty parse_yield(struct parser *parser);
expr_ty parse_star_targets(struct parser *parser);

/* What stands behind the colon of a compound statement. */
asdl_stmt_seq *parse_block(struct parser *parser);

#endif
