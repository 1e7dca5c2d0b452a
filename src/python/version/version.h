/*
 * What differs between the versions of CPython that kiln can embed: 3.11 to 3.15.
 *
 * Only this folder has an #if about the version, or a script whose result depends on the version.
 * The rest of src/python calls these functions, and the functions of CPython that all versions
 * have. The scripts run in the interpreter that is embedded, when kiln is built:
 *
 *	facts.py	where its library and headers are
 *	schema.py	tables of its syntax tree's nodes (python/schema.h)
 *	freeze.py	the modules that its start and sources need
 *	library.py	how modules of its library behave (python/library.h)
 *	carried.py	the runtime of instrumented modules (python/carried.h)
 *	inittab.py	the builtin modules that the program has
 *
 * This header includes CPython's. A function that returns NULL or -1 has set a Python exception.
 */
#ifndef KILN_PYTHON_VERSION_VERSION_H
#define KILN_PYTHON_VERSION_VERSION_H

#define Py_BUILD_CORE 1
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <pycore_ast.h>
#include <pycore_code.h>
#include <pycore_compile.h>
#include <pycore_interp.h>
#include <pycore_long.h>
#include <pycore_parser.h>
#include <pycore_pyarena.h>
#include <pycore_pymem.h>
#include <pycore_symtable.h>
#if PY_VERSION_HEX >= 0x030c0000
#include <pycore_obmalloc.h>
#include <pycore_pyhash.h>
#endif
#if PY_VERSION_HEX >= 0x030d0000
#include <pycore_codecs.h>
#include <pycore_object_alloc.h>
#include <pycore_setobject.h>
#endif

#include <stdbool.h>
#include <stddef.h>

/* The deepest tree that is copied or stored: a bit deeper than what CPython's compiler accepts.
 * That is 3000 for 3.11, Py_C_RECURSION_LIMIT for 3.12 and 3.13, and what fits into the stack
 * later: 30,000 to 50,000 in 8 MiB. */
#if PY_VERSION_HEX >= 0x030e0000
#define VERSION_DEPTH_LIMIT 64000
#elif defined(Py_C_RECURSION_LIMIT)
#define VERSION_DEPTH_LIMIT (Py_C_RECURSION_LIMIT + 500)
#else
#define VERSION_DEPTH_LIMIT 3500
#endif

/* Whether the code for a module's annotations has the position of the module's first statement. */
#define VERSION_FIRST_PLACES_ANNOTATIONS (PY_VERSION_HEX >= 0x030e0000)

/* Whether an annotation in a block of a module or class is another thing than one outside (PEP
 * 649). */
#define VERSION_CONDITIONAL_ANNOTATIONS (PY_VERSION_HEX >= 0x030e0000)

/* Whether a comprehension but a generator is no function of its own. */
#define VERSION_INLINES_COMPREHENSIONS (PY_VERSION_HEX >= 0x030c0000)

/* Whether what follows a comparison in a condition has the position of the comparison. */
#define VERSION_COMPARISONS_MOVE (PY_VERSION_HEX < 0x030c0000)

/* Start the interpreter with this configuration as far as parsing and compiling need it: without a
 * module of the library, streams and codecs. The garbage collector is off. `complete` will be
 * called when a codec is needed: it does the rest, which version_complete() is for. */
PyStatus version_initialize(PyConfig *config, int (*complete)(void));

/* Do the rest of the start, once, with the same configuration. */
PyStatus version_complete(PyConfig *config);

/* The number of blocks that Python's allocator has handed out. */
static inline Py_ssize_t version_blocks(void)
{
#if PY_VERSION_HEX >= 0x030c0000
	return _Py_GetGlobalAllocatedBlocks();
#else
	return _Py_GetAllocatedBlocks();
#endif
}

/* The limit of a decimal number's digits (sys.set_int_max_str_digits()). */
static inline int *version_digits_limit(void)
{
#if PY_VERSION_HEX >= 0x030c0000
	return &PyInterpreterState_Get()->long_state.max_str_digits;
#else
	return &PyInterpreterState_Get()->int_max_str_digits;
#endif
}

/* Take the current exception, normalized: a new reference, or NULL if there is none. */
PyObject *version_take_exception(void);

/* Parse a source into an arena; compile a module. */
mod_ty version_parse(
    const char *source, PyObject *recorded, PyCompilerFlags *flags, PyArena *arena);
PyObject *version_compile(
    mod_ty module, PyObject *recorded, PyCompilerFlags *flags, int optimize, PyArena *arena);

/* Raise what compile() raises for a source with a null byte. */
void version_refuse_null(void);

/* Whether CPython's symbol table accepts the names of a module; else -1. */
int version_check_names(mod_ty module, PyObject *recorded);

/* The bytes of a code object that was never run, as co_code; they live as long as it. */
int version_code_bytes(PyCodeObject *code, const void **ret, Py_ssize_t *ret_len);

/* The digits of an integer, the lowest one first, and whether it is negative. */
static inline const digit *version_digits(PyObject *integer, size_t *ret_count, bool *ret_negative)
{
	const PyLongObject *number = (const PyLongObject *)integer;

#if PY_VERSION_HEX >= 0x030c0000
	*ret_count = (size_t)_PyLong_DigitCount(number);
	*ret_negative = _PyLong_IsNegative(number);
	return number->long_value.ob_digit;
#else
	*ret_count = (size_t)Py_ABS(Py_SIZE(integer));
	*ret_negative = Py_SIZE(integer) < 0;
	return number->ob_digit;
#endif
}

/* The bits of an integer's absolute value. */
static inline size_t version_bit_count(PyObject *integer)
{
	return (size_t)_PyLong_NumBits(integer);
}

/* Write an integer in two's complement, little-endian, to `len` bytes, which hold it. */
static inline int version_int_bytes(PyObject *integer, unsigned char *bytes, size_t len)
{
	PyLongObject *number = (PyLongObject *)integer;

#if PY_VERSION_HEX >= 0x030d0000
	return _PyLong_AsByteArray(number, bytes, len, 1, 1, 1);
#else
	return _PyLong_AsByteArray(number, bytes, len, 1, 1);
#endif
}

/*
 * What Python 3.11 does not have in its language: type parameters and aliases (PEP 695, 3.12; their
 * defaults: PEP 696, 3.13) and lazy imports (PEP 810, 3.15).
 */

enum version_type_parameter_kind {
	VERSION_TYPE_VAR,
	VERSION_TYPE_VAR_TUPLE, /* *Ts */
	VERSION_PARAM_SPEC,	/* **P */
};

struct version_type_parameter {
	enum version_type_parameter_kind kind;
	PyObject *name;
	expr_ty bound; /* or NULL */
	expr_ty given; /* the default, or NULL */
	int lineno, col_offset, end_lineno, end_col_offset;
};

/* The type parameter at an index, from 0, of a function, class or type alias; false if it has no
 * more. */
bool version_type_parameter(stmt_ty statement, Py_ssize_t at, struct version_type_parameter *ret);

/* Whether a statement is `type NAME = VALUE`, and if so, its parts. */
bool version_type_alias(stmt_ty statement, expr_ty *ret_name, expr_ty *ret_value);

/* Whether an import statement, of either kind, is a lazy one. */
bool version_is_lazy(stmt_ty statement);

/* If a constant is a slice, which is one since CPython 3.14: its three parts, borrowed. */
bool version_slice(PyObject *constant, PyObject *ret_parts[3]);

/*
 * Making nodes that have further parts in later versions. Parts that a version does not have are
 * NULL.
 */

/* A function or class. */
struct version_definition {
	PyObject *name;
	bool is_async;
	void *type_parameters; /* asdl_type_param_seq */
	arguments_ty parameters;
	expr_ty returns;
	asdl_expr_seq *bases, *decorators;
	asdl_keyword_seq *keywords;
	asdl_stmt_seq *body;
};

stmt_ty version_function(const struct version_definition *parts, int line, int column, int end_line,
    int end_column, PyArena *arena);
stmt_ty version_class(const struct version_definition *parts, int line, int column, int end_line,
    int end_column, PyArena *arena);

/* An import statement; lazy ones (PEP 810) are for CPython 3.15 and later. */
#define VERSION_LAZY_IMPORTS (PY_VERSION_HEX >= 0x030f0000)
stmt_ty version_import(asdl_alias_seq *names, bool is_lazy, int line, int column, int end_line,
    int end_column, PyArena *arena);
stmt_ty version_import_from(PyObject *module, asdl_alias_seq *names, int level, bool is_lazy,
    int line, int column, int end_line, int end_column, PyArena *arena);

/* A type parameter, for CPython 3.12 and later. */
#define VERSION_TYPE_PARAMETERS (PY_VERSION_HEX >= 0x030c0000)
#define VERSION_TYPE_PARAMETER_DEFAULTS (PY_VERSION_HEX >= 0x030d0000)
void *version_new_type_parameter(const struct version_type_parameter *parts, PyArena *arena);

/* Whether fields of strings are tokens (PEP 701), and strings can be templates (PEP 750). */
#define VERSION_FIELDS_ARE_TOKENS (PY_VERSION_HEX >= 0x030c0000)
/* Whether nothing follows a field that ends a format: releases of 3.12 have an empty text there. */
#define VERSION_FIELDS_END_FORMATS (PY_VERSION_HEX >= 0x030d0000)
#define VERSION_TEMPLATES (PY_VERSION_HEX >= 0x030e0000)

/* Whether several types of `except` need no parentheses (PEP 758). */
#define VERSION_EXCEPT_WITHOUT_PARENTHESES (PY_VERSION_HEX >= 0x030e0000)

#endif
