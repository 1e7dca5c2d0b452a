/*
 * compileall.compile_file(): one file (for compileall.c).
 */
#ifndef KILN_PROCESS_COMPILE_FILE_H
#define KILN_PROCESS_COMPILE_FILE_H

#include <sys/stat.h>

#include "process/compileall.h"

/* What a file had to say, in two streams. */
struct compile_output {
	struct str out;
	struct str error;
};

void compile_output_release(struct compile_output *output);

/* A source that is to be looked at. */
struct compile_file {
	const char *path;
	const struct stat *stat; /* of what the path leads to; NULL if it leads nowhere */
	const char *ddir;	 /* as -d gives it for files; NULL for none */
	const char *stripdir;
	const char *prependdir;
};

/* Whether the file is to be compiled at all: a source that is not excluded, and not up to date. */
int compile_file_is_due(
    const struct compileall *all, const struct compile_file *file, bool *ret, struct error **err);

/* Compile it. False if that failed; why is in `output`. */
bool compile_file(const struct compileall *all, const struct compile_file *file,
    struct compile_output *output, struct error **err);

#endif
