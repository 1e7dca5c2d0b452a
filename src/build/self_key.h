/*
 * The identity of this program, a part of the keys of all that the program makes itself.
 */
#ifndef KILN_BUILD_SELF_KEY_H
#define KILN_BUILD_SELF_KEY_H

#include "base/str.h"

/* Append the versions of this program and of its CPython, and the build ids of both, which differ
 * between any two builds. ERROR_SYSTEM if the executable has no build id. */
int self_key_add(struct str *ret, struct error **err);

#endif
