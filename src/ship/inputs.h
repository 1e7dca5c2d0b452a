/*
 * The SOURCE arguments of an image, as people have them: what each one contributes to the plan.
 *
 * A wheel contributes what installing it would put into site-packages, a virtual environment (a
 * directory with a file pyvenv.cfg) its site-packages, a project (a directory with a
 * pyproject.toml, ship/pyproject.h) its packages and a dist-info. All else is the matter of
 * plan_add_source(). Where a plan's options choose what is taken, each SOURCE is a directory that
 * contributes that.
 */
#ifndef KILN_SHIP_INPUTS_H
#define KILN_SHIP_INPUTS_H

#include "base/tree.h"
#include "distribution/tag.h"
#include "image/plan.h"

struct inputs {
	struct plan *plan;
	const struct plan_options *options;
	const struct plan_listener *listener; /* has a `warning` */
	const char *version;		      /* of Python, "3.11" */
	bool is_version_given;		      /* by the user */
	struct tree_stage *scratch;	      /* opened if a source has to be unpacked */
	/* Filled in: */
	struct arena arena;
	size_t unpacked; /* number of directories in it */
};

/* Add a SOURCE. Fails as plan_add_source() does; if a wheel cannot be unpacked (ERROR_INPUT); if an
 * environment has no site-packages, or several and no version is given (ERROR_USAGE). A wheel, or
 * an environment, for another Python or platform is a warning. */
int inputs_add(struct inputs *inputs, const char *argument, struct error **err);

/* Once all are added: warn of extension modules for another Python or platform. */
int inputs_finish(struct inputs *inputs, struct error **err);

void inputs_release(struct inputs *inputs);
#define autoinputs CLEANUP(inputs_release)

#endif
