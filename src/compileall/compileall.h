/*
 * compileall: compiling trees of sources as CPython's module of that name does, with the same
 * output.
 */
#ifndef KILN_COMPILEALL_COMPILEALL_H
#define KILN_COMPILEALL_COMPILEALL_H

#include <limits.h>

#include "compileall/code_cache.h"
#include "python/py_compile.h"
#include "python/regex.h"

/* No -j: as many workers as processors, with the output of a single one. */
#define COMPILEALL_WORKERS_ANY LONG_MIN

struct compileall {
	long maxlevels;	  /* how deep to descend into directories */
	bool force;	  /* compile what is up to date, too */
	int quiet;	  /* 0 all, 1 errors only, 2 nothing */
	bool legacy;	  /* x.pyc beside x.py */
	bool pyo;	  /* names before PEP 488 */
	bool strict;	  /* correct known errors of CPython's compileall */
	const char *ddir; /* -d, -s, -p, -e; NULL if not given */
	const char *stripdir;
	const char *prependdir;
	const char *limit;
	bool skip_broken;	  /* -x with an empty value, on which compileall fails */
	const struct regex *skip; /* -x; NULL if not given */
	const int *levels;	  /* ascending, each once */
	size_t level_count;
	bool hardlink; /* --hardlink-dupes */
	long workers;  /* -j; 0 for as many as there are processors */
	enum pyc_invalidation mode;
	struct code_cache *cache; /* --cache; NULL if not given */
	void *context;
	/* Gets text for standard output (`error` false) or standard error. */
	void (*print)(void *context, bool error, struct slice text);
};

/* Compile files and directories. *ret_success is what compileall.main() returns. Fails where
 * CPython would end with a traceback, and when interrupted. */
int compileall_paths(const struct compileall *all, const char *const *paths, size_t count,
    bool *ret_success, struct error **err);

/* The same for the directories of the interpreter's sys.path: compileall.compile_path(). */
int compileall_search_path(const struct compileall *all, bool *ret_success, struct error **err);

#endif
