/*
 * Which program made something: a part of the keys of all that kiln makes itself.
 *
 * It differs between any two builds of kiln or of CPython, and with the limit of digits, which
 * decides which sources can be translated (interpreter_limit_digits()).
 */
#ifndef KILN_PYTHON_IDENTITY_H
#define KILN_PYTHON_IDENTITY_H

#include "base/str.h"

/* Append the versions of this program and of its CPython, and the build ids of both. ERROR_SYSTEM
 * if an executable has no build id. */
int identity_add(struct str *ret, struct error **err);

/* Append the same of the executable `program`, which embeds another version of CPython. */
int identity_add_program(
    const char *program, const char *version, struct str *ret, struct error **err);

#endif
