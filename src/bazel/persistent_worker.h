/*
 * A persistent worker for Bazel: reads requests from one descriptor and writes responses to
 * another.
 *
 * Messages are WorkRequest and WorkResponse of Bazel's worker_protocol.proto in proto3's JSON form
 * (https://bazel.build/remote/creating): consecutive JSON objects, with or without white space
 * between them (Bazel 4 writes none, later versions a newline). Each response is one line.
 *
 * One process reads requests and writes responses; processes forked from it do the work. A request
 * with an id is answered once it is done; requests without an id (id 0) are answered in their
 * order. A request that is cancelled before its work began is not done. If it is cancelled later,
 * the work goes on to its end, and the response says that it was cancelled.
 */
#ifndef KILN_BAZEL_PERSISTENT_WORKER_H
#define KILN_BAZEL_PERSISTENT_WORKER_H

#include "jobs/reporter.h"

struct work_request {
	char **arguments; /* ended by NULL */
	int argument_count;
	const char *directory; /* sandboxDir, which paths are relative to; NULL: the current one */
	int verbosity;
};

struct persistent_worker {
	void *context;
	unsigned processes; /* the most that run at once, at least 1 */
	/* In a forked process: do a request, and append messages, in UTF-8, to `output`. Returns
	 * the exit code. */
	int (*work)(void *context, const struct work_request *request, struct str *output);
	/* In the caller: gets a warning if some processes cannot be started; may be NULL. */
	struct reporter *reporter;
};

/* Append `path`, below the request's directory unless it is absolute. */
void work_request_path(const struct work_request *request, const char *path, struct str *ret);

/* Serve until the end of input, and answer all requests before returning. Fails if a descriptor
 * fails, if no process runs and none can be started, or when interrupted (signals_received()). If
 * the input is no sequence of JSON objects, answers the requests before the error, then fails. */
int persistent_worker_serve(
    const struct persistent_worker *service, int input, int output, struct error **err);

#endif
