/*
 * Globs that exclude entries from an image.
 *
 * A glob without a slash is matched against an entry's name, as fnmatch(3) does without flags. One
 * with a slash is matched against the whole path, component by component, each as fnmatch(3) does;
 * a slash is matched only by a component "**", which matches any number of components, also none.
 * Slashes at both ends of a glob, and repeated ones, are ignored; a glob of slashes alone matches
 * nothing.
 */
#ifndef KILN_IMAGE_GLOB_H
#define KILN_IMAGE_GLOB_H

#include "base/arena.h"

struct glob {
	const char *name;   /* of a glob without a slash, else NULL */
	const char **parts; /* the components of one with */
	size_t count;
};

struct globs {
	struct glob *list;
	size_t count;
};

/* Parse a glob. The pattern is borrowed, the rest is in the arena. */
void glob_init(struct glob *glob, struct arena *arena, const char *pattern);

/* Whether a glob matches `path`, which is confined and has a NUL after it. */
bool glob_matches(const struct glob *glob, struct slice path);

/* Whether a glob with a slash may match something below the directory, whose path is as that of
 * glob_matches(). */
bool glob_may_match_below(const struct glob *glob, struct slice directory);

/* The glob, in the arena, that matches exactly what the text says. */
const char *glob_escape(struct arena *arena, const char *text);

/* Parse globs. `patterns` ends with NULL, or is NULL for none. The patterns are borrowed, the rest
 * is in the arena. */
void globs_init(struct globs *globs, struct arena *arena, const char *const *patterns);

/* Whether any of them matches `path`, which is confined and has a NUL after it. */
bool globs_match(const struct globs *globs, struct slice path);

#endif
