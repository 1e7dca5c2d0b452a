/*
 * compileall: trees of sources into bytecode files, as CPython 3.11's module of that name does it
 * and says so.
 */
#ifndef KILN_COMPILEALL_COMPILEALL_H
#define KILN_COMPILEALL_COMPILEALL_H

#include <limits.h>

#include "python/py_compile.h"
#include "python/regex.h"

/* When -j is not given: as many workers as there are processors, but nobody is to notice. */
#define COMPILEALL_WORKERS_ANY LONG_MIN

struct compileall {
	long maxlevels;	  /* how deep directories are descended */
	bool force;	  /* compile what is up to date, too */
	int quiet;	  /* 0 all, 1 errors only, 2 nothing */
	bool legacy;	  /* x.pyc beside x.py */
	bool pyo;	  /* names before PEP 488 */
	bool strict;	  /* right where compileall is known to be wrong */
	const char *ddir; /* -d, -s, -p, -e; NULL if not given */
	const char *stripdir;
	const char *prependdir;
	const char *limit;
	bool skip_broken;	  /* -x with nothing, on which compileall fails */
	const struct regex *skip; /* -x, NULL if not given */
	const int *levels;	  /* ascending, each once */
	size_t level_count;
	bool hardlink; /* --hardlink-dupes */
	long workers;  /* -j; 0 for as many as there are processors */
	enum pyc_invalidation mode;
	void *context;
	/* Take text for standard output (`error` false) or standard error. */
	void (*print)(void *context, bool error, struct slice text);
};

/* Compile files and directories. *ret_success is what compileall.main() returns. Fails with what
 * CPython would end with a traceback for, or when interrupted. */
int compileall_paths(const struct compileall *all, const char *const *paths, size_t count,
    bool *ret_success, struct error **err);

/* compile_path(): the directories of the interpreter's sys.path. */
int compileall_search_path(const struct compileall *all, bool *ret_success, struct error **err);

#endif
