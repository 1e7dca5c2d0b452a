/*
 * Which version of CPython a directory is for: what virtual environments, installations and
 * extension modules say. Nothing is imported or run.
 */
#ifndef KILN_PYTHON_ENVIRONMENT_H
#define KILN_PYTHON_ENVIRONMENT_H

#include "base/error.h"
#include "base/str.h"

/* What says it: a version such as "3.13", and where it is said. */
struct environment {
	struct str version; /* empty: nothing says anything */
	struct str reason;  /* "'venv/pyvenv.cfg' is for CPython 3.13" */
	bool is_guess;	    /* by extension modules alone, which may be there for others */
};

/*
 * Look at what a path says, in this order: its file `pyvenv.cfg` (PEP 405); its only directory
 * `lib/python3.X` that is not empty, or lib64; with `is_deep` the extension modules in it
 * (`*.cpython-3XX-*.so`): if there is one for the version that this program embeds, others may be
 * for other versions; a component `python3.X` of the path, below `lib`. Fails with ERROR_USAGE if
 * extension modules are for several other versions, ERROR_SYSTEM if the system refuses to tell.
 */
int environment_of(const char *path, bool is_deep, struct environment *ret, struct error **err);

void environment_release(struct environment *environment);
#define ENVIRONMENT_INIT ((struct environment){STR_INIT, STR_INIT, false})
#define autoenvironment CLEANUP(environment_release)

#endif
