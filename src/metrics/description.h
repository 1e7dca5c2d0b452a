/*
 * Descriptions: what delineation says about the counted regions of sources (docs/formats.rst,
 * "Descriptions"): the files `areas`, `types`, `sources` and `hashes` below a directory.
 */
#ifndef KILN_METRICS_DESCRIPTION_H
#define KILN_METRICS_DESCRIPTION_H

#include "base/arena.h"
#include "metrics/paths.h"
#include "python/element.h"

/* The counted regions of one source. */
struct described_source {
	struct slice
	    factor;	   /* where the description is in the tree: the name of the source there */
	struct slice path; /* absolute, as `paths` says */
	struct slice hash; /* hexadecimal, or empty */
	struct area *areas;
	char *types; /* parallel to the areas */
	size_t count;
};

/* Sources in the order in which they were found. Valid when all zero. */
struct description_tree {
	struct arena arena;
	struct described_source *sources;
	size_t count;
	size_t capacity;
};

/* The files of one description, which may be anything. */
struct description_text {
	struct slice sources, areas, types, hashes;
};

/* Add the sources of a description; relative paths are below `base`, or the current directory if
 * that is empty. ERROR_INPUT, with `name` as its place, if it is none. */
int description_parse(struct description_tree *tree, const struct paths *paths, struct slice base,
    const struct description_text *text, struct slice factor, const char *name, struct error **err);

/* Add all descriptions below a directory. Relative paths of sources are below the nearest directory
 * above it that has the first of them, so that descriptions are of their project wherever the
 * command runs; else below the current one. Errors that are of the input have its path. */
int description_read(struct description_tree *tree, const struct paths *paths,
    const char *directory, struct error **err);

/* The same for descriptions in a capture: their sources have no factors. */
int description_read_captured(struct description_tree *tree, const struct paths *paths,
    const char *directory, struct error **err);

void description_tree_release(struct description_tree *tree);
#define autodescription_tree CLEANUP(description_tree_release)

#endif
