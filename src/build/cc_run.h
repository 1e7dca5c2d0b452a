/*
 * Running `kiln cc OUT SRC [KEY VALUE]...` as a command of a build, without a process.
 */
#ifndef KILN_BUILD_CC_RUN_H
#define KILN_BUILD_CC_RUN_H

#include "base/error.h"
#include "base/place.h"

/* Where a command of a build works. */
struct cc_place {
	const char *directory; /* absolute */
	/* The descriptor of `directory`, through which paths below it are opened; NULL: paths are
	 * opened as they are. */
	const int *root;
};

/* The place of a path. One below place->directory is reached from that directory's descriptor. */
struct place cc_place_of(const struct cc_place *place, const char *path);

/* Run the command; `arguments` are its words from OUT on, ended by NULL. Errors are those of
 * cc_instruction_parse() and cc_instruction_run(). */
int cc_run(const struct cc_place *place, const char *const *arguments, struct notes *notes,
    struct error **err);

#endif
