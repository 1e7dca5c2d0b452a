/*
 * Editable installations: what a site-packages has by way of .pth files, which name directories
 * elsewhere.
 *
 * Formats: https://docs.python.org/3/library/site.html for .pth;
 * https://setuptools.pypa.io/en/latest/deprecated/python_eggs.html for .egg-link; PEP 610 for
 * direct_url.json, PEP 660 for editable installations. The image must have what the .pth leads to,
 * as nothing reads a .pth there, and no directory elsewhere would come along. But a .pth can name
 * any directory, and sources come from anywhere: only those are resolved that an installer wrote.
 */
#ifndef KILN_SHIP_EDITABLE_H
#define KILN_SHIP_EDITABLE_H

#include "ship/inputs.h"

/* Which .pth files are resolved. */
enum editable_rule {
	EDITABLE_ALL,	/* the root is the site-packages of an environment */
	EDITABLE_OWNED, /* those that the RECORD of an editable installation has */
	EDITABLE_NONE,	/* the root is what a wheel has */
};

/* A directory that a .pth names. */
struct editable_path {
	const char *pth;   /* which one, as messages name it */
	const char *path;  /* where it is read: absolute, or found from the root */
	const char *owner; /* the name of the dist-info whose RECORD has the .pth; or NULL */
};

struct editable {
	struct editable_path *paths; /* in the order of the files and lines */
	size_t count;
	const char **excludes; /* names in the root that are not taken, for this; ended by NULL */
	size_t exclude_count;
};

/*
 * Find them in the root of a directory; strings are in the inputs' arena. A .pth of paths alone,
 * absolute or relative to the root, is resolved if the rule says so: it is not taken, nor is
 * direct_url.json of its distribution. One with code is a warning, and taken. Any other is a file
 * like others, with a warning if it names a directory by a relative path. Problems, for the
 * listener, of what would be resolved: a .pth with code of an editable installation, a path that is
 * not a directory, a distribution that direct_url.json calls editable and no .pth resolves, an
 * .egg-link (unless the root is a wheel's) to a directory that none of the .pth leads to; else that
 * is not taken.
 */
int editable_find(struct inputs *inputs, const struct plan_source *source, enum editable_rule rule,
    struct editable *ret, struct error **err);

void editable_release(struct editable *editable);

#endif
