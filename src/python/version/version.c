#include "python/version/version.h"

/* Made by inittab.py; CPython finds the table by this name. */
extern struct _inittab _PyImport_Inittab[];

#if PY_VERSION_HEX >= 0x030d0000
static int (*complete_start)(void);

/* The only search function for codecs until the start is complete. */
static PyObject *search_codec(PyObject *self, PyObject *name)
{
	const char *encoding = PyUnicode_AsUTF8(name);
	PyObject *codec;

	(void)self;
	if (!complete_start)
		Py_RETURN_NONE;
	if (!encoding || complete_start() < 0)
		return NULL;
	codec = _PyCodec_Lookup(encoding);
	if (codec || !PyErr_ExceptionMatches(PyExc_LookupError))
		return codec;
	PyErr_Clear(); /* who looked it up fails with the name as it was written */
	Py_RETURN_NONE;
}

/* CPython 3.12 and before make the registry of codecs when it is needed; later versions do it when
 * they start, and need it for any error of a codec. Make one that knows no codecs, which takes no
 * time, instead of importing all that finds them. */
static PyStatus start_codecs(int (*complete)(void))
{
	static PyMethodDef method = {"search", search_codec, METH_O, NULL};
	PyObject *modules = PyImport_GetModuleDict();
	PyObject *standin = PyModule_New("encodings");
	PyObject *function = PyCFunction_New(&method, NULL);
	PyStatus status = PyStatus_NoMemory();

	if (standin && function && PyDict_SetItemString(modules, "encodings", standin) == 0) {
		status = _PyCodec_InitRegistry(PyInterpreterState_Get());
		if (PyDict_DelItemString(modules, "encodings") < 0 ||
		    PyCodec_Register(function) < 0)
			status = PyStatus_NoMemory();
	}
	Py_XDECREF(standin);
	Py_XDECREF(function);
	complete_start = complete;
	return status;
}
#else
static PyStatus start_codecs(int (*complete)(void))
{
	(void)complete;
	return PyStatus_Ok();
}
#endif

PyStatus version_initialize(PyConfig *config, int (*complete)(void))
{
	PyStatus status;

	/* The value that it has anyway: this makes the linker take the table from here. */
	PyImport_Inittab = _PyImport_Inittab;
	config->_init_main = 0;
	status = Py_InitializeFromConfig(config);
	if (PyStatus_Exception(status))
		return status;
	(void)PyGC_Disable(); /* the result is the former state */
	return start_codecs(complete);
}

PyStatus version_complete(PyConfig *config)
{
#if PY_VERSION_HEX >= 0x030d0000
	complete_start = NULL;
#else
	/* It may be the registry of codecs that is being made, and is needed from here on. */
	PyObject *encodings = PyImport_ImportModule("encodings");

	if (!encodings)
		return PyStatus_Error("the module 'encodings' cannot be imported");
	Py_DECREF(encodings);
#endif
	return Py_InitializeFromConfig(config);
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

#if PY_VERSION_HEX >= 0x030d0000
#define FUTURE_FEATURES _PyFutureFeatures
#else
#define FUTURE_FEATURES PyFutureFeatures
#endif

int version_check_names(mod_ty module, PyObject *recorded)
{
	struct symtable *symbols = NULL;
#if PY_VERSION_HEX >= 0x030c0000
	FUTURE_FEATURES future;

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

#if PY_VERSION_HEX >= 0x030c0000
#define TYPE_PARAMETERS(parts) (parts)->type_parameters,
#else
#define TYPE_PARAMETERS(parts)
#endif
#if PY_VERSION_HEX >= 0x030f0000
#define LAZY(is_lazy) is_lazy,
#else
#define LAZY(is_lazy)
#endif

stmt_ty version_function(const struct version_definition *parts, int line, int column, int end_line,
    int end_column, PyArena *arena)
{
	return parts->is_async
		   ? _PyAST_AsyncFunctionDef(parts->name, parts->parameters, parts->body,
			 parts->decorators, parts->returns, NULL, TYPE_PARAMETERS(parts) line,
			 column, end_line, end_column, arena)
		   : _PyAST_FunctionDef(parts->name, parts->parameters, parts->body,
			 parts->decorators, parts->returns, NULL, TYPE_PARAMETERS(parts) line,
			 column, end_line, end_column, arena);
}

stmt_ty version_class(const struct version_definition *parts, int line, int column, int end_line,
    int end_column, PyArena *arena)
{
	return _PyAST_ClassDef(parts->name, parts->bases, parts->keywords, parts->body,
	    parts->decorators, TYPE_PARAMETERS(parts) line, column, end_line, end_column, arena);
}

stmt_ty version_import(asdl_alias_seq *names, bool is_lazy, int line, int column, int end_line,
    int end_column, PyArena *arena)
{
	(void)is_lazy; /* false where there are none */
	return _PyAST_Import(names, LAZY(is_lazy) line, column, end_line, end_column, arena);
}

stmt_ty version_import_from(PyObject *module, asdl_alias_seq *names, int level, bool is_lazy,
    int line, int column, int end_line, int end_column, PyArena *arena)
{
	(void)is_lazy;
	return _PyAST_ImportFrom(
	    module, names, level, LAZY(is_lazy) line, column, end_line, end_column, arena);
}
