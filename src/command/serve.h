/*
 * What the commands that serve requests of Bazel share.
 */
#ifndef KILN_COMMAND_SERVE_H
#define KILN_COMMAND_SERVE_H

#include "bazel/persistent_worker.h"

/* Serve requests from standard input with the interpreter at hand, in so many processes at most.
 * `work` is that of struct persistent_worker. */
int serve(void *context, unsigned processes,
    int (*work)(void *context, const struct work_request *request, struct str *output),
    struct error **err);

/* Append an error to a response; its exit status. */
int serve_error(const struct error *error, struct str *output);

#endif
