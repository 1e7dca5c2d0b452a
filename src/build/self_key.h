/*
 * The identity of this program, a part of the keys of all that the program makes itself.
 */
#ifndef KILN_BUILD_SELF_KEY_H
#define KILN_BUILD_SELF_KEY_H

#include "build/foreign_cc.h"

/* Append the versions of this program and of its CPython, and the build ids of both, which differ
 * between any two builds; for a variant of another CPython those of its executable. ERROR_SYSTEM if
 * an executable has no build id, ERROR_INPUT if that CPython is not installed. */
int self_key_add(struct foreign_pythons *pythons, struct slice architecture, struct str *ret,
    struct error **err);

#endif
