/*
 * Resolves the links of a tree.
 */
#ifndef KILN_IMAGE_LINK_H
#define KILN_IMAGE_LINK_H

#include <sys/stat.h>

#include "base/str.h"

enum link_end {
	LINK_OUTSIDE,  /* absolute, or out of the tree */
	LINK_DANGLING, /* nothing is there */
	LINK_UNSEEN,   /* could not be examined, or a part of the way: errno */
	LINK_ENDLESS,  /* more than LINK_LIMIT links on the way, as in a cycle */
	LINK_REGULAR,  /* a regular file */
	LINK_OTHER,    /* a directory or anything else */
};

/* The limit of Linux. */
#define LINK_LIMIT 40

/*
 * Follow the link at `link` (confined, below the directory `root`) with the text `target`,
 * component by component. Every directory and link on the way must be in the tree. A link also
 * counts as leading out if it does so by its text alone, with "x/.." removed.
 *
 * For LINK_REGULAR, `ret_path` is the file's path relative to the root and *ret_stat describes it.
 */
enum link_end link_resolve(const char *root, struct slice link, struct slice target,
    struct str *ret_path, struct stat *ret_stat);

#endif
