#include "python/version/version.h"

/* Made by inittab.py; CPython finds the table by this name. */
extern struct _inittab _PyImport_Inittab[];

PyStatus version_initialize(PyConfig *config)
{
	PyStatus status;

	/* The value that it has anyway: this makes the linker take the table from here. */
	PyImport_Inittab = _PyImport_Inittab;
#if PY_VERSION_HEX < 0x030e0000
	/* Start in two steps, with the collector off in the second, where it would find nothing to
	 * free. CPython 3.14 starts in one. */
	config->_init_main = 0;
#endif
	status = Py_InitializeFromConfig(config);
	if (PyStatus_Exception(status))
		return status;
	(void)PyGC_Disable(); /* the result is the former state */
#if PY_VERSION_HEX < 0x030e0000
	status = _Py_InitializeMain();
#endif
	return status;
}

PyObject *version_take_exception(void)
{
#if PY_VERSION_HEX >= 0x030c0000
	return PyErr_GetRaisedException();
#else
	PyObject *type, *value, *traceback;

	PyErr_Fetch(&type, &value, &traceback);
	if (!type)
		return NULL;
	PyErr_NormalizeException(&type, &value, &traceback);
	Py_XDECREF(traceback);
	Py_XDECREF(type);
	return value;
#endif
}

mod_ty version_parse(const char *source, PyObject *recorded, PyCompilerFlags *flags, PyArena *arena)
{
#if PY_VERSION_HEX >= 0x030f0000
	return _PyParser_ASTFromString(source, recorded, Py_file_input, flags, arena, NULL);
#else
	return _PyParser_ASTFromString(source, recorded, Py_file_input, flags, arena);
#endif
}

PyObject *version_compile(
    mod_ty module, PyObject *recorded, PyCompilerFlags *flags, int optimize, PyArena *arena)
{
#if PY_VERSION_HEX >= 0x030f0000
	return (PyObject *)_PyAST_Compile(module, recorded, flags, optimize, arena, NULL);
#else
	return (PyObject *)_PyAST_Compile(module, recorded, flags, optimize, arena);
#endif
}

void version_refuse_null(void)
{
#if PY_VERSION_HEX >= 0x030c0000
	PyObject *type = PyExc_SyntaxError;
#else
	PyObject *type = PyExc_ValueError;
#endif

	PyErr_SetString(type, "source code string cannot contain null bytes");
}

int version_check_names(mod_ty module, PyObject *recorded)
{
	struct symtable *symbols = NULL;
#if PY_VERSION_HEX >= 0x030c0000
	_PyFutureFeatures future;

	if (_PyFuture_FromAST(module, recorded, &future))
		symbols = _PySymtable_Build(module, recorded, &future);
#else
	PyFutureFeatures *future = _PyFuture_FromAST(module, recorded);

	if (future)
		symbols = _PySymtable_Build(module, recorded, future);
	PyObject_Free(future);
#endif
	if (!symbols)
		return -1;
	_PySymtable_Free(symbols);
	return 0;
}

int version_code_bytes(PyCodeObject *code, const void **ret, Py_ssize_t *ret_len)
{
#if PY_VERSION_HEX >= 0x030c0000
	/* The raw instructions have the contents of caches. The code object keeps what is made. */
	PyObject *bytes = PyCode_GetCode(code);

	if (!bytes)
		return -1;
	*ret = PyBytes_AS_STRING(bytes);
	*ret_len = PyBytes_GET_SIZE(bytes);
	Py_DECREF(bytes);
#else
	*ret = _PyCode_CODE(code);
	*ret_len = _PyCode_NBYTES(code);
#endif
	return 0;
}

#if PY_VERSION_HEX >= 0x030c0000
static const asdl_type_param_seq *type_parameters_of(stmt_ty statement)
{
	switch (statement->kind) {
	case FunctionDef_kind:
		return statement->v.FunctionDef.type_params;
	case AsyncFunctionDef_kind:
		return statement->v.AsyncFunctionDef.type_params;
	case ClassDef_kind:
		return statement->v.ClassDef.type_params;
	case TypeAlias_kind:
		return statement->v.TypeAlias.type_params;
	default:
		return NULL;
	}
}

#if PY_VERSION_HEX >= 0x030d0000
#define GIVEN(parameter, kind) ((parameter)->v.kind.default_value)
#else
#define GIVEN(parameter, kind) NULL
#endif

bool version_type_parameter(stmt_ty statement, Py_ssize_t at, struct version_type_parameter *ret)
{
	const asdl_type_param_seq *all = type_parameters_of(statement);
	type_param_ty one;

	if (at >= asdl_seq_LEN(all))
		return false;
	one = asdl_seq_GET(all, at);
	*ret = (struct version_type_parameter){
	    .lineno = one->lineno,
	    .col_offset = one->col_offset,
	    .end_lineno = one->end_lineno,
	    .end_col_offset = one->end_col_offset,
	};
	switch (one->kind) {
	case TypeVar_kind:
		ret->kind = VERSION_TYPE_VAR;
		ret->name = one->v.TypeVar.name;
		ret->bound = one->v.TypeVar.bound;
		ret->given = GIVEN(one, TypeVar);
		break;
	case TypeVarTuple_kind:
		ret->kind = VERSION_TYPE_VAR_TUPLE;
		ret->name = one->v.TypeVarTuple.name;
		ret->given = GIVEN(one, TypeVarTuple);
		break;
	case ParamSpec_kind:
		ret->kind = VERSION_PARAM_SPEC;
		ret->name = one->v.ParamSpec.name;
		ret->given = GIVEN(one, ParamSpec);
		break;
	}
	return true;
}

bool version_type_alias(stmt_ty statement, expr_ty *ret_name, expr_ty *ret_value)
{
	if (statement->kind != TypeAlias_kind)
		return false;
	*ret_name = statement->v.TypeAlias.name;
	*ret_value = statement->v.TypeAlias.value;
	return true;
}
#else
bool version_type_parameter(stmt_ty statement, Py_ssize_t at, struct version_type_parameter *ret)
{
	(void)statement;
	(void)at;
	(void)ret;
	return false;
}

bool version_type_alias(stmt_ty statement, expr_ty *ret_name, expr_ty *ret_value)
{
	(void)statement;
	(void)ret_name;
	(void)ret_value;
	return false;
}
#endif

bool version_is_lazy(stmt_ty statement)
{
#if PY_VERSION_HEX >= 0x030f0000
	if (statement->kind == Import_kind)
		return statement->v.Import.is_lazy;
	return statement->kind == ImportFrom_kind && statement->v.ImportFrom.is_lazy;
#else
	(void)statement;
	return false;
#endif
}

bool version_slice(PyObject *constant, PyObject *ret_parts[3])
{
#if PY_VERSION_HEX >= 0x030e0000
	const PySliceObject *slice = (const PySliceObject *)constant;

	if (PySlice_Check(constant)) {
		ret_parts[0] = slice->start;
		ret_parts[1] = slice->stop;
		ret_parts[2] = slice->step;
		return true;
	}
#else
	(void)constant;
	(void)ret_parts;
#endif
	return false;
}
