/*
 * What the files that make the index of a site share (site_index.c, site_summary.c, public.c,
 * site_home.c).
 */
#ifndef KILN_RECORD_SITE_PARTS_H
#define KILN_RECORD_SITE_PARTS_H

#include "record/site_index.h"

/* Flags of an element in a summary. */
enum { SITE_PUBLIC = 1, SITE_DOCUMENTED = 2, SITE_DEPRECATED = 4 };

/* Document the definitions of a path, of which `element` is the first, under a name in another
 * module, if its page has room. */
void site_home_move(
    struct site_index *index, struct site_element *element, const struct site_name *name);

/* Set the home of an element that was not moved: that of what it is in, or its own module. */
void site_home_settle(struct site_index *index, struct site_element *element);

#endif
