/*
 * What changed in the public elements of a module since an older version, as far as programs that
 * use it may notice.
 */
#ifndef KILN_RECORD_SINCE_H
#define KILN_RECORD_SINCE_H

#include "record/factor_record.h"

enum since_kind {
	SINCE_ADDED,   /* a public element; no program breaks */
	SINCE_REMOVED, /* an element */
	SINCE_MOVED,   /* an element, to the name `after` */
	SINCE_TYPE,    /* it is something else now: a class, a function */
	SINCE_PARAMETER_REMOVED,
	SINCE_PARAMETER_MOVED,
	SINCE_PARAMETER_REQUIRED, /* it had a default */
	SINCE_PARAMETER_ADDED,	  /* without a default */
	SINCE_PARAMETER_KIND,	  /* it may not be given as before */
	SINCE_DEFAULT,
	SINCE_RETURNS,
	SINCE_BASES, /* the class has a base less */
	SINCE_VALUE,
	SINCE_KINDS,
};

struct since_change {
	enum since_kind kind;
	enum element_type type;
	struct slice path;	    /* of the element */
	struct slice parameter;	    /* its name; or empty */
	struct slice before, after; /* texts; data NULL where there is none */
	struct area area;	    /* in the new source; of what was removed, in the old one */
};

/* Compare two records of one module; either may be NULL: it was added or removed. `found` is called
 * for each change, with slices that live until it returns. */
void since_compare(const struct factor_record *before, const struct factor_record *after,
    void (*found)(void *context, const struct since_change *change), void *context);

/* Append what happened, about an element with this dotted name. */
void since_describe(const struct since_change *change, struct slice name, struct str *ret);

#endif
