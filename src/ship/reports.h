/*
 * What is written about an image that was made: a manifest and a bill of materials.
 *
 * The image is read again, so that both are of what is in it, whatever its form.
 */
#ifndef KILN_SHIP_REPORTS_H
#define KILN_SHIP_REPORTS_H

#include "ship/assemble.h"

struct reports {
	const struct assemble_options *options;
	const struct compile_options *compile; /* complete; see is_of_images */
	const struct plan *plan;	       /* the sources */
	const struct plan *bundle;	       /* what the image holds */
	const struct plan_listener *listener;  /* gets what is wrong with metadata */
	const struct oci_result *oci;	       /* of an OCI image */
	bool is_of_images; /* nothing was compiled: `compile` has no more than levels, the time */
	bool has_layout;   /* and, if this is true, the layout */
};

/* Write the reports that the options ask for, atomically. */
int reports_write(const struct reports *reports, struct error **err);

/* Do the checks that need no image: ERROR_USAGE if a name is of no format, or the file would be
 * in the image's or a source's place; the error of file_writer_open() if it cannot be written. */
int reports_check(const struct assemble_options *options, struct error **err);

#endif
