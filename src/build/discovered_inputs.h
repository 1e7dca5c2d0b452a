/*
 * Discovered inputs: files that a command read beside its source, known only after it ran.
 *
 * A program reports them in a dependency file (build/depfile.h), if the context's vectors name such
 * a file to the program: with the query `dependency-file` the program reports all files that it
 * read, with `partial-dependency-file` those that are no sources of the factor. The discovered
 * inputs are a part of the unit's key (dependencies_key()). The build state and the cache remember
 * them with the unit.
 *
 * Workers discover inputs and send them to the coordinator, which writes the build state:
 *
 *	worker:		inputs_find_key(), or inputs_clock(), the command, inputs_record();
 *			at the end of its task inputs_send()
 *	coordinator:	inputs_receive()
 */
#ifndef KILN_BUILD_DISCOVERED_INPUTS_H
#define KILN_BUILD_DISCOVERED_INPUTS_H

#include "build/executor.h"

/* Which of the files that it reads a command reports. */
enum inputs_report {
	INPUTS_UNKNOWN,	 /* none: it has no dependency file */
	INPUTS_PARTIAL,	 /* those that are no sources of the factor */
	INPUTS_COMPLETE, /* all */
};

/* What the command in executor->command, composed for an input, will report. If the command names a
 * dependency file, that path is appended to `ret_path` (may be NULL). */
enum inputs_report inputs_report_of_command(
    const struct executor *executor, const struct node *node, size_t input, struct str *ret_path);

/* Whether the stamps of all discovered inputs of a record are as recorded. Each file is looked at
 * once for a workspace. */
bool inputs_are_current(struct workspace *workspace, const struct record *last);

/* Find the key of an input's unit without running its command, whose key is in the status.
 * Candidates are what the last build discovered under the same key, and lists in the cache's
 * manifest (build/manifest.h); the first whose files all have the same contents now gives the key,
 * and is kept for inputs_send(). *ret is all zero if there is none. *ret_changed is the first file
 * that changed since the last build, or NULL. */
int inputs_find_key(struct executor *executor, const struct node *node, size_t input,
    struct hash *ret, const struct dependency **ret_changed, struct error **err);

/* A command that ran. */
struct inputs_run {
	struct timespec begun; /* inputs_clock() before the command */
	struct slice depfile;  /* content of the dependency file; empty if there is none */
};

/* The time by the clock that file systems use: a file that changes from now on gets no earlier
 * time. */
struct timespec inputs_clock(void);

/* After the command of an input: record what it read, set the key of the unit, and add the list to
 * the cache's manifest. If a file may have changed after the command read it, *ret_reliable is
 * false and nothing is recorded. A malformed dependency file is ERROR_INPUT. */
int inputs_record(struct executor *executor, const struct node *node, size_t input,
    const struct inputs_run *run, bool *ret_reliable, struct error **err);

/* The coordinator's copy of all dependencies that workers have sent, each once. Valid when all
 * zero.
 */
struct inputs_table {
	struct arena arena;
	struct map items; /* packed dependency -> struct dependency */
};

/* In a worker: append to a report the inputs that were found or recorded since the last call. */
void inputs_send(struct executor *executor, struct str *report);

/* In the coordinator: read that from the beginning of *report, which is advanced behind it, into a
 * node's record. An empty report has no inputs. */
void inputs_receive(struct inputs_table *table, struct slice *report, struct record *record);

void inputs_table_release(struct inputs_table *table);

#endif
