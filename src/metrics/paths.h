/*
 * The paths of sources: those that captures, images and diffs say, made comparable, and which of
 * them are reported.
 *
 * A path is made absolute and normalized by its text. Then the first prefix that matches is
 * replaced: sources of another machine, or of where they were installed, become those of here.
 */
#ifndef KILN_METRICS_PATHS_H
#define KILN_METRICS_PATHS_H

#include "base/fields.h"

struct paths {
	struct str directory; /* the current one */
	struct fields from;   /* prefixes: components that fnmatch(3) matches; parallel: */
	struct fields to;
	struct fields sources;	 /* patterns; one of them matches, if there are any */
	struct fields includes;	 /* patterns; one of them matches, if there are any */
	struct fields omissions; /* patterns; none of them matches */
};

/* Begin with what the current directory is. */
int paths_init(struct paths *paths, struct error **err);

/* Replace a prefix `from`, which may have wildcards, by `to`. Relative ones are below the current
 * directory, unless they begin with a wildcard. */
void paths_map(struct paths *paths, struct slice from, struct slice to);

/* Take `OLD=NEW`. ERROR_USAGE. */
int paths_map_text(struct paths *paths, const char *text, struct error **err);

/* Report only sources below a directory or, where there is no such directory, of a package or
 * module of this name. */
int paths_source(struct paths *paths, const char *directory, struct error **err);

/* Report only sources whose paths match, or do not match, a pattern of fnmatch(3), in which `*`
 * matches slashes, too. Relative ones as above. */
void paths_include(struct paths *paths, struct slice pattern);
void paths_omit(struct paths *paths, struct slice pattern);

/* Append the path by which a source is known. */
void paths_resolve(const struct paths *paths, struct slice path, struct str *ret);

/* Whether a source of this path, as above, is reported. */
bool paths_select(const struct paths *paths, struct slice path);

/* The path as it is shown: relative, if it is below the current directory. */
struct slice paths_shown(const struct paths *paths, struct slice path);

void paths_release(struct paths *paths);
#define autopaths CLEANUP(paths_release)

#endif
