/*
 * Dependencies: files that a command read beside its source, as its dependency file says.
 *
 * Many units read the same files. So each file is described once, in a table; a list has pointers
 * to the table's items, and is written as their indices.
 */
#ifndef KILN_BUILD_DEPENDENCY_H
#define KILN_BUILD_DEPENDENCY_H

#include "base/arena.h"
#include "base/map.h"
#include "base/packing.h"

struct dependency {
	struct slice path; /* below the product, or absolute; a NUL after it */
	bool is_reliable;  /* as in struct record_input */
	struct file_stamp stamp;
	struct hash content;
};

/* Sorted by path; each path once. */
struct dependencies {
	const struct dependency **items;
	size_t count;
};

/* The dependencies of several lists: each different one once, sorted by dependency_compare(). Valid
 * when all zero. */
struct dependency_table {
	struct arena arena;
	struct map indices; /* pointer to a dependency -> its index plus 1 */
	const struct dependency **items;
	size_t count, capacity;
};

/* Add the items of each list; then close the table once, which sorts it; then pack the lists. */
void dependency_table_add(struct dependency_table *table, const struct dependencies *list);
void dependency_table_close(struct dependency_table *table);

/* Append a list as runs of indices in the closed table: for each run the gap to the end of the run
 * before, and the number of indices. */
void dependencies_pack(
    const struct dependency_table *table, const struct dependencies *list, struct str *ret);

/* Whether items are in the order of a table, each once. Lists with items in any other order could
 * not be packed again. */
bool dependencies_are_sorted(const struct dependency *items, size_t count);

/* Read a list for a table with these items. The list is allocated in the arena. */
void dependencies_unpack(struct unpacker *unpacker, const struct dependency *items, size_t count,
    struct arena *arena, struct dependencies *ret);

void dependency_table_release(struct dependency_table *table);

/* Append a dependency; read one. */
void dependency_pack(const struct dependency *dependency, struct str *ret);
void dependency_unpack(struct unpacker *unpacker, struct dependency *ret);

/* The fewest bytes of a packed dependency. */
#define DEPENDENCY_MIN_SIZE (3 + 1 + 7 + HASH_SIZE)

/* Compare by path, then by all other members. */
int dependency_compare(const struct dependency *a, const struct dependency *b);

/* The key of a unit: a digest over the key of its command (action_key_of_unit()) and the paths and
 * contents of the files that the command read. */
int dependencies_key(const struct hash *command, const struct dependencies *list, struct hash *ret,
    struct error **err);

#endif
