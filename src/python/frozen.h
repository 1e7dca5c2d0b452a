/*
 * The modules of CPython that are part of this program (for the files of src/python): those that
 * its start needs, made by freeze.py.
 */
#ifndef KILN_PYTHON_FROZEN_H
#define KILN_PYTHON_FROZEN_H

#include "python/internal.h"

/* Ended by one without a name. */
extern const struct _frozen frozen_modules[];

#endif
