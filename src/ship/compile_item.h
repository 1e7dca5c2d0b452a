/*
 * One source into the files of an image: what a worker does.
 */
#ifndef KILN_SHIP_COMPILE_ITEM_H
#define KILN_SHIP_COMPILE_ITEM_H

#include "image/plan.h"
#include "jobs/reporter.h"
#include "python/bytecode.h"
#include "ship/descriptions.h"

enum layout {
	LAYOUT_SOURCE,	 /* sources, with __pycache__ beside them */
	LAYOUT_BYTECODE, /* .pyc files in the sources' place */
};

/* --prefix-map OLD=NEW */
struct prefix_map {
	struct slice from;
	struct slice to;
};

#define COMPILE_LEVELS 3

/* What is the same for all sources of a build. */
struct compile_options {
	enum layout layout;
	bool levels[COMPILE_LEVELS]; /* the optimization levels to make, one at least */
	enum check check;
	bool constants;	     /* inject __factor__ and __source_hash__ */
	bool cpython;	     /* bytes as CPython's own marshal writes them; then: */
	const char *scratch; /* a directory for what CPython writes on its way */
	int64_t time;	     /* of every file, seconds */
	const struct prefix_map *maps;
	size_t map_count;
	const struct descriptions *descriptions; /* of all sources, too; or NULL */
	const struct reporter *reporter;	 /* renders warnings */
};

/* Append the path in the image of the bytecode of a source at a level. */
void compile_add_path(struct str *ret, enum layout layout, struct slice source, int level);

/* Append the path to record for a source. */
void compile_add_recorded(
    struct str *ret, const struct compile_options *options, const struct item *item);

/* Append the factor path of a source by its path in the image: "a/b.py" is `a.b`. False, with
 * nothing appended, if a part is no identifier. Needs the interpreter. */
bool compile_add_factor(struct str *ret, struct slice source);

/* Describe an item that is not compiled: an interface. Errors are as for compile_item(). */
int compile_describe(const struct item *item, const struct compile_options *options,
    struct str *report, struct error **err);

/*
 * Compile an ITEM_PYTHON and put its files below `root`; in layout `source` the source too, also
 * when it cannot be compiled. Warnings are rendered to `report`. An error about the source is
 * ERROR_INPUT, one of the output ERROR_SYSTEM. What was made before an error stays: bytecode of
 * other levels, the directory for it.
 */
int compile_item(int root, const struct item *item, const struct compile_options *options,
    struct str *report, struct error **err);

#endif
