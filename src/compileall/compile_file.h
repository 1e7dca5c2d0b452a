/*
 * compileall.compile_file(): compiling one file (for compileall.c).
 */
#ifndef KILN_COMPILEALL_COMPILE_FILE_H
#define KILN_COMPILEALL_COMPILE_FILE_H

#include <sys/stat.h>

#include "compileall/compileall.h"

/* Output about a file, for standard output and standard error. */
struct compile_output {
	struct str out;
	struct str error;
};

void compile_output_release(struct compile_output *output);

/* A source to examine. */
struct compile_file {
	const char *path;
	const char *ddir; /* as -d gives it for files; NULL for none */
	const char *stripdir;
	const char *prependdir;
};

/* Whether a path has the name of a source and is not excluded. */
int compile_file_is_wanted(
    const struct compileall *all, const struct compile_file *file, bool *ret, struct error **err);

/* Whether a source is a file that has to be compiled: its bytecode is out of date, or all->force.
 * *ret_size is its size in bytes. A file that cannot be examined is due, so that compiling reports
 * why. Only reads; several threads may call this. */
bool compile_file_is_due(
    const struct compileall *all, const struct compile_file *file, off_t *ret_size);

/* Compile a source. False if that failed: `output` says why, or *err is set. */
bool compile_file(const struct compileall *all, const struct compile_file *file,
    struct compile_output *output, struct error **err);

#endif
