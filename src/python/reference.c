#include "python/internal.h"

#include <locale.h>

#include "base/file.h"
#include "base/path.h"
#include "base/tree.h"
#include "python/interpreter.h"

/* The source that the hook returns. The process compiles one source only. */
struct reference {
	const char *recorded;
	struct slice source;
	const char *cache; /* the directory that py_compile writes below */
};

/* Read bytecode of the standard library from beside its sources. CPython, told to write bytecode
 * elsewhere, also reads it there: "CACHE/usr/lib/m.pyc" stands for "/usr/lib/__pycache__/m.pyc". */
static PyObject *open_cached(PyObject *io, struct slice path)
{
	struct slice name = path_name(path);
	autostr struct str real = STR_INIT;

	str_add(&real, path.data, (size_t)(name.data - path.data));
	str_addf(&real, "__pycache__/%.*s", (int)name.len, name.data);
	return PyObject_CallMethod(io, "open", "ys", str_c(&real), "rb");
}

/* The hook of io.open_code() (PEP 578): returns the given bytes for the source, and opens any other
 * file. */
static PyObject *open_source(PyObject *path, void *context)
{
	const struct reference *reference = context;
	py_owned PyObject *io = PyImport_ImportModule("_io");
	py_owned PyObject *name = PyUnicode_EncodeFSDefault(path);
	struct slice bytes, rest;

	if (!io || !name)
		return NULL;
	bytes = slice_c(PyBytes_AS_STRING(name));
	if (slice_is(bytes, reference->recorded))
		return PyObject_CallMethod(
		    io, "BytesIO", "y#", reference->source.data, (Py_ssize_t)reference->source.len);
	if (path_below(bytes, slice_c(reference->cache), &rest))
		return open_cached(io, slice_of(rest.data - 1, rest.len + 1));
	return PyObject_CallMethod(io, "open", "Os", path, "rb");
}

static PyStatus configure(PyConfig *config, const char *recorded, int optimize, const char *cache)
{
	char *arguments[] = {(char *)KILN_PYTHON, (char *)"-I", (char *)"-m", (char *)"py_compile",
	    (char *)"--", (char *)recorded, NULL};
	wchar_t digits[64];
	bool dashes = recorded[0] == '-';
	PyStatus status;

	if (!dashes)
		arguments[4] = (char *)recorded;
	PyConfig_InitPythonConfig(config);
	config->isolated = 1;
	config->write_bytecode = 0; /* py_compile writes all the same */
	config->optimization_level = optimize;
	/* The order in frozensets depends on the hash seed, which is random unless one is set. */
	config->use_hash_seed = 1;
	config->hash_seed = 0;
	status = PyConfig_SetBytesArgv(config, dashes ? 6 : 5, arguments);
	if (!PyStatus_Exception(status))
		status = PyConfig_SetBytesString(config, &config->program_name, KILN_PYTHON);
	if (!PyStatus_Exception(status))
		status = PyConfig_SetBytesString(config, &config->pycache_prefix, cache);
	(void)swprintf(digits, 64, L"int_max_str_digits=%d", interpreter_digits()); /* fits */
	if (!PyStatus_Exception(status))
		status = PyWideStringList_Append(&config->xoptions, digits);
	if (!PyStatus_Exception(status))
		status = Py_InitializeFromConfig(config);
	return status;
}

static enum walk_answer find_file(void *context, const struct walk_entry *entry, struct error **err)
{
	struct str *path = context;

	(void)err; /* the checks before have passed */
	if (S_ISREG(entry->stat.st_mode) && !path->len)
		str_add_slice(path, entry->path);
	return WALK_GO;
}

static enum walk_answer give_up(
    void *context, struct slice path, struct error *problem, struct error **err)
{
	(void)context;
	(void)path;
	(void)fail_with(err, problem);
	return WALK_STOP;
}

/* Append the code, without the header, of the one file below `cache`. */
static int take_result(const char *cache, struct str *output, struct error **err)
{
	autostr struct str name = STR_INIT;
	autostr struct str path = STR_INIT;
	autostr struct str file = STR_INIT;
	struct walk_visitor visitor = {find_file, give_up, &name};

	if (tree_walk(place_at(cache), &visitor, err) < 0)
		return -1;
	str_addf(&path, "%s/%s", cache, str_c(&name));
	if (!name.len || file_read(str_c(&path), FILE_READ_LIMIT, &file, NULL, err) < 0)
		return name.len ? -1 : fail(err, ERROR_SYSTEM, "py_compile wrote nothing");
	if (file.len < 16)
		return fail(err, ERROR_SYSTEM, "py_compile wrote only %zu bytes", file.len);
	str_add(output, file.data + 16, file.len - 16);
	return 0;
}

static int run(const char *recorded, int optimize, const char *cache, struct error **err)
{
	PyConfig config;
	PyStatus status = configure(&config, recorded, optimize, cache);
	int result;

	PyConfig_Clear(&config);
	if (PyStatus_Exception(status))
		return fail(err, ERROR_SYSTEM, "cannot start CPython %s: %s", PY_VERSION,
		    status.err_msg ? status.err_msg : "no reason given");
	result = Py_RunMain();
	return result ? fail(err, ERROR_SYSTEM, "py_compile ended with status %d", result) : 0;
}

int interpreter_check_reference(struct error **err)
{
	static const char library[] = KILN_PYTHON_STDLIB "/py_compile.py";

	if (access(library, R_OK) < 0)
		return fail_errno(err, errno,
		    "CPython's own bytes need its standard library: cannot read '%s'", library);
	return 0;
}

int interpreter_reference(const char *recorded, struct slice source, int optimize,
    const char *scratch, struct str *output, struct error **err)
{
	autofree char *cache = xasprintf("%s/XXXXXX", scratch);
	struct reference reference = {recorded, source, cache};

	if (!mkdtemp(cache))
		return fail_errno(err, errno, "cannot create directory '%s'", cache);
	/* Checked by hash, py_compile does not read the file's time; the code is the same. */
	if (setenv("SOURCE_DATE_EPOCH", "0", 1) < 0 || !setlocale(LC_ALL, "C.UTF-8"))
		return fail_errno(err, errno, "cannot set up the environment");
	if (PyFile_SetOpenCodeHook(open_source, &reference) < 0)
		return fail(err, ERROR_INTERNAL, "CPython refused the hook that opens sources");
	if (run(recorded, optimize, cache, err) < 0 || take_result(cache, output, err) < 0)
		return -1;
	return tree_remove(place_at(cache), err);
}
