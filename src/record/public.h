/*
 * Public names: the shortest one of each element of a site, and where else it is exported
 * (docs/formats.rst, "Public names").
 */
#ifndef KILN_RECORD_PUBLIC_H
#define KILN_RECORD_PUBLIC_H

#include "record/site_index.h"

/* Set `public` and `names` of all elements, whose bases are known. */
void public_find(struct site_index *index);

#endif
