/*
 * Public names: the shortest one of each element of a site, where else it is exported, and with
 * that its home (docs/formats.rst, "Public names").
 */
#ifndef KILN_RECORD_PUBLIC_H
#define KILN_RECORD_PUBLIC_H

#include "record/site_index.h"

/* Set `public`, `names` and `home` of all elements, whose bases are known. */
void public_find(struct site_index *index);

#endif
