/*
 * Dependencies: files that a command read beside its source, as it told afterwards.
 *
 * Many units read the same ones, so a list has pointers to what is known once of each file, and is
 * written as places in a table.
 */
#ifndef KILN_BUILD_DEPENDENCY_H
#define KILN_BUILD_DEPENDENCY_H

#include "base/arena.h"
#include "base/map.h"
#include "build/packing.h"

struct dependency {
	struct slice path; /* below the product, or absolute; a NUL behind it */
	bool is_reliable;  /* as of a source (struct record_input) */
	struct file_stamp stamp;
	struct hash content;
};

/* In the order of the paths; each path once. */
struct dependencies {
	const struct dependency **items;
	size_t count;
};

/* The table of all dependencies of some lists: each different one once, sorted. Valid when all
 * zero. */
struct dependency_table {
	struct arena arena;
	struct map indices; /* pointer -> its place plus 1, as a number */
	const struct dependency **items;
	size_t count, capacity;
};

/* Add what a list has; then close the table, once, before lists are packed. */
void dependency_table_add(struct dependency_table *table, const struct dependencies *list);
void dependency_table_close(struct dependency_table *table);

/* Write a list of dependencies that the table has: runs of places, as the gap behind the one before
 * and their number. */
void dependencies_pack(
    const struct dependency_table *table, const struct dependencies *list, struct str *ret);

/* Whether these are in the order of a table, each once: lists for others cannot be written again.
 */
bool dependencies_are_sorted(const struct dependency *items, size_t count);

/* Read one, for a table with these items; the list is of the arena. */
void dependencies_unpack(struct unpacker *unpacker, const struct dependency *items, size_t count,
    struct arena *arena, struct dependencies *ret);

void dependency_table_release(struct dependency_table *table);

/* Write a dependency, and read one. */
void dependency_pack(const struct dependency *dependency, struct str *ret);
void dependency_unpack(struct unpacker *unpacker, struct dependency *ret);

/* The least that a dependency takes. */
#define DEPENDENCY_MIN_SIZE (3 + 1 + 7 + HASH_SIZE)

/* By path, and by all else where that is the same. */
int dependency_compare(const struct dependency *a, const struct dependency *b);

/* The key of what a command with this key makes of files of these contents. */
int dependencies_key(const struct hash *command, const struct dependencies *list, struct hash *ret,
    struct error **err);

#endif
