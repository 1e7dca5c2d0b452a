/*
 * Compiling one source for the CPython that this program embeds, into files of a bundle.
 */
#ifndef KILN_SHIP_COMPILE_BYTECODE_H
#define KILN_SHIP_COMPILE_BYTECODE_H

#include "cache/store.h"
#include "image/plan.h"
#include "jobs/foreign_worker.h"
#include "jobs/reporter.h"
#include "python/bytecode.h"
#include "ship/descriptions.h"

enum layout {
	LAYOUT_SOURCE,	 /* sources, with __pycache__ beside them */
	LAYOUT_BYTECODE, /* .pyc files in place of the sources */
	LAYOUT_FACTOR,	 /* built files of products; nothing is compiled */
	LAYOUT_BESIDE,	 /* sources, with .pyc files beside them, where zipimport looks */
	LAYOUT_PLAIN,	 /* sources alone */
};

/* --prefix-map OLD=NEW */
struct prefix_map {
	struct slice from;
	struct slice to;
};

#define COMPILE_LEVELS 3

/* Another version of CPython for which bytecode is made, by its own executable. */
struct compile_other {
	char *tag;	     /* "cpython-313" */
	struct str identity; /* of the executable, as below */
	struct foreign_worker worker;
};

/* Options for all sources of a bundle. */
struct compile_options {
	enum layout layout;
	bool levels[COMPILE_LEVELS]; /* optimization levels to make, at least one */
	enum check check;
	bool constants;		  /* inject __factor__ and __source_hash__ */
	unsigned instrumentation; /* as in python/instrument.h; then the one level is 0 */
	bool cpython;		  /* let CPython itself write the bytecode; then: */
	const char *scratch;	  /* directory for temporary files of CPython */
	int64_t time;		  /* of every file, seconds */
	const struct prefix_map *maps;
	size_t map_count;
	const struct descriptions *descriptions; /* gets descriptions of sources; or NULL */
	const struct reporter *reporter;	 /* renders warnings */
	struct compile_other *others;		 /* further versions; only for LAYOUT_SOURCE */
	size_t other_count;
	struct cache *cache;   /* has what was compiled before; or NULL */
	struct slice identity; /* of this program (python/identity.h); empty: nothing is cached */
};

/* The level for which Python must be told with PYTHONOPTIMIZE which bytecode to load; 0 for none.
 */
int compile_lowest_level(const struct compile_options *options);

/* Append the path in the bundle of a source's bytecode for a level. `tag` is that of the version of
 * CPython, as interpreter_cache_tag(). */
void compile_add_path(
    struct str *ret, enum layout layout, struct slice source, const char *tag, int level);

/* Append the factor path of a source, from its path in the bundle: "a/b.py" is `a.b`. False, with
 * nothing appended, if a part is no identifier. The interpreter must run. */
bool compile_add_factor(struct str *ret, struct slice source);

/* Put the bytecode of a source for this program's CPython below the directory `root`, after
 * starting the interpreter if it does not run. `bytes` is the source, `recorded` the path that its
 * bytecode records. */
int compile_bytecode(int root, const struct item *item, const char *recorded, struct slice bytes,
    const struct compile_options *options, struct notes *notes, struct error **err);

/* Put a file of bytecode that is made already. Errors are those of compile_fail_put(). */
int compile_put(int root, const struct item *item, const struct compile_options *options,
    const char *tag, int level, struct slice bytes, struct error **err);

/* Fail because a file could not be put into the bundle; takes the error over. A problem with the
 * name is the source's fault (ERROR_INPUT): the name is too long, or exists already where the file
 * system of the output distinguishes fewer names than that of the source. */
int compile_fail_put(const struct item *item, struct error *problem, struct error **err);

#endif
