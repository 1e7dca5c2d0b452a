/*
 * The files of a context: where they come from, before anything is made of them.
 */
#ifndef KILN_CONTEXT_FILES_H
#define KILN_CONTEXT_FILES_H

#include "base/arena.h"

/* The context factor whose projects are the sections. */
#define MACHINES "machines"

/* A file of a project, or the project's directory itself, whose path ends with a slash and which
 * has no text. */
struct context_file {
	struct slice path; /* in the product: "machines/python/type.v" */
	struct slice text;
	const char *shown; /* the path for messages */
};

/* Append, in the order of their paths, what a context in a directory has (an array in `files`): of
 * each project the vectors and plans. Memory is the arena's. Errors are ERROR_USAGE. */
int files_collect(
    const char *directory, struct arena *arena, struct str *files, struct error **err);

/* The files of the context that is built in, in that order, ended by one without a path. Made by
 * builtin.py. */
extern const struct context_file builtin_files[];

#endif
