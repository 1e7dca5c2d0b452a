/*
 * Gathering what a bundle is made of: the sources, and what the program adds for the bundle's form.
 */
#ifndef KILN_SHIP_GATHER_H
#define KILN_SHIP_GATHER_H

#include "base/tree.h"
#include "ship/assemble.h"
#include "ship/scripts.h"

struct gathering {
	const struct assemble_options *options;
	struct plan *plan;	 /* gets everything, and is finished */
	struct scripts *scripts; /* gets files whose content is to be put into the stage */
	struct tree_stage
	    *scratch; /* opened if something has to be written before it is compiled */
	const struct plan_listener *listener;
};

/* Gather. Fails as plan_add_source() does, and with ERROR_USAGE if the form needs what is not
 * there.
 */
int gather(const struct gathering *gathering, struct error **err);

#endif
