/*
 * Running the program of a run, as a shell runs one.
 */
#ifndef KILN_RUN_PROGRAM_H
#define KILN_RUN_PROGRAM_H

#include "base/error.h"

/* Run `arguments` (ended by NULL; the first is the program) with this process's standard streams
 * and open descriptors until it ends. SIGTERM and SIGHUP that this process gets are sent on to it;
 * those of the terminal reach both. *ret is its exit status, or 128 and the number of the signal
 * that ended it. signals_install() must have been called. */
int program_run(
    const char *const *arguments, const char *const *environment, int *ret, struct error **err);

#endif
