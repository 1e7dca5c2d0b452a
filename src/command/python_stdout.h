/*
 * Standard output and standard error as CPython's commands use them. Standard output is buffered,
 * except on a terminal or with PYTHONUNBUFFERED. Both have the encoding that PYTHONIOENCODING says.
 */
#ifndef KILN_COMMAND_PYTHON_STDOUT_H
#define KILN_COMMAND_PYTHON_STDOUT_H

#include "base/str.h"
#include "command/argparse.h"

struct output {
	struct str pending;		  /* for standard output */
	bool direct;			  /* not buffered */
	struct python_stream *streams[2]; /* standard output and error; NULL: UTF-8 */
	struct error *error;		  /* the first failure of standard output */
};

void output_init(struct output *output);

/* Write UTF-8 to standard output or (`error`) to standard error. output_finish() reports a failure
 * of standard output; one of standard error cannot be reported. `context` is a struct output. */
void output_print(void *context, bool error, struct slice text);

/* Print an error for which CPython would print a traceback; returns the exit status. */
int output_uncaught(struct output *output, const char *message);

/* Write what is buffered, and release. Returns `status`, or 3 if standard output failed, which is
 * reported. */
int output_finish(struct output *output, int status);

/* Run a command: parse its arguments into `settings` and call `body`, unless CPython would end
 * before that. Returns the exit status. */
int output_run(const struct argparse *parser, int argc, char **argv, void *settings,
    int (*body)(struct output *output, void *settings, const struct argparse_result *arguments));

#endif
