/*
 * Importing the modules of an image by an interpreter, to see what is compiled on the way.
 *
 * This is the one thing about images that runs code of an image: src/inspect/imports.py imports
 * modules, and an audit hook sees compile().
 */
#ifndef KILN_INSPECT_IMPORTS_H
#define KILN_INSPECT_IMPORTS_H

#include "inspect/modules.h"

struct imports_options {
	const char *interpreter;    /* a path, or a name in PATH */
	const struct fields *names; /* modules to import, in order; empty for all of the image */
	bool (*interrupted)(void);  /* asked while it runs; when true that fails */
};

struct imports {
	struct fields compiled; /* paths in the image, sorted */
	struct fields loaded;	/* paths in the image, in the order of import */
	struct fields failed;	/* "NAME: REASON" of modules that could not be imported */
	uint64_t count;		/* modules that were imported */
};

/* Import modules of a directory or zip archive, which was read, by one process of the interpreter
 * in isolated mode, at the lowest level that the image has bytecode for. ERROR_INPUT for an image
 * of another form, ERROR_SYSTEM if the interpreter does not do that. *ret must be zeroed. */
int imports_run(const struct inspection *inspection, const struct modules *modules,
    const struct imports_options *options, struct imports *ret, struct error **err);

void imports_release(struct imports *imports);
#define autoimports CLEANUP(imports_release)

#endif
