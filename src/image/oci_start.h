/*
 * What an OCI image runs and where Python finds modules, unless the caller says otherwise: its only
 * console script, and the directories that have distributions.
 */
#ifndef KILN_IMAGE_OCI_START_H
#define KILN_IMAGE_OCI_START_H

#include "image/plan.h"

struct oci_start {
	struct slice *scripts; /* paths, in the order of the distributions */
	size_t script_count;
	struct slice *sites; /* directories with distributions, without the root; sorted */
	size_t site_count;
};

/* Find the scripts bin/NAME that the console_scripts of distributions name, beside these; and where
 * distributions are, but for those inside of packages. Paths are in the plan's memory. `start` is
 * zeroed, and to be released in any case. */
int oci_start_find(struct oci_start *start, const struct plan *plan, int stage, struct error **err);

void oci_start_release(struct oci_start *start);

#endif
