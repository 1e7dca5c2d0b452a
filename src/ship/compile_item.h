/*
 * Compiling one source into the files of a bundle: what a worker does for it.
 */
#ifndef KILN_SHIP_COMPILE_ITEM_H
#define KILN_SHIP_COMPILE_ITEM_H

#include "image/plan.h"
#include "jobs/reporter.h"
#include "python/bytecode.h"
#include "ship/descriptions.h"

enum layout {
	LAYOUT_SOURCE,	 /* sources, with __pycache__ beside them */
	LAYOUT_BYTECODE, /* .pyc files in place of the sources */
};

/* --prefix-map OLD=NEW */
struct prefix_map {
	struct slice from;
	struct slice to;
};

#define COMPILE_LEVELS 3

/* Options for all sources of a bundle. */
struct compile_options {
	enum layout layout;
	bool levels[COMPILE_LEVELS]; /* optimization levels to make, at least one */
	enum check check;
	bool constants;	     /* inject __factor__ and __source_hash__ */
	bool cpython;	     /* let CPython itself write the bytecode; then: */
	const char *scratch; /* directory for temporary files of CPython */
	int64_t time;	     /* of every file, seconds */
	const struct prefix_map *maps;
	size_t map_count;
	const struct descriptions *descriptions; /* gets descriptions of sources; or NULL */
	const struct reporter *reporter;	 /* renders warnings */
};

/* Append the path in the bundle of a source's bytecode for a level. */
void compile_add_path(struct str *ret, enum layout layout, struct slice source, int level);

/* Append the path that the bytecode records for its source. */
void compile_add_recorded(
    struct str *ret, const struct compile_options *options, const struct item *item);

/* Append the factor path of a source, from its path in the bundle: "a/b.py" is `a.b`. False, with
 * nothing appended, if a part is no identifier. The interpreter must run. */
bool compile_add_factor(struct str *ret, struct slice source);

/* Describe an item that is not compiled, such as an interface. Errors are as for compile_item(). */
int compile_describe(const struct item *item, const struct compile_options *options,
    struct str *report, struct error **err);

/*
 * Compile an ITEM_PYTHON and put its files below the directory `root`. In LAYOUT_SOURCE the source
 * is put there too, also if it cannot be compiled. Warnings are rendered to `report`. An error of
 * the source is ERROR_INPUT, one of the output ERROR_SYSTEM. Files that were made before an error
 * stay: bytecode of other levels, and its directory.
 */
int compile_item(int root, const struct item *item, const struct compile_options *options,
    struct str *report, struct error **err);

#endif
