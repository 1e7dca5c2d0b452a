/*
 * The packages of an image: its distributions, and what belongs to none of them.
 *
 * A file belongs to the distribution whose RECORD names it, or, where that has none, whose
 * top_level.txt names the package or module; bytecode belongs to whom its source belongs to. What
 * is left belongs to a package of the name at the top, seen from the directory that holds
 * distributions, or from the root of the image.
 */
#ifndef KILN_INSPECT_PACKAGES_H
#define KILN_INSPECT_PACKAGES_H

#include "inspect/inspection.h"

struct package {
	struct slice label;   /* "attrs 22.2.0", or the name of a package or file */
	bool is_distribution; /* the members below are set */
	struct slice name;    /* as its metadata has it */
	struct slice version;
	struct slice directory;	       /* of its metadata, in the image; or a file */
	struct slice text;	       /* of its METADATA or PKG-INFO */
	uint64_t sizes[INSPECT_KINDS]; /* of its files */
	size_t files;
};

struct packages {
	struct package *items; /* sorted by label */
	size_t count;
	size_t
	    *owners; /* of each entry of the contents: the index of the package; files and links */
	struct arena arena;
};

/* The owner of what belongs to nobody: directories. */
#define PACKAGE_NONE SIZE_MAX

/* Find the packages. Metadata that cannot be read is told as a fault, with the distribution's name
 * taken from its directory. *ret must be zeroed; it borrows from the inspection. */
void packages_find(struct inspection *inspection, struct packages *ret);

/* Append "pkg:pypi/NAME@VERSION", the package URL of a distribution. */
void package_add_purl(struct str *ret, const struct package *package);

void packages_release(struct packages *packages);
#define autopackages CLEANUP(packages_release)

#endif
