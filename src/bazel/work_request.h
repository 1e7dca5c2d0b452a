/*
 * Requests of Bazel's worker protocol: where one ends, and what it says (for worker.c).
 */
#ifndef KILN_BAZEL_WORK_REQUEST_H
#define KILN_BAZEL_WORK_REQUEST_H

#include "bazel/persistent_worker.h"

/* The most bytes of one request. */
#define REQUEST_LIMIT ((size_t)64 << 20)

/* Finds the ends of consecutive JSON objects in bytes that arrive in pieces. Valid when all zero.
 */
struct request_scanner {
	size_t at;	/* how many bytes of the object were looked at */
	unsigned depth; /* of brackets; 0 before the object */
	bool in_string;
	bool escaped; /* the next byte of a string belongs to a backslash */
};

/* Look at the bytes, which begin with those of the calls before: *ret_len is the length up to the
 * end of the first object, 0 if that is not there yet. What is no object, or too large, fails
 * (ERROR_INPUT). */
int request_scan(
    struct request_scanner *scanner, struct slice bytes, size_t *ret_len, struct error **err);

/* A request as it came, of which the coordinator needs no more. */
struct request_head {
	int64_t id;
	bool cancel;
};

struct request {
	struct request_head head;
	struct work_request work;
	char *directory;
};

/* Read a request. If it is JSON but no request, *ret has the id, if there is one. */
int request_parse(struct slice json, struct request *ret, struct error **err);
void request_release(struct request *request);

#endif
