#include "base/locale.h"

#include <errno.h>

/* A static program needs no file for its character set (without_files.c). */
#ifdef KILN_STATIC
#define HAS_CODESET true
#else
#define HAS_CODESET false
#endif

int locale_enter(struct locale_scope *scope, struct error **err)
{
	scope->own = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (!scope->own && HAS_CODESET)
		return 0;
	if (!scope->own)
		return fail_errno(err, errno, "cannot use the locale C.UTF-8");
	scope->previous = uselocale(scope->own);
	return 0;
}

void locale_leave(struct locale_scope *scope)
{
	if (!scope->own)
		return;
	uselocale(scope->previous);
	freelocale(scope->own);
	*scope = LOCALE_SCOPE_INIT;
}
