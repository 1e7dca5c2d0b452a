/*
 * The Python that runs a program, as it tells about itself.
 */
#ifndef KILN_RUN_TARGET_H
#define KILN_RUN_TARGET_H

#include "base/fields.h"

/* Valid when all zero. */
struct target {
	char *program;		  /* a path, or a name in PATH */
	struct str version;	  /* "3.11" */
	struct str suffix;	  /* of its extension modules: ".cpython-311-x86_64-linux-gnu.so" */
	struct fields others_own; /* directories of the standard library and of installed modules */
};

/* Ask `program`; NULL: python3, or if there is none python, of PATH. It is executed. ERROR_USAGE if
 * it cannot be, or is not CPython. */
int target_ask(const char *program, struct target *ret, struct error **err);

void target_release(struct target *target);
#define autotarget CLEANUP(target_release)

#endif
