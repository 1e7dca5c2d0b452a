/*
 * The capture directory of a run.
 */
#ifndef KILN_RUN_CAPTURE_H
#define KILN_RUN_CAPTURE_H

#include "base/str.h"

/* The name of the capture directory if none is given: the run before is replaced there. */
#define CAPTURE_DEFAULT ".kiln-capture"

/* Make the directory, and append its absolute path. Captures are added to those in `given`; NULL
 * is CAPTURE_DEFAULT in the working directory, whose captures are removed before. ERROR_USAGE if
 * something else has that name. */
int capture_make(const char *given, struct str *ret, struct error **err);

#endif
