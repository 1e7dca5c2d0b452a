/*
 * The scripts that distributions in a plan offer: console_scripts and gui_scripts of the
 * entry_points.txt in each dist-info or egg-info.
 */
#ifndef KILN_SHIP_ENTRIES_H
#define KILN_SHIP_ENTRIES_H

#include "distribution/entry_points.h"
#include "image/plan.h"

/* Whether the item is such an entry_points.txt, and has an origin. */
bool entries_are_in(const struct item *item);

/* Read all scripts in the plan, file by file; all of it is the arena's. Fails (ERROR_INPUT) if a
 * file cannot be read. */
int entries_read(
    const struct plan *plan, struct arena *arena, struct entry_points *ret, struct error **err);

/* The script of that name; NULL if there is none. */
const struct entry_point *entries_find(const struct entry_points *entries, struct slice name);

/* Whether Python can import the entry's object with `from MODULE import ATTRIBUTE`, which its
 * script does: no part is a keyword, or no identifier. Starts the interpreter for names beyond
 * ASCII. */
int entries_check(const struct entry_point *entry, bool *ret, struct error **err);

/* Warn the listener if the module of an entry is not in the plan, beside what is at `base` ("" is
 * the root): Python then has to find it elsewhere. `place` says who names it. */
void entries_warn_of_module(const struct plan *plan, struct slice base,
    const struct entry_point *entry, const char *place, const struct plan_listener *listener);

/* The only console script; NULL if there is none, or another one that is different. */
const struct entry_point *entries_only(const struct entry_points *entries);

#endif
