/*
 * Serving requests of Bazel, for the commands that are persistent workers.
 */
#ifndef KILN_COMMAND_SERVE_H
#define KILN_COMMAND_SERVE_H

#include "bazel/persistent_worker.h"

/* Start the interpreter and serve requests from standard input, in at most `processes` processes.
 * `work` is as in struct persistent_worker. */
int serve(void *context, unsigned processes,
    int (*work)(void *context, const struct work_request *request, struct str *output),
    struct error **err);

/* Append an error to a response; returns its exit status. */
int serve_error(const struct error *error, struct str *output);

#endif
