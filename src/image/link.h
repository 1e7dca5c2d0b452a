/*
 * Where the links of a tree lead.
 */
#ifndef KILN_IMAGE_LINK_H
#define KILN_IMAGE_LINK_H

#include <sys/stat.h>

#include "base/str.h"

enum link_end {
	LINK_OUTSIDE,  /* absolute, or out of the tree */
	LINK_DANGLING, /* nothing is there */
	LINK_UNSEEN,   /* what is there, or on the way, could not be looked at, for the reason in
			  errno */
	LINK_ENDLESS,  /* more than LINK_LIMIT links on the way: a cycle, or as good as one */
	LINK_REGULAR,  /* a regular file */
	LINK_OTHER,    /* a directory or anything else */
};

/* As many as Linux follows itself. */
#define LINK_LIMIT 40

/*
 * Follow the link at `link` (confined, below the directory `root`) with the text `target`, by
 * components: all that it passes must be in the tree, other links included. What leads out when
 * "x/.." is taken for nothing, as a reader does that does not look at the file system, leads out as
 * well.
 *
 * For LINK_REGULAR, `ret_path` is the file's path relative to the root and *ret_stat describes it.
 */
enum link_end link_resolve(const char *root, struct slice link, struct slice target,
    struct str *ret_path, struct stat *ret_stat);

#endif
