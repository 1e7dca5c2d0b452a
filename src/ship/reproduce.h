/*
 * Assembling a bundle twice, differently, to see whether it is the same: --reproducible=check.
 */
#ifndef KILN_SHIP_REPRODUCE_H
#define KILN_SHIP_REPRODUCE_H

#include "ship/assemble.h"

/*
 * assemble(), after a build of the same in a temporary directory: in another process, without the
 * cache, with another number of workers, tasks in the opposite order, another umask and time zone.
 * What differs is reported and counted as failed; the bundle stays. Fails as assemble() does, and
 * with ERROR_SYSTEM if the other build did.
 */
int assemble_twice(const struct assemble_options *options, struct reporter *reporter,
    struct assemble_result *ret, struct error **err);

#endif
