/*
 * What the handlers of instrumented functions ask of exceptions that leave (docs/formats.rst,
 * "Instrumented modules", letter w).
 */
#ifndef KILN_PYTHON_RUNTIME_HANDLER_H
#define KILN_PYTHON_RUNTIME_HANDLER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "python/runtime/map.h"

/* Before all else, once. -1 with an exception. */
int handler_ready(void);

/* Whether a constant is that of a handler: bytes. */
bool handler_is_placeholder(PyObject *constant);

/* A new object that stands in for such a constant, and counts in a block of regions. Asked for a
 * member while an exception is handled, it counts for the instruction that the frame was left from.
 * NULL with an exception. */
PyObject *handler_new(PyObject *placeholder, struct map_block *regions);

#endif
