/*
 * MANIFEST.in: which files a source distribution has; setuptools installs those that are in
 * packages.
 *
 * Format:
 * https://setuptools.pypa.io/en/latest/userguide/miscellaneous.html#controlling-files-in-the-distribution
 * The rules hold one after the other: the last one that matches a file decides.
 */
#ifndef KILN_SHIP_MANIFEST_IN_H
#define KILN_SHIP_MANIFEST_IN_H

#include "image/glob.h"

#define MANIFEST_IN_LIMIT ((size_t)1 << 20)

struct manifest_in_rule {
	struct glob glob;
	bool includes;
};

struct manifest_in {
	struct manifest_in_rule *rules; /* the arena's */
	size_t count;
};

/* Parse the text; what is no command is passed over. */
void manifest_in_parse(struct manifest_in *ret, struct arena *arena, struct slice text);

/* Whether the path, which is confined and NUL-terminated, is included. */
bool manifest_in_has(const struct manifest_in *manifest, struct slice path);

#endif
