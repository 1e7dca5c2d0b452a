/*
 * The output side of assemble(): what was made becomes the image, in its form.
 */
#ifndef KILN_SHIP_FINISH_H
#define KILN_SHIP_FINISH_H

#include "base/tree.h"
#include "ship/assemble.h"

struct finish {
	const struct assemble_options *options;
	struct plan *bundle; /* what the image will hold, sorted */
	/* What was made for the image; of a directory all that it holds. */
	struct tree_stage *stage;
	int64_t time;
	const struct plan_listener *listener; /* gets the problem of each item that is left out */
	struct oci_result *oci;		      /* of an OCI image */
};

/* In forms that have no links, let links be copies of the files that they lead to. What is no such
 * link is a problem, and left out. Before RECORDs are written. */
void finish_links(const struct finish *finish);

/* Put the image in its place, atomically. */
int finish_image(const struct finish *finish, struct error **err);

#endif
