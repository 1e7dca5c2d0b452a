#include "python/py_compile.h"

#include "python/internal.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"
#include "base/tree.h"
#include "python/bytecode.h"
#include "python/interpreter.h"
#include "python/source.h"
#include "python/warning.h"

/* What a level gave, if another one may give the same. */
struct made {
	bool is_there;
	int level;
	struct str code;    /* marshalled */
	struct str printed; /* with the parser's warnings */
};

struct py_source {
	char *file;
	char *dfile; /* the name to record and to print */
	bool loaded;
	struct str bytes;
	struct stat stat;
	struct tree *tree;  /* NULL before parsing, and once the compiler has consumed it */
	struct str printed; /* the parser's warnings */
	struct made made;
	const struct py_store *store; /* or NULL */
};

void py_outcome_release(struct py_outcome *outcome)
{
	free(outcome->path);
	free(outcome->type);
	str_release(&outcome->text);
	str_release(&outcome->printed);
	*outcome = (struct py_outcome){0};
}

/* Store the current Python exception in the outcome, and clear it. */
static void raise_current(struct py_outcome *ret, enum py_raised raised)
{
	py_owned PyObject *value = version_take_exception();
	py_owned PyObject *text = NULL;

	ret->raised = raised;
	ret->type = xstrdup(value ? Py_TYPE(value)->tp_name : "SystemError");
	text = value ? PyObject_Str(value) : NULL;
	python_add_text(&ret->text, text);
}

/* Store an error of this program in the outcome. */
static void raise_error(struct py_outcome *ret, struct error *problem)
{
	autoerror struct error *error = problem;

	ret->raised = PY_RAISED_OTHER;
	ret->type = xstrdup("SystemError");
	str_adds(&ret->text, error->message);
}

void py_outcome_oserror(struct py_outcome *ret, int number, const char *path, const char *other)
{
	py_owned PyObject *first = path ? python_path(path) : NULL;
	py_owned PyObject *second = other ? python_path(other) : NULL;

	ret->number = number;
	errno = number;
	/* Always NULL. Without a name the message has no name. */
	(void)PyErr_SetFromErrnoWithFilenameObjects(PyExc_OSError, first, second);
	raise_current(ret, PY_RAISED_OS);
}

/* Refuse a target that importing would replace by a regular file. */
static int check_target(const char *path, struct py_outcome *ret)
{
	const char *format = NULL;
	py_owned PyObject *name = NULL;
	struct stat found;

	if (lstat(path, &found) < 0 || S_ISREG(found.st_mode))
		return 0;
	if (S_ISLNK(found.st_mode))
		format = "%U is a symlink and will be changed into a regular file if import "
			 "writes a byte-compiled file to it";
	else
		format = "%U is a non-regular file and will be changed into a regular one if "
			 "import writes a byte-compiled file to it";
	name = python_path(path);
	if (name)
		PyErr_Format(PyExc_FileExistsError, format, name);
	raise_current(ret, PY_RAISED_OS);
	return -1;
}

static int load(struct py_source *source, struct py_outcome *ret)
{
	autoerror struct error *error = NULL;
	int number;

	if (source->loaded)
		return 0;
	if (file_read(source->file, FILE_READ_LIMIT, &source->bytes, &source->stat, &error) == 0) {
		source->loaded = true;
		return 0;
	}
	number = error->number;
	if (!number) {
		bool directory = stat(source->file, &source->stat) == 0 &&
				 S_ISDIR(source->stat.st_mode);

		number = directory ? EISDIR : EINVAL;
		/* CPython checks permission first. */
		if (access(source->file, R_OK) < 0)
			number = errno;
	}
	py_outcome_oserror(ret, number, source->file, NULL);
	return -1;
}

/* Make a PyCompileError of the current exception, or print the error, or do nothing, as the options
 * say. */
static void raise_compile_error(
    const struct py_source *source, bool doraise, int quiet, struct py_outcome *ret)
{
	py_owned PyObject *value = version_take_exception();
	autostr struct str text = STR_INIT;

	if (quiet >= 2)
		return;
	if (value && Py_IS_TYPE(value, (PyTypeObject *)PyExc_SyntaxError)) {
		py_owned PyObject *plain = python_format_syntax_error(value);
		py_owned PyObject *unnamed = PyUnicode_FromString("File \"<string>\"");
		py_owned PyObject *file = python_path(source->dfile);
		py_owned PyObject *named = file ? PyUnicode_FromFormat("File \"%U\"", file) : NULL;
		py_owned PyObject *message = plain && unnamed && named
						 ? PyUnicode_Replace(plain, unnamed, named, -1)
						 : NULL;

		python_add_text(&text, message);
	} else {
		py_owned PyObject *message = value ? PyObject_Str(value) : NULL;

		str_addf(&text, "Sorry: %s: ", value ? Py_TYPE(value)->tp_name : "");
		python_add_text(&text, message);
	}
	if (!doraise) {
		str_add_slice(&ret->printed, str_slice(&text));
		str_addc(&ret->printed, '\n');
		return;
	}
	ret->raised = PY_RAISED_COMPILE;
	ret->type = xstrdup("PyCompileError");
	str_add_slice(&ret->text, str_slice(&text));
}

/* The checks and the parsing that compile() does before it compiles. */
static int parse(struct py_source *source)
{
	py_owned PyObject *recorded = python_path(source->dfile);
	autotree struct tree *tree = recorded ? python_tree_new(source->file, recorded) : NULL;

	if (!tree)
		return -1;
	tree->bytes = str_slice(&source->bytes);
	if (memchr(tree->bytes.data, '\0', tree->bytes.len)) {
		version_refuse_null();
		return -1;
	}
	str_truncate(&source->printed, 0);
	warning_forget();
	if (warning_begin(&source->printed) < 0)
		return -1;
	python_guard_kind(tree->recorded);
	tree->module = python_parse(
	    tree->bytes, tree->recorded, PyCF_SOURCE_IS_UTF8, tree->arena, NULL);
	python_unguard_path();
	warning_end();
	if (!tree->module)
		return -1;
	source->tree = steal(&tree);
	return 0;
}

/* Keep the tree for further levels. One that is nested too deep for that is consumed and parsed
 * again for the next level; the compiler reports what is wrong with such a tree. */
static int keep_tree(struct py_source *source, struct error **err)
{
	autoerror struct error *error = NULL;

	if (tree_keep(source->tree, &error) == 0 || error->kind == ERROR_INPUT)
		return 0;
	return fail_with(err, steal(&error));
}

/* The code object for a level; -1 with an exception. The last level consumes the tree. */
static int compile_level(struct py_source *source, int level, bool last, struct str *printed,
    struct code *ret, struct error **err)
{
	if (level < 0 || level > 2) {
		PyErr_SetString(PyExc_ValueError, "compile(): invalid optimize value");
		return -1;
	}
	if (!source->tree && parse(source) < 0) {
		str_add_slice(printed, str_slice(&source->printed));
		return -1;
	}
	str_add_slice(printed, str_slice(&source->printed));
	if ((!last && keep_tree(source, err) < 0) || warning_begin(printed) < 0)
		return -1;
	python_guard_kind(source->tree->recorded);
	ret->object = python_compile(source->tree, level);
	python_unguard_path();
	warning_end();
	if (!source->tree->kept) {
		tree_free(source->tree);
		source->tree = NULL;
	}
	return ret->object ? 0 : -1;
}

/* The first missing directory of `path`: the one that could not be made. */
static char *missing_directory(const char *path)
{
	autofree char *missing = xstrdup(path);

	for (;;) {
		struct slice parent = path_parent(slice_c(missing));
		autofree char *above = xmemdup0(parent.data, parent.len);
		struct stat found;

		if (strcmp(above, missing) == 0 || lstat(above, &found) == 0)
			return steal(&missing);
		free(missing);
		missing = steal(&above);
	}
}

static int make_parents(const char *path, struct py_outcome *ret)
{
	autoerror struct error *error = NULL;
	struct slice parent = path_parent(slice_c(path));
	autofree char *directory = xmemdup0(parent.data, parent.len);
	autofree char *missing = NULL;
	struct stat found;

	/* Whether something else is in the way shows when the file is written. */
	if (lstat(directory, &found) == 0)
		return 0;
	if (tree_make(place_at(directory), &error) == 0 || lstat(directory, &found) == 0)
		return 0;
	missing = missing_directory(directory);
	py_outcome_oserror(ret, error->number ? error->number : EIO, missing, NULL);
	return -1;
}

static enum check check_of(enum pyc_invalidation mode)
{
	switch (mode) {
	case PYC_CHECKED_HASH:
		return CHECK_HASH;
	case PYC_UNCHECKED_HASH:
		return CHECK_UNCHECKED_HASH;
	default:
		return CHECK_TIME;
	}
}

int64_t pyc_mtime(const struct stat *stat)
{
	/* CPython reads times as floating point numbers and truncates them. */
	return (int64_t)((double)stat->st_mtim.tv_sec + 1e-9 * (double)stat->st_mtim.tv_nsec);
}

/* Whether CPython's exception names the file: open() knows the name, write() does not. */
static bool is_named(int number)
{
	return number != ENOSPC && number != EDQUOT && number != EFBIG && number != EIO;
}

static void add_header(const struct py_source *source, enum pyc_invalidation mode, struct str *ret)
{
	enum check check = check_of(mode);
	struct pyc_source facts = {
	    .mtime = pyc_mtime(&source->stat),
	    .size = source->bytes.len,
	    .siphash = check == CHECK_TIME ? 0 : source_siphash(str_slice(&source->bytes)),
	};

	pyc_add_header(ret, check, &facts);
}

static void write_file(
    const struct py_source *source, struct slice bytes, const char *path, struct py_outcome *ret)
{
	autoerror struct error *error = NULL;
	mode_t permissions = (source->stat.st_mode | 0200) & file_default_mode();

	if (make_parents(path, ret) < 0)
		return;
	if (file_replace(place_at(path), bytes, permissions, 0, &error) < 0) {
		int number = error->number ? error->number : EIO;

		py_outcome_oserror(ret, number, is_named(number) ? path : NULL, NULL);
		return;
	}
	ret->path = xstrdup(path);
}

static struct py_store_key key_of(const struct py_source *source, int level)
{
	return (struct py_store_key){source->dfile, level, str_slice(&source->bytes)};
}

/* Append the code of a level if the store has it. */
static bool take_stored(const struct py_source *source, int level, struct str *ret)
{
	const struct py_store_key key = key_of(source, level);

	return source->store && source->store->get && level >= 0 && level <= 2 &&
	       source->store->get(source->store->context, &key, ret);
}

/* Append the code, and put it into the store if nothing was printed. */
static void add_code(const struct py_source *source, struct slice code, int level, struct str *ret,
    const struct py_outcome *outcome)
{
	const struct py_store_key key = key_of(source, level);

	str_add_slice(ret, code);
	if (source->store && source->store->put && !outcome->printed.len)
		source->store->put(source->store->context, &key, code);
}

/* The same of a code object. */
static int add_compiled(struct py_source *source, const struct code *code, int level,
    struct str *ret, struct py_outcome *outcome)
{
	struct made *made = &source->made;

	str_truncate(&made->code, 0);
	made->is_there = false;
	if (code_marshal(code, &made->code, NULL) < 0) {
		PyErr_SetString(PyExc_ValueError, "object too deeply nested to marshal");
		raise_current(outcome, PY_RAISED_SOURCE);
		return -1;
	}
	add_code(source, str_slice(&made->code), level, ret, outcome);
	made->is_there = true;
	made->level = level;
	str_truncate(&made->printed, 0);
	str_add_slice(&made->printed, str_slice(&outcome->printed));
	return 0;
}

/* Append the code of a level if it is that of the level before, with the same output. */
static bool take_made(
    const struct py_source *source, int level, struct str *ret, struct py_outcome *outcome)
{
	const struct made *made = &source->made;

	if (!made->is_there || !source->tree || level < 0 || level > 2 ||
	    !tree_is_alike(source->tree, made->level, level))
		return false;
	str_add_slice(&outcome->printed, str_slice(&made->printed));
	add_code(source, str_slice(&made->code), level, ret, outcome);
	return true;
}

void py_source_use(struct py_source *source, const struct py_store *store)
{
	source->store = store;
}

struct py_source *py_source_new(const char *file, const char *dfile)
{
	struct py_source *source = xcalloc(1, sizeof(*source));

	source->file = xstrdup(file);
	source->dfile = xstrdup(dfile && *dfile ? dfile : file);
	return source;
}

void py_source_free(struct py_source *source)
{
	if (!source)
		return;
	tree_free(source->tree);
	str_release(&source->bytes);
	str_release(&source->printed);
	str_release(&source->made.code);
	str_release(&source->made.printed);
	free(source->file);
	free(source->dfile);
	free(source);
}

void py_source_compile(struct py_source *source, const char *cfile, bool doraise, int optimize,
    enum pyc_invalidation mode, int quiet, bool last, struct py_outcome *ret)
{
	autostr struct str path = STR_INIT;
	autostr struct str bytes = STR_INIT;
	struct error *error = NULL;
	struct code code = {NULL};
	int failed;
	int level = optimize == -1 ? py_default_level() : optimize;

	*ret = (struct py_outcome){0};
	if (optimize == -1 && level > 2)
		level = 2;
	if (cfile)
		str_adds(&path, cfile);
	else
		py_cache_path(&path, slice_c(source->file), optimize, false);
	if (interpreter_need(&error) < 0) {
		raise_error(ret, error);
		return;
	}
	if (check_target(str_c(&path), ret) < 0 || load(source, ret) < 0)
		return;
	add_header(source, pyc_invalidation_resolve(mode), &bytes);
	if (take_stored(source, level, &bytes) || take_made(source, level, &bytes, ret)) {
		write_file(source, str_slice(&bytes), str_c(&path), ret);
		return;
	}
	if (compile_level(source, level, last, &ret->printed, &code, &error) < 0) {
		if (!error && PyErr_ExceptionMatches(PyExc_SystemExit))
			(void)python_fail(&error, NULL, SLICE_LITERAL(""));
		if (error)
			raise_error(ret, error);
		else
			raise_compile_error(source, doraise, quiet, ret);
		return;
	}
	failed = add_compiled(source, &code, level, &bytes, ret);
	Py_DECREF(code.object);
	if (!failed)
		write_file(source, str_slice(&bytes), str_c(&path), ret);
}

void py_compile(const char *file, const char *cfile, const char *dfile, bool doraise, int optimize,
    enum pyc_invalidation mode, int quiet, struct py_outcome *ret)
{
	autopysource struct py_source *source = py_source_new(file, dfile);

	py_source_compile(source, cfile, doraise, optimize, mode, quiet, true, ret);
}
