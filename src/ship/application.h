/*
 * Zip applications (.pyz): __main__.py, which Python runs, and the "#!" line.
 *
 * Format: https://docs.python.org/3/library/zipapp.html.
 */
#ifndef KILN_SHIP_APPLICATION_H
#define KILN_SHIP_APPLICATION_H

#include "image/plan.h"

struct application_options {
	const char *main;     /* "PKG" or "PKG:FUNC"; or NULL */
	const char *entry;    /* the name of a script that a distribution offers; or NULL */
	bool extracts_native; /* shared objects are unpacked when the application starts */
};

/* Fail with ERROR_USAGE unless `main` is a module, or a module and a function of it. */
int application_check_main(const char *main, struct error **err);

/*
 * Add __main__.py to a plan that has all sources. Its text is written into the directory `scratch`,
 * where it is read. Without `main` and `entry` it is the sources' own, else what the only console
 * script runs. A module that is not in the plan is a warning for the listener.
 *
 * Fails with ERROR_USAGE if there is nothing to run, or several scripts; if `main` or `entry` is
 * given beside a __main__.py; and because of shared objects, unless they are extracted.
 */
int application_add_main(struct plan *plan, const struct application_options *options,
    const char *scratch, const struct plan_listener *listener, struct error **err);

#endif
