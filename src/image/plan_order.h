/*
 * The order of a plan's items, and names that differ only in case.
 */
#ifndef KILN_IMAGE_PLAN_ORDER_H
#define KILN_IMAGE_PLAN_ORDER_H

#include "image/plan.h"

/* Put the items that a list names first, in its order, each after the directories above it; the
 * others stay in order behind them. The list has a path in a line; empty lines, those that begin
 * with "#", and paths that the plan lacks mean nothing. A module that has another name in this form
 * is found by its source's path: "a/m.pyc", "a/__pycache__/m.TAG.pyc" and "a/m.py" all name the
 * bytecode of a/m.py that is there, or else the source. *ret_found is how many lines name
 * something. */
void plan_put_first(struct plan *plan, struct slice list, size_t *ret_found);

/* Call `meet` for each item of a finished plan whose path is that of an earlier item on a file
 * system that does not distinguish upper and lower case. Fails where the C library has no C.UTF-8.
 */
int plan_find_collisions(const struct plan *plan,
    void (*meet)(void *context, const struct item *item, const struct item *earlier), void *context,
    struct error **err);

#endif
