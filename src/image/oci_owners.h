/*
 * Which distribution a file of an image belongs to, and which distributions are the user's own
 * code.
 *
 * A distribution is described by a directory NAME-VERSION.dist-info with a RECORD, which names its
 * files, or by a NAME-VERSION.egg-info, a directory or a file (a NAME.egg-info without a version is
 * what setuptools leaves in a project that is being worked on). The files of an egg-info are those
 * that installed-files.txt names, or the modules and packages that top_level.txt names, or those
 * that have the distribution's name; and the scripts bin/NAME of its entry points. Formats:
 * https://packaging.python.org/en/latest/specifications/recording-installed-packages/, and
 * https://setuptools.pypa.io/en/latest/deprecated/python_eggs.html.
 *
 * A distribution is own if items of the plan name its dist-info as their owner: those were found in
 * the project itself, not in what was installed of it.
 */
#ifndef KILN_IMAGE_OCI_OWNERS_H
#define KILN_IMAGE_OCI_OWNERS_H

#include "image/item_content.h"
#include "image/plan.h"

struct oci_owner {
	const char *name; /* normalized */
	bool is_own;
	/* For the caller: */
	uint64_t size;
	size_t layer;
};

struct oci_owners {
	struct arena arena;
	struct oci_owner **list; /* in order of their paths */
	size_t count;
	struct map files;    /* path of a file, or of what describes one -> its struct oci_owner */
	struct map packages; /* path of a package or module, "a/b" for a/b.py -> the same */
};

/* Find the distributions of a plan whose content is read by `reader`. One whose lists cannot be
 * read has fewer files. */
int oci_owners_find(struct oci_owners *owners, const struct plan *plan,
    const struct item_reader *reader, struct error **err);

/* The distribution that an item belongs to, or NULL. */
struct oci_owner *oci_owner_of(const struct oci_owners *owners, const struct item *item);

void oci_owners_release(struct oci_owners *owners);

#endif
