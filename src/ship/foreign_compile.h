/*
 * Compiling one source for another version of CPython: a request to that version's executable, and
 * its answer there (jobs/foreign_worker.h).
 */
#ifndef KILN_SHIP_FOREIGN_COMPILE_H
#define KILN_SHIP_FOREIGN_COMPILE_H

#include "base/packing.h"
#include "ship/compile_bytecode.h"

/* Let the worker do compile_bytecode(). Notes and errors are those that it has. */
int foreign_compile(struct foreign_worker *worker, int root, const struct item *item,
    const char *recorded, struct slice bytes, const struct compile_options *options,
    struct notes *notes, struct error **err);

/* In the other executable: answer such a request, from which the first number was taken. */
int foreign_compile_answer(
    struct unpacker *request, int root, struct notes *notes, struct error **err);

#endif
