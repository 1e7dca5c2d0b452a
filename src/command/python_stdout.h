/*
 * Standard output and standard error as CPython's commands use them: the first is buffered, but
 * for a terminal or with PYTHONUNBUFFERED; both are in the encoding that PYTHONIOENCODING asks for.
 */
#ifndef KILN_COMMAND_PYTHON_STDOUT_H
#define KILN_COMMAND_PYTHON_STDOUT_H

#include "base/str.h"
#include "command/argparse.h"

struct output {
	struct str pending; /* for standard output */
	bool direct;	    /* nothing is held back */
	struct python_stream
	    *streams[2]; /* standard output and error, if they are not UTF-8; NULL if they are */
	struct error *error; /* the first failure of standard output */
};

void output_init(struct output *output);

/* Write UTF-8 to standard output or (`error`) to standard error. A failure of standard output is
 * for output_finish() to report; there is nowhere to report one of standard error. The first
 * argument is a struct output. */
void output_print(void *context, bool error, struct slice text);

/* Say what CPython would end with a traceback for; the exit status. */
int output_uncaught(struct output *output, const char *message);

/* Write what is held back and release. The exit status: `status`, or 3 if standard output failed,
 * which is reported then. */
int output_finish(struct output *output, int status);

/* Run a command: take its arguments into `settings` and call `body`, unless CPython would not get
 * so far. The exit status. */
int output_run(const struct argparse *parser, int argc, char **argv, void *settings,
    int (*body)(struct output *output, void *settings, const struct argparse_result *arguments));

#endif
