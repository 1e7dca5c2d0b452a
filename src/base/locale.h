/*
 * A locale for a scope.
 *
 * libarchive's name conversions and fnmatch(3) go by the thread's character type. Within the
 * scope it is UTF-8, whatever the program or its user chose; all other categories are those
 * of the C locale.
 *
 *	autolocale struct locale_scope locale = LOCALE_SCOPE_INIT;
 *	if (locale_enter(&locale, err) < 0)
 *		return -1;
 */
#ifndef KILN_BASE_LOCALE_H
#define KILN_BASE_LOCALE_H

#include <locale.h>

#include "base/error.h"

struct locale_scope {
	locale_t own; /* 0 outside the scope */
	locale_t previous;
};

#define LOCALE_SCOPE_INIT ((struct locale_scope){(locale_t)0, (locale_t)0})

/* Make UTF-8 this thread's character type. Fails where the C library has no C.UTF-8. */
int locale_enter(struct locale_scope *scope, struct error **err);

/* Restore the locale. Safe to call always, also twice. */
void locale_leave(struct locale_scope *scope);
#define autolocale CLEANUP(locale_leave)

#endif
