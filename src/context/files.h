/*
 * Finds and reads the files of a context, before they are parsed.
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

/* Append the vectors and plans of each project of the context in a directory, in the order of their
 * paths, to the array `files`. Memory is the arena's. Errors are ERROR_USAGE. */
int files_collect(
    const char *directory, struct arena *arena, struct str *files, struct error **err);

/* The files of the built-in context in the same order, ended by one without a path. builtin.py
 * makes them. */
extern const struct context_file builtin_files[];

#endif
