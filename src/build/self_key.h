/*
 * The identity of this program, a part of the keys of all that the program makes itself.
 */
#ifndef KILN_BUILD_SELF_KEY_H
#define KILN_BUILD_SELF_KEY_H

#include "build/foreign_cc.h"

/* Append the identity of this program (python/identity.h); for a variant of another CPython that of
 * its executable. ERROR_SYSTEM if an executable has no build id, ERROR_INPUT if that CPython is not
 * installed. */
int self_key_add(struct foreign_pythons *pythons, struct slice architecture, struct str *ret,
    struct error **err);

#endif
