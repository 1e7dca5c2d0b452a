/*
 * The files that are to be compiled, and their output in the order in which they were found (for
 * compileall.c).
 */
#ifndef KILN_COMPILEALL_TASKS_H
#define KILN_COMPILEALL_TASKS_H

#include "compileall/compile_file.h"

struct task;

struct tasks {
	const struct compileall *all;
	struct task *items;
	size_t count;
	size_t capacity;
	size_t printed; /* tasks whose reports were printed */
	bool deferred;	/* files become tasks for workers, and output waits for their reports */
	struct str pending;
	struct error *failure; /* ends the run after the listing, or NULL */
	bool success;
};

/* Whether files are compiled by several workers. */
bool tasks_are_parallel(const struct compileall *all);

/* Print, when it is the turn of what was found before, a translated format with one %s, for which
 * the path stands as Python's repr() shows it. */
int tasks_print_about(
    struct tasks *tasks, const char *format, const char *path, struct error **err);

/* Take a file: compile it now, or make it a task. Texts of the file but its path are borrowed. */
int tasks_add(struct tasks *tasks, const struct compile_file *file, struct error **err);

/* Do the tasks, so that none is left. */
int tasks_run(struct tasks *tasks, struct error **err);

/* Do the tasks that were found before a failure, which is taken over, then fail with that. */
int tasks_run_and_fail(struct tasks *tasks, struct error *problem, struct error **err);

void tasks_release(struct tasks *tasks);

#endif
