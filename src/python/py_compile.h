/*
 * py_compile.compile(): one source into one bytecode file, as the module of that name of the
 * embedded CPython.
 *
 * The function, its parameters, what it raises and what it prints are those of the module's manual
 * page; only the bytes of the code object are this program's own marshal (bytecode.h), which loads
 * as an equal code object. Exceptions come as values: nothing is printed here.
 */
#ifndef KILN_PYTHON_PY_COMPILE_H
#define KILN_PYTHON_PY_COMPILE_H

#include <sys/stat.h>

#include "base/str.h"

/* PycInvalidationMode; PYC_DEFAULT is what the manual page calls the default: CHECKED_HASH if the
 * environment variable SOURCE_DATE_EPOCH is set and not empty, TIMESTAMP otherwise. */
enum pyc_invalidation { PYC_DEFAULT, PYC_TIMESTAMP, PYC_CHECKED_HASH, PYC_UNCHECKED_HASH };

/* The mode of a name such as "checked-hash", with "-" or "_" and in any case; false if there is
 * none. PYC_DEFAULT has no name. */
bool pyc_invalidation_of_name(struct slice name, enum pyc_invalidation *ret);

/* The mode that PYC_DEFAULT stands for now; any other stays. */
enum pyc_invalidation pyc_invalidation_resolve(enum pyc_invalidation mode);

enum py_raised {
	PY_RAISED_NOTHING,
	PY_RAISED_COMPILE, /* PyCompileError */
	PY_RAISED_OS,	   /* OSError, FileExistsError and so on, SyntaxError, UnicodeError */
	PY_RAISED_SOURCE,  /* of a source, what the module's own commands do not catch either */
	PY_RAISED_OTHER,   /* what has nothing to do with the source */
};

struct py_outcome {
	char *path; /* what compile() returned, owned; NULL for None and when it raised */
	enum py_raised raised;
	int number;	 /* the errno of an OSError, or 0 */
	char *type;	 /* the name of the exception's class, owned; NULL if nothing was raised */
	struct str text; /* str(exception): UTF-8, maybe several lines, lone surrogates as \udcNN */
	struct str printed; /* what goes to standard error: warnings, errors that are not raised */
};

void py_outcome_release(struct py_outcome *outcome);

/* Raise OSError for an errno about a path and, unless it is NULL, another one. Needs the
 * interpreter. */
void py_outcome_oserror(struct py_outcome *ret, int number, const char *path, const char *other);

/*
 * Compile a source file to byte-code and write out the byte-code cache file.
 *
 * `file` is the source. `cfile` is where the byte-code goes; NULL for the PEP 3147/PEP 488 path of
 * py_cache_path(). `dfile` is used as the name of the source in error messages and in the code
 * object instead of `file`; NULL for `file`. `doraise` and `quiet` say what becomes of an error in
 * the source: with `quiet` 0 or 1 it is raised (PY_RAISED_COMPILE) if `doraise`, else put into
 * `printed` while the function returns None; with 2 nothing is printed or raised. `optimize` is
 * the level, 0 to 2; -1 for that of the interpreter (py_default_level()). An existing `cfile` that
 * is a link or no regular file is not replaced: FileExistsError. The file is replaced atomically;
 * its mode is (the source's | 0200) & 0666 under the umask; directories are made as needed.
 *
 * Starts the interpreter if needed. *ret must be released, whatever happened.
 */
void py_compile(const char *file, const char *cfile, const char *dfile, bool doraise, int optimize,
    enum pyc_invalidation mode, int quiet, struct py_outcome *ret);

/* A source that is compiled at several levels, read and parsed once: py_compile() in pieces. */
struct py_source;
struct py_source *py_source_new(const char *file, const char *dfile);
void py_source_compile(struct py_source *source, const char *cfile, bool doraise, int optimize,
    enum pyc_invalidation mode, int quiet, bool last, struct py_outcome *ret);
void py_source_free(struct py_source *source);

/* Where compiled code may be kept. The key is all that decides about the code of a source, but for
 * the program itself and PYTHONWARNINGS. */
struct py_store_key {
	const char *recorded;
	int level;
	struct slice bytes;
};

struct py_store {
	/* Append the marshalled code of a source; false if it is not there. NULL: no store. */
	bool (*get)(void *context, const struct py_store_key *key, struct str *ret);
	void (*put)(void *context, const struct py_store_key *key, struct slice code);
	void *context;
};

/* Let a source take its code from a store, which is borrowed, and put it there: the code that was
 * compiled without anything to print. */
void py_source_use(struct py_source *source, const struct py_store *store);

static inline void cleanup_py_source(struct py_source **source)
{
	py_source_free(*source);
}
#define autopysource CLEANUP(cleanup_py_source)

/* The level that -1 stands for: PYTHONOPTIMIZE as the interpreter reads it, else 0. */
int py_default_level(void);

/* The time of a source as CPython puts it into headers, before it is cut to 32 bits. */
int64_t pyc_mtime(const struct stat *stat);

/* Append importlib.util.cache_from_source(): PEP 3147, PEP 488, PYTHONPYCACHEPREFIX. `level` -1
 * is the interpreter's. With `pyo` the suffix is `.pyo` when optimizing, and no level is named, as
 * before PEP 488. */
void py_cache_path(struct str *ret, struct slice source, int level, bool pyo);

#endif
