/*
 * What commands read beside their source.
 *
 * A program tells it in a dependency file (build/depfile.h), if the context's vectors name one to
 * it: by the query `dependency-file` all that it read, by `partial-dependency-file` what it read
 * beside sources of the factor. What was read decides what its unit is (dependencies_key()), and is
 * remembered with the unit, in the state and in the cache.
 */
#ifndef KILN_BUILD_DISCOVERED_INPUTS_H
#define KILN_BUILD_DISCOVERED_INPUTS_H

#include "build/executor.h"

/* How much a program tells. */
enum inputs_report { INPUTS_UNKNOWN, INPUTS_PARTIAL, INPUTS_COMPLETE };

/* What the composed command of an input, executor->command, says: by naming a dependency file,
 * whose path is appended to `ret_path` (or NULL). */
enum inputs_report inputs_report_of_command(
    const struct executor *executor, const struct node *node, size_t input, struct str *ret_path);

/* Whether all that units of a record were made of is as it was, by stats: what was looked at once
 * for a workspace is not looked at again. */
bool inputs_are_current(struct workspace *workspace, const struct record *last);

/* Find the key of an input's unit, all zero if it is not known: by what the last build, or a build
 * of which the cache knows, read under the same key of the command (made->inputs[input].command),
 * if that has the same contents now. What was read then is told to the coordinator. If the last
 * build read something else, *ret_changed is the first of it. */
int inputs_find_key(struct executor *executor, const struct node *node, size_t input,
    struct hash *ret, const struct dependency **ret_changed, struct error **err);

/* A command that ran. */
struct inputs_run {
	struct timespec begun; /* by the clock of file systems */
	struct slice depfile;  /* the content of the dependency file; empty if it wrote none */
};

/* The clock of file systems: what is changed from now on has no earlier time. */
struct timespec inputs_clock(void);

/* Take what a command read, set the key of its unit, and remember it in the cache. If something of
 * it may have been changed after it was read, *ret_reliable is false, and nothing is known. A
 * dependency file that is none is ERROR_INPUT. */
int inputs_record(struct executor *executor, const struct node *node, size_t input,
    const struct inputs_run *run, bool *ret_reliable, struct error **err);

/* What the coordinator knows of what workers tell. Valid when all zero. */
struct inputs_table {
	struct arena arena;
	struct map items; /* a packed dependency -> the dependency */
};

/* In a worker: append to a report what it found of the units of a node. In the coordinator: take
 * that from the beginning of a report into the node's record; an empty one has nothing. */
void inputs_send(struct executor *executor, struct str *report);
void inputs_receive(struct inputs_table *table, struct slice *report, struct record *record);
void inputs_table_release(struct inputs_table *table);

#endif
