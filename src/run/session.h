/*
 * The directory with what programs of a run load: PYTHONPATH leads to it. docs/formats.rst, "A
 * run", has its files.
 */
#ifndef KILN_RUN_SESSION_H
#define KILN_RUN_SESSION_H

#include "run/sources.h"

/* Valid with SESSION_INIT. */
struct session {
	char *path; /* absolute; NULL: there is none */
	int fd;
};

#define SESSION_INIT ((struct session){NULL, -1})

/* Make the directory in the capture directory of the options (absolute). `counters` is the path of
 * the extension module, or NULL. Starts the interpreter. ERROR_SYSTEM. */
int session_open(struct session *session, const struct sources_options *options,
    const struct sources *sources, const char *counters, struct error **err);

/* The command line of a program: `-m MODULE` or a script, and what follows it. `program` is the
 * interpreter. The caller frees the array; its strings are borrowed from the arguments and *ret. */
const char **session_arguments(const struct session *session, const char *program,
    const char *module, const char *const *arguments, char **ret_script);

/* The environment of a program: this process's, and where captures go. */
void session_environment(const struct session *session, const char *capture, struct fields *ret);

/* Append the paths of sources that were loaded without counters, a line each, sorted. */
void session_others(const struct session *session, struct fields *ret);

/* Remove the directory. */
void session_close(struct session *session);
#define autosession CLEANUP(session_close)

#endif
