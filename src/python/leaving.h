/*
 * What is counted of exceptions that leave a function: which counters, by the instruction.
 *
 * The tree has the places of statements (region_walk.h). Only the code that CPython made of it has
 * instructions, whose positions a program may be run without.
 */
#ifndef KILN_PYTHON_LEAVING_H
#define KILN_PYTHON_LEAVING_H

#include "python/internal.h"

/* How the placeholder of a handler begins. */
#define LEAVING_MARK INSTRUMENT_MARK "w"

/* Replace the places in the handlers' placeholders of code that was compiled just now, and of the
 * code in it, by lines `BEGIN END COUNTER...`: offsets in bytes, the second one exclusive. -1 with
 * an exception without memory. */
int leaving_place(PyCodeObject *code);

#endif
