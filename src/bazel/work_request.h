/*
 * Scanning and parsing requests of Bazel's worker protocol (for persistent_worker.c).
 */
#ifndef KILN_BAZEL_WORK_REQUEST_H
#define KILN_BAZEL_WORK_REQUEST_H

#include "bazel/persistent_worker.h"

/* The most bytes of one request. */
#define REQUEST_LIMIT ((size_t)64 << 20)

/* Finds the ends of consecutive JSON objects in bytes that arrive in pieces. Valid when all zero.
 */
struct request_scanner {
	size_t at;	/* bytes of the object that were scanned */
	unsigned depth; /* of brackets; 0 before the object */
	bool in_string;
	bool escaped; /* a backslash precedes the next byte of a string */
};

/* Scan bytes, which begin with those of the calls before, for the end of the first object. *ret_len
 * is the length up to there, 0 if the object is not complete yet. ERROR_INPUT if the bytes are no
 * object, or it is too large. */
int request_scan(
    struct request_scanner *scanner, struct slice bytes, size_t *ret_len, struct error **err);

/* The part of a request that the serving process needs. */
struct request_head {
	int64_t id;
	bool cancel;
};

struct request {
	struct request_head head;
	struct work_request work;
	char *directory;
};

/* Parse a request. If it is JSON but no valid request, *ret still has the id, if there is one.
 * Release *ret in any case. */
int request_parse(struct slice json, struct request *ret, struct error **err);
void request_release(struct request *request);

#endif
