/*
 * Licences, as bills of materials have them.
 */
#ifndef KILN_INSPECT_LICENSE_H
#define KILN_INSPECT_LICENSE_H

#include "distribution/metadata.h"

/* A licence: an SPDX expression, or a text that is none; both empty if nothing is said. */
struct license {
	struct slice expression;
	struct slice text;
};

/* What the metadata of a distribution says of its licence: License-Expression, else the only
 * classifier of a licence that has an SPDX identifier, else License. */
void license_find(const struct metadata *metadata, struct license *ret);

/* Whether a text has the letters of an SPDX expression only. */
bool license_is_expression(struct slice text);

#endif
