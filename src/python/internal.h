/*
 * What the files of src/python share. CPython's headers come from version/version.h, the internal
 * ones for the C syntax tree among them (Include/internal/pycore_*.h).
 *
 * `py_owned PyObject *x` is a strong reference that is released by scope; a bare PyObject * is
 * borrowed. Functions here that return NULL or -1 without a `struct error **` parameter have set
 * a Python exception; python_fail() converts that at the boundary.
 */
#ifndef KILN_PYTHON_INTERNAL_H
#define KILN_PYTHON_INTERNAL_H

#include "base/error.h"
#include "base/str.h"
#include "python/layout.h"
#include "python/stretch.h"
#include "python/tree.h"
#include "python/version/version.h"

static inline void cleanup_pyobject(PyObject **object)
{
	Py_XDECREF(*object);
}
#define py_owned CLEANUP(cleanup_pyobject)

/* A parsed source. The arena holds the nodes and the objects they refer to. */
struct tree {
	PyArena *arena;
	mod_ty module;
	PyObject *recorded; /* the path for co_filename, owned */
	char *shown;	    /* the path for messages */
	struct slice bytes; /* the source, borrowed, for the text of messages; may be empty */
	struct kept *kept;  /* owned: for compiling once more; NULL if it can be done only once */
	bool compiled;
	struct str text;      /* the decoded source when `bytes` are of another encoding */
	struct layout layout; /* has lines if it was found */
};

/* Compiled code, nothing but a Python object to the outside. */
struct code {
	PyObject *object; /* a code object, owned */
};

/* Convert the current exception, which is cleared, to an error about `shown`. `bytes` is the source
 * or empty, and gives the line's text if the exception has none. SystemExit is no fault of a
 * source: CPython could not complete its start (interpreter.h). Returns -1. */
int python_fail(struct error **err, const char *shown, struct slice bytes);

/* The error for a source that is nested deeper than what CPython compiles. Returns -1. */
int python_fail_too_deep(const char *shown, struct error **err);

/* Line `number` of a source, for free(); NULL if it is empty or not UTF-8. */
char *python_line(struct slice bytes, long number);

/* Whether a string is this ASCII text. */
static inline bool python_is(PyObject *string, const char *text)
{
	return PyUnicode_CompareWithASCIIString(string, text) == 0;
}

/* Whether an object is bytes that begin with these. */
static inline bool python_starts_with(PyObject *object, struct slice start)
{
	return PyBytes_CheckExact(object) &&
	       slice_starts(
		   slice_of(PyBytes_AS_STRING(object), (size_t)PyBytes_GET_SIZE(object)), start);
}

/* The path as CPython decodes file names: UTF-8 with surrogateescape. */
PyObject *python_path(const char *path);
PyObject *python_path_of(struct slice path);

/* An empty tree; NULL with an exception. */
struct tree *python_tree_new(const char *shown, PyObject *recorded);

/*
 * Parse a source, which has a NUL behind it and none in it (flags: PyCF_*; PyCF_IGNORE_COOKIE means
 * that it is UTF-8 without a byte order mark), into an arena: the one way from a source to a tree.
 * parse/parse.h does it, CPython's parser if that gives up or the environment says so
 * (TREE_PARSER). NULL with a Python exception, and without guarding the recorded path. The layout,
 * all zero, is found unless it is NULL or CPython's parser made the tree.
 */
mod_ty python_parse(
    struct slice bytes, PyObject *recorded, int flags, PyArena *arena, struct layout *layout);

/* Whether two trees are equal as units: up to the depth that units have. */
bool python_same_trees(mod_ty a, mod_ty b);

/* Compile a tree as tree_compile() does; NULL with a Python exception, and without guarding the
 * recorded path. */
PyObject *python_compile(struct tree *tree, int optimize);

/* Instrumented code is left where it was left without timers. Any code may be given. -1 with an
 * exception without memory. */
int python_keep_raised(PyObject *object);

/* Whether a statement, the first one of a body, is the documentation. */
static inline bool python_is_docstring(stmt_ty statement)
{
	return statement->kind == Expr_kind && statement->v.Expr.value->kind == Constant_kind &&
	       PyUnicode_CheckExact(statement->v.Expr.value->v.Constant.value);
}

/* Whether a statement is `from __future__`, and how many statements of a module must stay at its
 * top: these and the documentation. */
bool python_is_future_import(stmt_ty statement);
Py_ssize_t python_leading_statements(const asdl_stmt_seq *body);

/* Insert statements behind those; and the position that they have. */
int python_insert(struct tree *tree, const asdl_stmt_seq *statements);
struct stretch python_injected_stretch(const asdl_stmt_seq *body);

/* Find the layout of the tree's source unless the parser found it; `encoding` is what tree_parse()
 * was told. */
int python_lay_out(struct tree *tree, const char *encoding, struct error **err);

/*
 * While a source is compiled, CPython would open the file of the recorded name to show the line of
 * an error. That file may be anything by now. Between the two calls such an open is refused.
 */
void python_guard_path(PyObject *recorded);
void python_unguard_path(void);

/* The same where CPython's own messages with that line are wanted: only files that are not regular,
 * which might block, are refused. */
void python_guard_kind(PyObject *recorded);

/* Read a tree that nodes_write() wrote. `shown` is copied; `recorded` gets a reference. */
struct values;
int tree_from_nodes(const char *shown, PyObject *recorded, const struct values *values,
    struct slice nodes, struct tree **ret, struct error **err);

/* Collect SyntaxWarnings while a source is processed; NULL drops them. */
void python_collect_warnings(struct notes *notes, const char *shown);

/* Warnings as CPython itself would show them: with its filters, PYTHONWARNINGS among them. Each
 * goes to the function as the arguments (message, category, file name, line, ...); what it fails
 * with is raised where the warning was. */
int python_warn_as_cpython(int (*show)(PyObject *arguments, void *context), void *context);
void python_warn_no_more(void);

/* Between the two calls modules of the standard library can be used: sys.modules has its `warnings`
 * instead of the stand-in. The second one keeps an exception. */
int python_enter_library(void);
void python_leave_library(void);

/* Append a string as UTF-8, lone surrogates as \udcNN. Clears the exception if that fails. */
void python_add_text(struct str *ret, PyObject *string);

/* traceback.format_exception_only() of a SyntaxError. */
PyObject *python_format_syntax_error(PyObject *exception);

#endif
