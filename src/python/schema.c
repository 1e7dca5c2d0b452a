#include "python/schema.h"

#include <stddef.h>

/* clang-format off: one line for each kind */

static const struct node_shape module_shapes[] = {
    /* Module */ {
	2, {{FIELD_NODES, NODE_STATEMENT, offsetof(struct _mod, v.Module.body)},
	       {FIELD_NODES, NODE_TYPE_IGNORE, offsetof(struct _mod, v.Module.type_ignores)}}},
};

static const struct node_shape statement_shapes[] = {
    /* FunctionDef */ {6,
	{{FIELD_NAME, 0, offsetof(struct _stmt, v.FunctionDef.name)},
	    {FIELD_NODE, NODE_ARGUMENTS, offsetof(struct _stmt, v.FunctionDef.args)},
	    {FIELD_NODES, NODE_STATEMENT, offsetof(struct _stmt, v.FunctionDef.body)},
	    {FIELD_NODES, NODE_EXPRESSION, offsetof(struct _stmt, v.FunctionDef.decorator_list)},
	    {FIELD_NODE_OPTIONAL, NODE_EXPRESSION, offsetof(struct _stmt, v.FunctionDef.returns)},
	    {FIELD_STRING_OPTIONAL, 0, offsetof(struct _stmt, v.FunctionDef.type_comment)}}},
    /* AsyncFunctionDef */
    {6, {{FIELD_NAME, 0, offsetof(struct _stmt, v.AsyncFunctionDef.name)},
	    {FIELD_NODE, NODE_ARGUMENTS, offsetof(struct _stmt, v.AsyncFunctionDef.args)},
	    {FIELD_NODES, NODE_STATEMENT, offsetof(struct _stmt, v.AsyncFunctionDef.body)},
	    {FIELD_NODES, NODE_EXPRESSION,
		offsetof(struct _stmt, v.AsyncFunctionDef.decorator_list)},
	    {FIELD_NODE_OPTIONAL, NODE_EXPRESSION,
		offsetof(struct _stmt, v.AsyncFunctionDef.returns)},
	    {FIELD_STRING_OPTIONAL, 0, offsetof(struct _stmt, v.AsyncFunctionDef.type_comment)}}},
    /* ClassDef */
    {5, {{FIELD_NAME, 0, offsetof(struct _stmt, v.ClassDef.name)},
	    {FIELD_NODES, NODE_EXPRESSION, offsetof(struct _stmt, v.ClassDef.bases)},
	    {FIELD_NODES, NODE_KEYWORD, offsetof(struct _stmt, v.ClassDef.keywords)},
	    {FIELD_NODES, NODE_STATEMENT, offsetof(struct _stmt, v.ClassDef.body)},
	    {FIELD_NODES, NODE_EXPRESSION, offsetof(struct _stmt, v.ClassDef.decorator_list)}}},
    /* Return */
    {1, {{FIELD_NODE_OPTIONAL, NODE_EXPRESSION, offsetof(struct _stmt, v.Return.value)}}},
    /* Delete */ {1, {{FIELD_NODES, NODE_EXPRESSION, offsetof(struct _stmt, v.Delete.targets)}}},
    /* Assign */
    {3, {{FIELD_NODES, NODE_EXPRESSION, offsetof(struct _stmt, v.Assign.targets)},
	    {FIELD_NODE, NODE_EXPRESSION, offsetof(struct _stmt, v.Assign.value)},
	    {FIELD_STRING_OPTIONAL, 0, offsetof(struct _stmt, v.Assign.type_comment)}}},
    /* AugAssign */
    {3, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _stmt, v.AugAssign.target)},
	    {FIELD_ENUM, FloorDiv, offsetof(struct _stmt, v.AugAssign.op)},
	    {FIELD_NODE, NODE_EXPRESSION, offsetof(struct _stmt, v.AugAssign.value)}}},
    /* AnnAssign */
    {4, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _stmt, v.AnnAssign.target)},
	    {FIELD_NODE, NODE_EXPRESSION, offsetof(struct _stmt, v.AnnAssign.annotation)},
	    {FIELD_NODE_OPTIONAL, NODE_EXPRESSION, offsetof(struct _stmt, v.AnnAssign.value)},
	    {FIELD_INT, 0, offsetof(struct _stmt, v.AnnAssign.simple)}}},
    /* For */
    {5, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _stmt, v.For.target)},
	    {FIELD_NODE, NODE_EXPRESSION, offsetof(struct _stmt, v.For.iter)},
	    {FIELD_NODES, NODE_STATEMENT, offsetof(struct _stmt, v.For.body)},
	    {FIELD_NODES, NODE_STATEMENT, offsetof(struct _stmt, v.For.orelse)},
	    {FIELD_STRING_OPTIONAL, 0, offsetof(struct _stmt, v.For.type_comment)}}},
    /* AsyncFor */
    {5, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _stmt, v.AsyncFor.target)},
	    {FIELD_NODE, NODE_EXPRESSION, offsetof(struct _stmt, v.AsyncFor.iter)},
	    {FIELD_NODES, NODE_STATEMENT, offsetof(struct _stmt, v.AsyncFor.body)},
	    {FIELD_NODES, NODE_STATEMENT, offsetof(struct _stmt, v.AsyncFor.orelse)},
	    {FIELD_STRING_OPTIONAL, 0, offsetof(struct _stmt, v.AsyncFor.type_comment)}}},
    /* While */
    {3, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _stmt, v.While.test)},
	    {FIELD_NODES, NODE_STATEMENT, offsetof(struct _stmt, v.While.body)},
	    {FIELD_NODES, NODE_STATEMENT, offsetof(struct _stmt, v.While.orelse)}}},
    /* If */
    {3, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _stmt, v.If.test)},
	    {FIELD_NODES, NODE_STATEMENT, offsetof(struct _stmt, v.If.body)},
	    {FIELD_NODES, NODE_STATEMENT, offsetof(struct _stmt, v.If.orelse)}}},
    /* With */
    {3, {{FIELD_NODES, NODE_WITH_ITEM, offsetof(struct _stmt, v.With.items)},
	    {FIELD_NODES, NODE_STATEMENT, offsetof(struct _stmt, v.With.body)},
	    {FIELD_STRING_OPTIONAL, 0, offsetof(struct _stmt, v.With.type_comment)}}},
    /* AsyncWith */
    {3, {{FIELD_NODES, NODE_WITH_ITEM, offsetof(struct _stmt, v.AsyncWith.items)},
	    {FIELD_NODES, NODE_STATEMENT, offsetof(struct _stmt, v.AsyncWith.body)},
	    {FIELD_STRING_OPTIONAL, 0, offsetof(struct _stmt, v.AsyncWith.type_comment)}}},
    /* Match */
    {2, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _stmt, v.Match.subject)},
	    {FIELD_NODES, NODE_CASE, offsetof(struct _stmt, v.Match.cases)}}},
    /* Raise */
    {2, {{FIELD_NODE_OPTIONAL, NODE_EXPRESSION, offsetof(struct _stmt, v.Raise.exc)},
	    {FIELD_NODE_OPTIONAL, NODE_EXPRESSION, offsetof(struct _stmt, v.Raise.cause)}}},
    /* Try */
    {4, {{FIELD_NODES, NODE_STATEMENT, offsetof(struct _stmt, v.Try.body)},
	    {FIELD_NODES, NODE_HANDLER, offsetof(struct _stmt, v.Try.handlers)},
	    {FIELD_NODES, NODE_STATEMENT, offsetof(struct _stmt, v.Try.orelse)},
	    {FIELD_NODES, NODE_STATEMENT, offsetof(struct _stmt, v.Try.finalbody)}}},
    /* TryStar */
    {4, {{FIELD_NODES, NODE_STATEMENT, offsetof(struct _stmt, v.TryStar.body)},
	    {FIELD_NODES, NODE_HANDLER, offsetof(struct _stmt, v.TryStar.handlers)},
	    {FIELD_NODES, NODE_STATEMENT, offsetof(struct _stmt, v.TryStar.orelse)},
	    {FIELD_NODES, NODE_STATEMENT, offsetof(struct _stmt, v.TryStar.finalbody)}}},
    /* Assert */
    {2, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _stmt, v.Assert.test)},
	    {FIELD_NODE_OPTIONAL, NODE_EXPRESSION, offsetof(struct _stmt, v.Assert.msg)}}},
    /* Import */ {1, {{FIELD_NODES, NODE_ALIAS, offsetof(struct _stmt, v.Import.names)}}},
    /* ImportFrom */
    {3, {{FIELD_NAME_OPTIONAL, 0, offsetof(struct _stmt, v.ImportFrom.module)},
	    {FIELD_NODES, NODE_ALIAS, offsetof(struct _stmt, v.ImportFrom.names)},
	    {FIELD_INT, 0, offsetof(struct _stmt, v.ImportFrom.level)}}},
    /* Global */ {1, {{FIELD_NAMES, 0, offsetof(struct _stmt, v.Global.names)}}},
    /* Nonlocal */ {1, {{FIELD_NAMES, 0, offsetof(struct _stmt, v.Nonlocal.names)}}},
    /* Expr */ {1, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _stmt, v.Expr.value)}}},
    /* Pass */ {0, {{0, 0, 0}}},
    /* Break */ {0, {{0, 0, 0}}},
    /* Continue */ {0, {{0, 0, 0}}},
};

static const struct node_shape expression_shapes[] = {
    /* BoolOp */ {2, {{FIELD_ENUM, Or, offsetof(struct _expr, v.BoolOp.op)},
			 {FIELD_NODES, NODE_EXPRESSION, offsetof(struct _expr, v.BoolOp.values)}}},
    /* NamedExpr */
    {2, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _expr, v.NamedExpr.target)},
	    {FIELD_NODE, NODE_EXPRESSION, offsetof(struct _expr, v.NamedExpr.value)}}},
    /* BinOp */
    {3, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _expr, v.BinOp.left)},
	    {FIELD_ENUM, FloorDiv, offsetof(struct _expr, v.BinOp.op)},
	    {FIELD_NODE, NODE_EXPRESSION, offsetof(struct _expr, v.BinOp.right)}}},
    /* UnaryOp */
    {2, {{FIELD_ENUM, USub, offsetof(struct _expr, v.UnaryOp.op)},
	    {FIELD_NODE, NODE_EXPRESSION, offsetof(struct _expr, v.UnaryOp.operand)}}},
    /* Lambda */
    {2, {{FIELD_NODE, NODE_ARGUMENTS, offsetof(struct _expr, v.Lambda.args)},
	    {FIELD_NODE, NODE_EXPRESSION, offsetof(struct _expr, v.Lambda.body)}}},
    /* IfExp */
    {3, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _expr, v.IfExp.test)},
	    {FIELD_NODE, NODE_EXPRESSION, offsetof(struct _expr, v.IfExp.body)},
	    {FIELD_NODE, NODE_EXPRESSION, offsetof(struct _expr, v.IfExp.orelse)}}},
    /* Dict */
    {2, {{FIELD_NODES_OPTIONAL, NODE_EXPRESSION, offsetof(struct _expr, v.Dict.keys)},
	    {FIELD_NODES, NODE_EXPRESSION, offsetof(struct _expr, v.Dict.values)}}},
    /* Set */ {1, {{FIELD_NODES, NODE_EXPRESSION, offsetof(struct _expr, v.Set.elts)}}},
    /* ListComp */
    {2, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _expr, v.ListComp.elt)},
	    {FIELD_NODES, NODE_COMPREHENSION, offsetof(struct _expr, v.ListComp.generators)}}},
    /* SetComp */
    {2, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _expr, v.SetComp.elt)},
	    {FIELD_NODES, NODE_COMPREHENSION, offsetof(struct _expr, v.SetComp.generators)}}},
    /* DictComp */
    {3, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _expr, v.DictComp.key)},
	    {FIELD_NODE, NODE_EXPRESSION, offsetof(struct _expr, v.DictComp.value)},
	    {FIELD_NODES, NODE_COMPREHENSION, offsetof(struct _expr, v.DictComp.generators)}}},
    /* GeneratorExp */
    {2, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _expr, v.GeneratorExp.elt)},
	    {FIELD_NODES, NODE_COMPREHENSION, offsetof(struct _expr, v.GeneratorExp.generators)}}},
    /* Await */ {1, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _expr, v.Await.value)}}},
    /* Yield */
    {1, {{FIELD_NODE_OPTIONAL, NODE_EXPRESSION, offsetof(struct _expr, v.Yield.value)}}},
    /* YieldFrom */ {1, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _expr, v.YieldFrom.value)}}},
    /* Compare */
    {3, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _expr, v.Compare.left)},
	    {FIELD_OPERATORS, NotIn, offsetof(struct _expr, v.Compare.ops)},
	    {FIELD_NODES, NODE_EXPRESSION, offsetof(struct _expr, v.Compare.comparators)}}},
    /* Call */
    {3, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _expr, v.Call.func)},
	    {FIELD_NODES, NODE_EXPRESSION, offsetof(struct _expr, v.Call.args)},
	    {FIELD_NODES, NODE_KEYWORD, offsetof(struct _expr, v.Call.keywords)}}},
    /* FormattedValue */
    {3, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _expr, v.FormattedValue.value)},
	    {FIELD_INT, 0, offsetof(struct _expr, v.FormattedValue.conversion)},
	    {FIELD_NODE_OPTIONAL, NODE_EXPRESSION,
		offsetof(struct _expr, v.FormattedValue.format_spec)}}},
    /* JoinedStr */
    {1, {{FIELD_NODES, NODE_EXPRESSION, offsetof(struct _expr, v.JoinedStr.values)}}},
    /* Constant */
    {2, {{FIELD_CONSTANT, 0, offsetof(struct _expr, v.Constant.value)},
	    {FIELD_STRING_OPTIONAL, 0, offsetof(struct _expr, v.Constant.kind)}}},
    /* Attribute */
    {3, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _expr, v.Attribute.value)},
	    {FIELD_NAME, 0, offsetof(struct _expr, v.Attribute.attr)},
	    {FIELD_ENUM, Del, offsetof(struct _expr, v.Attribute.ctx)}}},
    /* Subscript */
    {3, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _expr, v.Subscript.value)},
	    {FIELD_NODE, NODE_EXPRESSION, offsetof(struct _expr, v.Subscript.slice)},
	    {FIELD_ENUM, Del, offsetof(struct _expr, v.Subscript.ctx)}}},
    /* Starred */
    {2, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _expr, v.Starred.value)},
	    {FIELD_ENUM, Del, offsetof(struct _expr, v.Starred.ctx)}}},
    /* Name */
    {2, {{FIELD_NAME, 0, offsetof(struct _expr, v.Name.id)},
	    {FIELD_ENUM, Del, offsetof(struct _expr, v.Name.ctx)}}},
    /* List */
    {2, {{FIELD_NODES, NODE_EXPRESSION, offsetof(struct _expr, v.List.elts)},
	    {FIELD_ENUM, Del, offsetof(struct _expr, v.List.ctx)}}},
    /* Tuple */
    {2, {{FIELD_NODES, NODE_EXPRESSION, offsetof(struct _expr, v.Tuple.elts)},
	    {FIELD_ENUM, Del, offsetof(struct _expr, v.Tuple.ctx)}}},
    /* Slice */
    {3, {{FIELD_NODE_OPTIONAL, NODE_EXPRESSION, offsetof(struct _expr, v.Slice.lower)},
	    {FIELD_NODE_OPTIONAL, NODE_EXPRESSION, offsetof(struct _expr, v.Slice.upper)},
	    {FIELD_NODE_OPTIONAL, NODE_EXPRESSION, offsetof(struct _expr, v.Slice.step)}}},
};

static const struct node_shape comprehension_shapes[] = {
    {4, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _comprehension, target)},
	    {FIELD_NODE, NODE_EXPRESSION, offsetof(struct _comprehension, iter)},
	    {FIELD_NODES, NODE_EXPRESSION, offsetof(struct _comprehension, ifs)},
	    {FIELD_INT, 0, offsetof(struct _comprehension, is_async)}}},
};

static const struct node_shape handler_shapes[] = {
    /* ExceptHandler */ {3,
	{{FIELD_NODE_OPTIONAL, NODE_EXPRESSION,
	     offsetof(struct _excepthandler, v.ExceptHandler.type)},
	    {FIELD_NAME_OPTIONAL, 0, offsetof(struct _excepthandler, v.ExceptHandler.name)},
	    {FIELD_NODES, NODE_STATEMENT, offsetof(struct _excepthandler, v.ExceptHandler.body)}}},
};

static const struct node_shape arguments_shapes[] = {
    {7, {{FIELD_NODES, NODE_ARGUMENT, offsetof(struct _arguments, posonlyargs)},
	    {FIELD_NODES, NODE_ARGUMENT, offsetof(struct _arguments, args)},
	    {FIELD_NODE_OPTIONAL, NODE_ARGUMENT, offsetof(struct _arguments, vararg)},
	    {FIELD_NODES, NODE_ARGUMENT, offsetof(struct _arguments, kwonlyargs)},
	    {FIELD_NODES_OPTIONAL, NODE_EXPRESSION, offsetof(struct _arguments, kw_defaults)},
	    {FIELD_NODE_OPTIONAL, NODE_ARGUMENT, offsetof(struct _arguments, kwarg)},
	    {FIELD_NODES, NODE_EXPRESSION, offsetof(struct _arguments, defaults)}}},
};

static const struct node_shape argument_shapes[] = {
    {3, {{FIELD_NAME, 0, offsetof(struct _arg, arg)},
	    {FIELD_NODE_OPTIONAL, NODE_EXPRESSION, offsetof(struct _arg, annotation)},
	    {FIELD_STRING_OPTIONAL, 0, offsetof(struct _arg, type_comment)}}},
};

static const struct node_shape keyword_shapes[] = {
    {2, {{FIELD_NAME_OPTIONAL, 0, offsetof(struct _keyword, arg)},
	    {FIELD_NODE, NODE_EXPRESSION, offsetof(struct _keyword, value)}}},
};

static const struct node_shape alias_shapes[] = {
    {2, {{FIELD_NAME, 0, offsetof(struct _alias, name)},
	    {FIELD_NAME_OPTIONAL, 0, offsetof(struct _alias, asname)}}},
};

static const struct node_shape with_item_shapes[] = {
    {2, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _withitem, context_expr)},
	    {FIELD_NODE_OPTIONAL, NODE_EXPRESSION, offsetof(struct _withitem, optional_vars)}}},
};

static const struct node_shape case_shapes[] = {
    {3, {{FIELD_NODE, NODE_PATTERN, offsetof(struct _match_case, pattern)},
	    {FIELD_NODE_OPTIONAL, NODE_EXPRESSION, offsetof(struct _match_case, guard)},
	    {FIELD_NODES, NODE_STATEMENT, offsetof(struct _match_case, body)}}},
};

static const struct node_shape pattern_shapes[] = {
    /* MatchValue */ {
	1, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _pattern, v.MatchValue.value)}}},
    /* MatchSingleton */
    {1, {{FIELD_CONSTANT, 0, offsetof(struct _pattern, v.MatchSingleton.value)}}},
    /* MatchSequence */
    {1, {{FIELD_NODES, NODE_PATTERN, offsetof(struct _pattern, v.MatchSequence.patterns)}}},
    /* MatchMapping */
    {3, {{FIELD_NODES, NODE_EXPRESSION, offsetof(struct _pattern, v.MatchMapping.keys)},
	    {FIELD_NODES, NODE_PATTERN, offsetof(struct _pattern, v.MatchMapping.patterns)},
	    {FIELD_NAME_OPTIONAL, 0, offsetof(struct _pattern, v.MatchMapping.rest)}}},
    /* MatchClass */
    {4, {{FIELD_NODE, NODE_EXPRESSION, offsetof(struct _pattern, v.MatchClass.cls)},
	    {FIELD_NODES, NODE_PATTERN, offsetof(struct _pattern, v.MatchClass.patterns)},
	    {FIELD_NAMES, 0, offsetof(struct _pattern, v.MatchClass.kwd_attrs)},
	    {FIELD_NODES, NODE_PATTERN, offsetof(struct _pattern, v.MatchClass.kwd_patterns)}}},
    /* MatchStar */ {1, {{FIELD_NAME_OPTIONAL, 0, offsetof(struct _pattern, v.MatchStar.name)}}},
    /* MatchAs */
    {2, {{FIELD_NODE_OPTIONAL, NODE_PATTERN, offsetof(struct _pattern, v.MatchAs.pattern)},
	    {FIELD_NAME_OPTIONAL, 0, offsetof(struct _pattern, v.MatchAs.name)}}},
    /* MatchOr */ {1, {{FIELD_NODES, NODE_PATTERN, offsetof(struct _pattern, v.MatchOr.patterns)}}},
};

static const struct node_shape type_ignore_shapes[] = {
    /* TypeIgnore */ {
	2, {{FIELD_INT, 0, offsetof(struct _type_ignore, v.TypeIgnore.lineno)},
	       {FIELD_STRING_OPTIONAL, 0, offsetof(struct _type_ignore, v.TypeIgnore.tag)}}},
};

const struct node_type node_types[NODE_TYPES] = {
    [NODE_MODULE] = {module_shapes, sizeof(struct _mod), 0, 1, true, false},
    [NODE_STATEMENT] = {statement_shapes, sizeof(struct _stmt), offsetof(struct _stmt, lineno), 27,
	true, true},
    [NODE_EXPRESSION] = {expression_shapes, sizeof(struct _expr), offsetof(struct _expr, lineno),
	27, true, true},
    [NODE_COMPREHENSION] = {comprehension_shapes, sizeof(struct _comprehension), 0, 1, false,
	false},
    [NODE_HANDLER] = {handler_shapes, sizeof(struct _excepthandler),
	offsetof(struct _excepthandler, lineno), 1, true, false},
    [NODE_ARGUMENTS] = {arguments_shapes, sizeof(struct _arguments), 0, 1, false, false},
    [NODE_ARGUMENT] = {argument_shapes, sizeof(struct _arg), offsetof(struct _arg, lineno), 1,
	false, false},
    [NODE_KEYWORD] = {keyword_shapes, sizeof(struct _keyword), offsetof(struct _keyword, lineno), 1,
	false, false},
    [NODE_ALIAS] = {alias_shapes, sizeof(struct _alias), offsetof(struct _alias, lineno), 1, false,
	false},
    [NODE_WITH_ITEM] = {with_item_shapes, sizeof(struct _withitem), 0, 1, false, false},
    [NODE_CASE] = {case_shapes, sizeof(struct _match_case), 0, 1, false, false},
    [NODE_PATTERN] = {pattern_shapes, sizeof(struct _pattern), offsetof(struct _pattern, lineno), 8,
	true, true},
    [NODE_TYPE_IGNORE] = {type_ignore_shapes, sizeof(struct _type_ignore), 0, 1, true, false},
};

/* clang-format on */
