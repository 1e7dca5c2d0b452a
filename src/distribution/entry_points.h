/*
 * entry_points.txt: what a distribution offers by name, such as its scripts.
 *
 * Format: https://packaging.python.org/en/latest/specifications/entry-points/. Read as
 * importlib.metadata reads it: sections of `NAME = MODULE:ATTR [EXTRAS]`, where all but MODULE may
 * be absent; empty lines and those that begin with "#" mean nothing.
 */
#ifndef KILN_DISTRIBUTION_ENTRY_POINTS_H
#define KILN_DISTRIBUTION_ENTRY_POINTS_H

#include "base/arena.h"
#include "base/str.h"

#define ENTRY_POINTS_LIMIT ((size_t)4 << 20)

/* The slices borrow the text. */
struct entry_point {
	struct slice group;  /* "console_scripts" */
	struct slice name;   /* "flask" */
	struct slice module; /* "flask.cli": identifiers with dots between them */
	struct slice attr;   /* "main", of the same form; empty if there is none */
	struct slice extras; /* "[async]", or empty */
};

struct entry_points {
	struct entry_point *items; /* in the text's order; the arena's */
	size_t count;
	size_t capacity;
};

/* Parse the text. `origin` is the place of problems. A line that is no entry is passed over, and a
 * note about it added to `notes` (may be NULL). Fails (ERROR_INPUT) if the text is too large. */
int entry_points_parse(struct slice text, const char *origin, struct arena *arena,
    struct entry_points *ret, struct notes *notes, struct error **err);

/* Add an entry to a list. */
void entry_points_add(
    struct entry_points *points, struct arena *arena, const struct entry_point *entry);

/* Parse the value of an entry, "MODULE:ATTR [EXTRAS]", into the last three members. False if it is
 * none. */
bool entry_point_parse(struct slice value, struct entry_point *ret);

/* Whether a group is one of scripts: console_scripts or gui_scripts. */
bool entry_point_group_is_scripts(struct slice group);

/* Whether the entry is a script: of the group console_scripts or gui_scripts, with an attribute. */
bool entry_point_is_script(const struct entry_point *entry);

#endif
