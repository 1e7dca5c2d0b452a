/*
 * Bazel's persistent workers over JSON: requests on one descriptor, responses on another.
 *
 * The messages are WorkRequest and WorkResponse of Bazel's worker_protocol.proto in proto3's JSON
 * form (https://bazel.build/remote/creating): consecutive JSON objects, with or without white
 * space between them (Bazel 4 writes none, later ones a newline). Each response is one line.
 *
 * One process reads and answers; others, forked from it, work. Requests with an id are answered as
 * they are done, those without one (id 0) in their order. A request that is cancelled before it was
 * begun is not done; one that is being worked on is answered as cancelled when nothing of it goes
 * on.
 */
#ifndef KILN_BAZEL_PERSISTENT_WORKER_H
#define KILN_BAZEL_PERSISTENT_WORKER_H

#include "jobs/reporter.h"

struct work_request {
	char **arguments; /* ended by NULL */
	int argument_count;
	const char
	    *directory; /* sandboxDir: what paths are relative to; NULL for the current one */
	int verbosity;
};

struct persistent_worker {
	void *context;
	unsigned processes; /* the most that work at once, at least 1 */
	/* In a worker process: do a request, append what is to be said to `output`, which is UTF-8;
	 * the exit code. */
	int (*work)(void *context, const struct work_request *request, struct str *output);
	/* In the caller, who is told that some processes cannot be started; may be NULL. */
	struct reporter *reporter;
};

/* Append `path`, below the request's directory unless it is absolute. */
void work_request_path(const struct work_request *request, const char *path, struct str *ret);

/* Serve until the end of input, and answer everything before returning. Fails when input is no
 * sequence of JSON objects, then after answering those before; when a descriptor fails; when there
 * is no process and none can be started; or when interrupted (signals_received()). */
int persistent_worker_serve(
    const struct persistent_worker *service, int input, int output, struct error **err);

#endif
