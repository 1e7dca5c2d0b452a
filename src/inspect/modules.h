/*
 * The modules of an image, and whether Python loads their bytecode or compiles them at import.
 *
 * What decides is in CPython's Lib/importlib/_bootstrap_external.py and Lib/zipimport.py: a source
 * has its bytecode in __pycache__ under a name with the version's tag, and bytecode that stands in
 * a source's place is used only where there is no source. In a zip archive it is the other way
 * round: __pycache__ is not looked at, NAME.pyc stands beside NAME.py. (A wheel is no such archive:
 * it is unpacked first.)
 */
#ifndef KILN_INSPECT_MODULES_H
#define KILN_INSPECT_MODULES_H

#include "base/fields.h"
#include "inspect/inspection.h"

struct module {
	struct slice path;   /* of the source; of the bytecode if there is no source */
	struct fields loads; /* the interpreters that load bytecode: "cpython-311",
				"cpython-311.opt-1" */
	const char *reason;  /* why none does; NULL if one does */
};

struct modules {
	struct module **items; /* sorted by path */
	size_t count;
	size_t capacity;
	struct map by_path;
};

/* Find the modules of an image that was read with `reads_python`. Tells as faults: bytecode that is
 * damaged, that is named for another version, or that is of another source. *ret must be zeroed. */
void modules_find(struct inspection *inspection, struct modules *ret);

/* The lowest optimization level that it loads bytecode of: what Python must be told with -O to load
 * it. 0 if it loads none. */
int module_level(const struct module *module);

void modules_release(struct modules *modules);
#define automodules CLEANUP(modules_release)

#endif
