/*
 * compileall.compile_file(): one file (for compileall.c).
 */
#ifndef KILN_COMPILEALL_COMPILE_FILE_H
#define KILN_COMPILEALL_COMPILE_FILE_H

#include <sys/stat.h>

#include "compileall/compileall.h"

/* What a file had to say, in two streams. */
struct compile_output {
	struct str out;
	struct str error;
};

void compile_output_release(struct compile_output *output);

/* A source that is to be looked at. */
struct compile_file {
	const char *path;
	const char *ddir; /* as -d gives it for files; NULL for none */
	const char *stripdir;
	const char *prependdir;
};

/* Whether it is a source by its name, and not excluded. */
int compile_file_is_wanted(
    const struct compileall *all, const struct compile_file *file, bool *ret, struct error **err);

/* Whether it is a file, and to be compiled because its bytecode is not up to date or because that
 * was asked for. *ret_size is that of what is due. A file that the system does not let be looked at
 * is due, and compiling it says why. Only reads; threads may ask at once. */
bool compile_file_is_due(
    const struct compileall *all, const struct compile_file *file, off_t *ret_size);

/* Compile it. False if that failed; why is in `output`. */
bool compile_file(const struct compileall *all, const struct compile_file *file,
    struct compile_output *output, struct error **err);

#endif
