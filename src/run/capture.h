/*
 * The capture directory of a run.
 *
 * Captures of the run before are set aside until something is measured: a program that does not
 * even start leaves them.
 */
#ifndef KILN_RUN_CAPTURE_H
#define KILN_RUN_CAPTURE_H

#include "base/str.h"

/* The name of the capture directory if none is given: the run before is replaced there. */
#define CAPTURE_DEFAULT ".kiln-capture"

/* Valid with CAPTURE_INIT. */
struct capture {
	struct str path; /* absolute */
	int fd;
	bool has_before; /* captures are set aside */
};

#define CAPTURE_INIT ((struct capture){STR_INIT, -1, false})

/* Make the directory. Captures are added to those in `given`; NULL is CAPTURE_DEFAULT in the
 * working directory, whose captures are set aside. ERROR_USAGE if something else has that name. */
int capture_open(struct capture *capture, const char *given, struct error **err);

/* Whether there are captures of this kind ("coverage" or "profile"), or if it is NULL of any. */
bool capture_has(const struct capture *capture, const char *kind);

/* What was measured replaces what is set aside. */
int capture_replace(struct capture *capture, struct error **err);

/* Put back what is still set aside; true if something was. */
bool capture_restore(struct capture *capture);

/* Release all, after capture_restore(). */
void capture_close(struct capture *capture);
#define autocapture CLEANUP(capture_close)

#endif
