/*
 * Where an exception that leaves instrumented code was raised.
 *
 * The body of a timed function is in a `try` whose `finally` tells of its end; that of a counted
 * one may be in a `try` with a handler that counts and matches nothing. CPython's handlers raise
 * the exception again from their own line, which a tracer would take for the line that the function
 * was left from. A handler of `with` keeps on the stack where the exception was raised, and goes
 * back there. So do the handlers that are changed here.
 */
#ifndef KILN_PYTHON_VERSION_RAISED_H
#define KILN_PYTHON_VERSION_RAISED_H

#include <Python.h>

#include <stdbool.h>

/* Change the handlers in code, and in the code of its constants, that begin with `0 not in
 * CONSTANT` with a constant of which `is_exit` is true, and lead nowhere but out. The code must not
 * have run. -1 with an exception without memory. */
int version_keep_raised(PyCodeObject *code, bool (*is_exit)(PyObject *constant));

#endif
