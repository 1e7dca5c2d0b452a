#include "python/internal.h"

#include "python/keep.h"
#include "python/nodes.h"
#include "python/source.h"
#include "python/values.h"

struct tree *python_tree_new(const char *shown, PyObject *recorded)
{
	struct tree *tree = xcalloc(1, sizeof(*tree));

	tree->shown = xstrdup(shown);
	tree->arena = _PyArena_New();
	tree->recorded = Py_NewRef(recorded);
	if (tree->arena)
		return tree;
	tree_free(tree);
	return NULL;
}

void tree_free(struct tree *tree)
{
	if (!tree)
		return;
	kept_free(tree->kept);
	if (tree->arena)
		_PyArena_Free(tree->arena);
	Py_XDECREF(tree->recorded);
	str_release(&tree->text);
	layout_release(&tree->layout);
	free(tree->shown);
	free(tree);
}

void code_free(struct code *code)
{
	if (!code)
		return;
	Py_XDECREF(code->object);
	free(code);
}

static int parse_into(struct tree *tree, int flags, struct layout *layout, struct notes *notes)
{
	python_collect_warnings(notes, tree->shown);
	python_guard_path(tree->recorded);
	tree->module = python_parse(tree->bytes, tree->recorded, flags, tree->arena, layout);
	python_unguard_path();
	python_collect_warnings(NULL, NULL);
	return tree->module ? 0 : -1;
}

int tree_parse(
    const struct tree_source *source, struct notes *notes, struct tree **ret, struct error **err)
{
	autotree struct tree *tree = NULL;
	py_owned PyObject *recorded = NULL;
	int flags = PyCF_SOURCE_IS_UTF8;

	recorded = python_path(source->recorded);
	tree = recorded ? python_tree_new(source->shown, recorded) : NULL;
	if (!tree)
		return python_fail(err, source->shown, SLICE_LITERAL(""));
	tree->bytes = source->bytes;
	if (source->encoding) {
		if (source_decode(
			source->bytes, source->encoding, source->shown, &tree->text, err) < 0)
			return -1;
		tree->bytes = slice_of(str_c(&tree->text), tree->text.len);
		flags |= PyCF_IGNORE_COOKIE;
	}
	if (memchr(tree->bytes.data, '\0', tree->bytes.len)) {
		version_refuse_null();
		return python_fail(err, source->shown, SLICE_LITERAL(""));
	}
	/* Without a cookie CPython counts columns in bytes unless told that the text is UTF-8. */
	if (!source_may_have_cookie(tree->bytes) && slice_is_utf8(tree->bytes))
		flags |= PyCF_IGNORE_COOKIE;
	if (parse_into(tree, flags, source->is_laid_out ? &tree->layout : NULL, notes) < 0)
		return python_fail(err, source->shown, tree->bytes);
	tree->layout.plain = tree->layout.plain && !source->encoding;
	*ret = steal(&tree);
	return 0;
}

int tree_from_nodes(const char *shown, PyObject *recorded, const struct values *values,
    struct slice nodes, struct tree **ret, struct error **err)
{
	autotree struct tree *tree = python_tree_new(shown, recorded);

	if (!tree)
		return python_fail(err, shown, SLICE_LITERAL(""));
	if (nodes_read(nodes, values, shown, tree->arena, &tree->module, err) < 0)
		return -1;
	*ret = steal(&tree);
	return 0;
}

int python_lay_out(struct tree *tree, const char *encoding, struct error **err)
{
	struct layout *layout = &tree->layout;

	if (layout->marks[LAYOUT_LINE].count)
		return 0;
	layout->plain = !encoding && source_is_text(tree->bytes);
	/* tree_parse() decoded the text if there is an encoding. */
	if (!layout->plain && !encoding &&
	    source_decode(tree->bytes, NULL, tree->shown, &layout->decoded, err) < 0)
		return -1;
	layout->text = layout->plain || encoding ? tree->bytes : str_slice(&layout->decoded);
	layout_find(layout);
	return 0;
}

int tree_keep(struct tree *tree, struct error **err)
{
	struct kept *kept;

	if (tree->kept)
		return 0;
	kept = xcalloc(1, sizeof(*kept));
	if (kept_fill(kept, tree->module, tree->shown, err) < 0) {
		kept_free(kept);
		return -1;
	}
	tree->kept = kept;
	return 0;
}

bool tree_is_alike(const struct tree *tree, int a, int b)
{
	int low = a < b ? a : b, high = a < b ? b : a;

	return tree->kept && !(tree->kept->has_assertions && low < 1 && high >= 1) &&
	       !(tree->kept->has_documents && low < 2 && high >= 2);
}

bool python_is_future_import(stmt_ty statement)
{
	return statement->kind == ImportFrom_kind && statement->v.ImportFrom.module &&
	       python_is(statement->v.ImportFrom.module, "__future__");
}

Py_ssize_t python_leading_statements(const asdl_stmt_seq *body)
{
	Py_ssize_t count = asdl_seq_LEN(body), at = 0;

	if (count && python_is_docstring(asdl_seq_GET(body, 0)))
		at++;
	while (at < count && python_is_future_import(asdl_seq_GET(body, at)))
		at++;
	return at;
}

static stmt_ty make_assignment(
    PyArena *arena, const struct constant *constant, const struct stretch *at)
{
	PyObject *name = PyUnicode_InternFromString(constant->name);
	PyObject *value = NULL;
	asdl_expr_seq *targets = NULL;
	expr_ty target, text;

	if (!name || _PyArena_AddPyObject(arena, name) < 0)
		return NULL;
	value = PyUnicode_DecodeUTF8(
	    constant->value, (Py_ssize_t)strlen(constant->value), "surrogateescape");
	if (!value || _PyArena_AddPyObject(arena, value) < 0)
		return NULL;
	target = _PyAST_Name(
	    name, Store, at->line, at->column, at->end_line, at->end_column, arena);
	text = _PyAST_Constant(
	    value, NULL, at->line, at->column, at->end_line, at->end_column, arena);
	targets = _Py_asdl_expr_seq_new(1, arena);
	if (!target || !text || !targets)
		return NULL;
	asdl_seq_SET(targets, 0, target);
	return _PyAST_Assign(
	    targets, text, NULL, at->line, at->column, at->end_line, at->end_column, arena);
}

/* The end of what is before the injected statements. If they are the first, they can have the
 * position of the statement that was. */
struct stretch python_injected_stretch(const asdl_stmt_seq *body)
{
	Py_ssize_t before = python_leading_statements(body);
	stmt_ty last = before ? asdl_seq_GET(body, before - 1) : NULL;
	stmt_ty first = !before && asdl_seq_LEN(body) ? asdl_seq_GET(body, 0) : NULL;

	if (last)
		return (struct stretch){
		    last->end_lineno, last->end_col_offset, last->end_lineno, last->end_col_offset};
	if (first && VERSION_FIRST_PLACES_ANNOTATIONS)
		return STRETCH(first);
	return (struct stretch){1, 0, 1, 0};
}

int python_insert(struct tree *tree, const asdl_stmt_seq *statements)
{
	const asdl_stmt_seq *body = tree->module->v.Module.body;
	Py_ssize_t before = python_leading_statements(body), more = asdl_seq_LEN(statements);
	Py_ssize_t count = asdl_seq_LEN(body) + more;
	asdl_stmt_seq *result = _Py_asdl_stmt_seq_new(count, tree->arena);

	if (!result)
		return -1;
	for (Py_ssize_t i = 0; i < count; i++) {
		stmt_ty statement = i < before		? asdl_seq_GET(body, i)
				    : i < before + more ? asdl_seq_GET(statements, i - before)
							: asdl_seq_GET(body, i - more);

		asdl_seq_SET(result, i, statement);
	}
	tree->module->v.Module.body = result;
	return 0;
}

static int insert_constants(struct tree *tree, const struct constant *constants, size_t count)
{
	asdl_stmt_seq *statements = _Py_asdl_stmt_seq_new((Py_ssize_t)count, tree->arena);
	struct stretch at = python_injected_stretch(tree->module->v.Module.body);

	for (size_t i = 0; statements && i < count; i++) {
		stmt_ty assignment = make_assignment(tree->arena, &constants[i], &at);

		if (!assignment)
			return -1;
		asdl_seq_SET(statements, (Py_ssize_t)i, assignment);
	}
	return statements ? python_insert(tree, statements) : -1;
}

struct statements {
	stmt_ty *at;
	size_t count;
};

static void statements_release(struct statements *statements)
{
	free(statements->at);
}

/* Constants to inject. */
struct constants {
	const struct constant *at;
	size_t count;
};

static bool is_injected(PyObject *name, const struct constants *constants)
{
	for (size_t i = 0; i < constants->count; i++) {
		if (python_is(name, constants->at[i].name))
			return true;
	}
	return false;
}

static void find_global(
    stmt_ty statement, const struct constants *constants, struct statements *ret)
{
	asdl_identifier_seq *names = statement->v.Global.names;

	for (Py_ssize_t i = 0; i < asdl_seq_LEN(names); i++) {
		if (!is_injected(asdl_seq_GET(names, i), constants))
			continue;
		ret->at = xreallocarray(ret->at, ret->count + 1, sizeof(*ret->at));
		ret->at[ret->count++] = statement;
		return;
	}
}

static void find_globals(
    asdl_stmt_seq *body, const struct constants *constants, struct statements *ret);

static void find_in_handlers(
    asdl_excepthandler_seq *handlers, const struct constants *constants, struct statements *ret)
{
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(handlers); i++)
		find_globals(asdl_seq_GET(handlers, i)->v.ExceptHandler.body, constants, ret);
}

/* Search a statement of the module's own scope. */
static void find_in_statement(
    stmt_ty statement, const struct constants *constants, struct statements *ret)
{
	switch (statement->kind) {
	case Global_kind:
		find_global(statement, constants, ret);
		break;
	case If_kind:
		find_globals(statement->v.If.body, constants, ret);
		find_globals(statement->v.If.orelse, constants, ret);
		break;
	case For_kind:
	case AsyncFor_kind: /* both kinds have the same members */
		find_globals(statement->v.For.body, constants, ret);
		find_globals(statement->v.For.orelse, constants, ret);
		break;
	case While_kind:
		find_globals(statement->v.While.body, constants, ret);
		find_globals(statement->v.While.orelse, constants, ret);
		break;
	case With_kind:
	case AsyncWith_kind:
		find_globals(statement->v.With.body, constants, ret);
		break;
	case Try_kind:
	case TryStar_kind:
		find_globals(statement->v.Try.body, constants, ret);
		find_in_handlers(statement->v.Try.handlers, constants, ret);
		find_globals(statement->v.Try.orelse, constants, ret);
		find_globals(statement->v.Try.finalbody, constants, ret);
		break;
	case Match_kind:
		for (Py_ssize_t i = 0; i < asdl_seq_LEN(statement->v.Match.cases); i++)
			find_globals(
			    asdl_seq_GET(statement->v.Match.cases, i)->body, constants, ret);
		break;
	default:
		break;
	}
}

static void find_globals(
    asdl_stmt_seq *body, const struct constants *constants, struct statements *ret)
{
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(body); i++)
		find_in_statement(asdl_seq_GET(body, i), constants, ret);
}

/* Remove the constants' names from a `global` statement of the module, where the statement has no
 * effect: after an assignment to a name it would be an error. */
static void release_names(stmt_ty statement, const struct constants *constants)
{
	asdl_identifier_seq *names = statement->v.Global.names;
	Py_ssize_t kept = 0;

	for (Py_ssize_t i = 0; i < asdl_seq_LEN(names); i++) {
		if (!is_injected(asdl_seq_GET(names, i), constants))
			asdl_seq_SET(names, kept++, asdl_seq_GET(names, i));
	}
	names->size = kept;
	if (!kept)
		statement->kind = Pass_kind;
}

/* How many characters the first `len` bytes of a text have. */
static long count_characters(const char *text, long len)
{
	long count = 0;

	for (long i = 0; i < len && text[i]; i++)
		count += (text[i] & 0xc0) != 0x80;
	return count;
}

/* CPython's compiler counts columns in bytes of UTF-8. */
static int fail_compile(const struct tree *tree, struct error **err)
{
	autostr struct str text = STR_INIT;
	autoerror struct error *error = NULL;

	(void)python_fail(&error, tree->shown, tree->bytes);
	if (error->line > 0 && tree->bytes.len && !tree->text.len) {
		/* Show the line as text, not as bytes of the source's encoding, which is known to
		 * decode. */
		(void)source_decode(tree->bytes, NULL, tree->shown, &text, NULL);
		free(error->text);
		error->text = python_line(str_slice(&text), error->line);
	}
	if (error->text && error->column > 0)
		error->column = count_characters(error->text, error->column - 1) + 1;
	if (error->text && error->end_column > 0 && error->end_line == error->line)
		error->end_column = count_characters(error->text, error->end_column - 1) + 1;
	return fail_with(err, steal(&error));
}

/* Check that CPython accepts the module's names as they are, before constants are injected. */
static int check_names(struct tree *tree, struct error **err)
{
	int result;

	python_guard_path(tree->recorded);
	result = version_check_names(tree->module, tree->recorded);
	python_unguard_path();
	return result < 0 ? fail_compile(tree, err) : 0;
}

/* In a module, `global` is an error after a use of its names, and the injected assignments are such
 * uses. */
static int release_globals(struct tree *tree, const struct constants *constants, struct error **err)
{
	CLEANUP(statements_release) struct statements found = {0};

	find_globals(tree->module->v.Module.body, constants, &found);
	if (found.count && check_names(tree, err) < 0)
		return -1;
	for (size_t i = 0; i < found.count; i++)
		release_names(found.at[i], constants);
	return 0;
}

int tree_inject(
    struct tree *tree, const struct constant *constants, size_t count, struct error **err)
{
	const struct constants injected = {constants, count};

	if (release_globals(tree, &injected, err) < 0)
		return -1;
	if (insert_constants(tree, constants, count) < 0)
		return python_fail(err, tree->shown, tree->bytes);
	return 0;
}

PyObject *python_compile(struct tree *tree, int optimize)
{
	PyCompilerFlags flags = {PyCF_SOURCE_IS_UTF8, PY_MINOR_VERSION};

	if (tree->compiled)
		kept_restore(tree->kept);
	tree->compiled = true;
	return version_compile(tree->module, tree->recorded, &flags, optimize, tree->arena);
}

int tree_compile(
    struct tree *tree, int optimize, struct notes *notes, struct code **ret, struct error **err)
{
	PyObject *object;

	python_collect_warnings(notes, tree->shown);
	python_guard_path(tree->recorded);
	object = python_compile(tree, optimize);
	python_unguard_path();
	python_collect_warnings(NULL, NULL);
	if (!object || python_keep_raised(object) < 0) {
		Py_XDECREF(object);
		return fail_compile(tree, err);
	}
	*ret = xmalloc(sizeof(**ret));
	(*ret)->object = object;
	return 0;
}
