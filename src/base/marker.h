/*
 * The marker in the root of an image that is a directory: the program made it, and may replace it.
 * Whoever looks for sources leaves such a directory out.
 */
#ifndef KILN_BASE_MARKER_H
#define KILN_BASE_MARKER_H

#include "base/error.h"
#include "base/str.h"

#define MARKER_TEXT "An image made by kiln, which may replace it.\n"

/* The second name is for images whose sources have the first. */
extern const char *const marker_names[2];

#define MARKER_NAMES (sizeof(marker_names) / sizeof(*marker_names))

bool marker_is_name(struct slice name);

/* Whether `name` below a directory (or AT_FDCWD) is a marker by its content, whatever its name.
 * ERROR_INPUT if it cannot be read. */
int marker_is(int directory, const char *name, bool *ret, struct error **err);

/* Whether the directory `path` below a directory (or AT_FDCWD) has a marker. Errors as above. */
int marker_is_in(int directory, const char *path, bool *ret, struct error **err);

#endif
