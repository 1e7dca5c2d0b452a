/*
 * Leaving direct_url.json out of a bundle where it names a place of the machine that the sources
 * are from.
 *
 * Installers write there from where a distribution was installed (PEP 610). Of a directory or
 * archive of the machine that is a file: URL, which means nothing where the image runs, tells how
 * the machine is laid out, and makes the images of equal sources differ. Other URLs stay: they say
 * the same everywhere.
 */
#ifndef KILN_SHIP_DIRECT_URLS_H
#define KILN_SHIP_DIRECT_URLS_H

#include "image/plan.h"

/* Remove these files from a plan that has all sources, and tell the listener that they are left
 * out. `includes` are globs of paths in the image that stay, ended by NULL, or NULL. What cannot be
 * read, or is no direct_url.json, stays. Fails only with what is the system's. */
int direct_urls_leave_out(struct plan *plan, const char *const *includes,
    const struct plan_listener *listener, struct error **err);

#endif
