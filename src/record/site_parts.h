/*
 * What the files that make the index of a site share (for site_index.c and site_summary.c).
 */
#ifndef KILN_RECORD_SITE_PARTS_H
#define KILN_RECORD_SITE_PARTS_H

/* Flags of an element in a summary. */
enum { SITE_PUBLIC = 1, SITE_DOCUMENTED = 2, SITE_DEPRECATED = 4 };

#endif
