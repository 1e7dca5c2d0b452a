/*
 * Shorter bytecode for what instrumented code counts.
 *
 * For the extension module of programs that are measured (python/runtime): it needs no more of
 * CPython than its public headers.
 */
#ifndef KILN_PYTHON_VERSION_SHORTEN_H
#define KILN_PYTHON_VERSION_SHORTEN_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

/* Rewrite `0 not in CONSTANT` in place, where the value is dropped or decides what goes on. Where
 * the constant was asked for a member, it is then an iterator that is asked for its next item, and
 * ends: so `is_counter` tells which constants have tp_iternext, which counts and returns NULL. What
 * is not as expected stays, so they count in both ways.
 *
 * The code must not have run, but for what is before its first counter. To Python it is what it
 * was: `co_code`, and so what is made of the code by marshal, pickle, dis or replace(), stays. -1
 * with an exception when memory runs out; then the code stays. */
int version_shorten(PyCodeObject *object, bool (*is_counter)(PyObject *constant));

#endif
