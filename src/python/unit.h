/*
 * Unit files: a syntax tree, stored. The format is in docs/formats.rst.
 *
 * The reader is total: every length, index, enumeration and nesting depth is checked, and a
 * checksum covers every byte. A unit of another format version or another CPython is refused.
 */
#ifndef KILN_PYTHON_UNIT_H
#define KILN_PYTHON_UNIT_H

#include "base/hash.h"
#include "base/str.h"
#include "python/bytecode.h"
#include "python/tree.h"

/* The header of a unit. Slices are empty when there is nothing. */
struct unit_facts {
	struct slice origin;	   /* the path for tracebacks */
	struct slice factor;	   /* the factor path that was injected */
	struct slice metrics_trap; /* kept for the reduction */
	int optimize;		   /* the level asked for when it was translated, -1 to 2 */
	enum check check;	   /* the check asked for then */
	unsigned instrumentation;  /* what the tree does, as in python/instrument.h */
	struct hash source_hash;
	struct pyc_source source; /* mtime is 0 unless check is CHECK_TIME */
};

/* Append the unit of a tree that was not compiled yet. ERROR_INPUT if the tree is nested too deeply
 * to be compiled. */
int unit_write(
    const struct tree *tree, const struct unit_facts *facts, struct str *ret, struct error **err);

/* Read the tree and the facts of a unit; the slices of the facts are parts of `bytes`, which must
 * stay. `shown` is the unit's path for messages. Messages about the tree name its origin. */
int unit_read(struct slice bytes, const char *shown, struct unit_facts *ret_facts,
    struct tree **ret, struct error **err);

#endif
