/*
 * What an OCI image runs unless the caller says otherwise: its only console script.
 */
#ifndef KILN_IMAGE_OCI_SCRIPT_H
#define KILN_IMAGE_OCI_SCRIPT_H

#include "image/plan.h"

/* Find the scripts bin/NAME of a plan that the console_scripts of its distributions name. *ret is
 * the path of the only one, in the plan's memory; NULL if there are none or several. */
int oci_script_find(const struct plan *plan, int stage, const char **ret, struct error **err);

#endif
