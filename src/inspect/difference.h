/*
 * What differs between two images, entry by entry.
 *
 * Files differ in content or mode, links in their text. Directories count only if they are empty:
 * others are there because of what they have. Times do not count.
 */
#ifndef KILN_INSPECT_DIFFERENCE_H
#define KILN_INSPECT_DIFFERENCE_H

#include "inspect/packages.h"

struct difference {
	const struct image_entry *before; /* NULL if it was added */
	const struct image_entry *after;  /* NULL if it was removed */
	size_t group;
};

/* The differences of one package, of whatever version. */
struct difference_group {
	struct slice label;
	const struct package *before; /* NULL if the image before has none */
	const struct package *after;
};

struct differences {
	struct difference *items; /* sorted by group, then path */
	size_t count;
	struct difference_group *groups; /* sorted by label; only those with differences are used */
	size_t group_count;
	size_t added, removed, changed;
	size_t new_blobs;   /* of the image after: those that the one before does not have */
	uint64_t new_bytes; /* their size */
	struct arena arena;
};

/* Compare two images. *ret must be zeroed; it borrows from the others. */
void differences_find(const struct inspection *before, const struct packages *before_packages,
    const struct inspection *after, const struct packages *after_packages, struct differences *ret);

void differences_release(struct differences *differences);
#define autodifferences CLEANUP(differences_release)

#endif
