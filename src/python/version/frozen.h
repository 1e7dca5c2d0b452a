/*
 * The modules of CPython's library that are part of this program (for the files of src/python).
 * freeze.py makes them.
 */
#ifndef KILN_PYTHON_FROZEN_H
#define KILN_PYTHON_FROZEN_H

#include "python/internal.h"

/* Ended by one without a name. */
extern const struct _frozen frozen_modules[];

#endif
