#include "record/sqlite.h"

#ifdef KILN_STATIC

const struct sqlite *sqlite_load(struct error **err)
{
#define SQLITE_FUNCTION(name) .name = name,
	static const struct sqlite functions = {SQLITE_FUNCTIONS(SQLITE_FUNCTION)};
#undef SQLITE_FUNCTION

	(void)err; /* nothing to fail */
	return &functions;
}

#else

#include <dlfcn.h>
#include <string.h>

/* The shared library; its ABI has had this name since version 3.0. */
#define LIBRARY "libsqlite3.so.0"

static bool find(void *library, const char *name, void *ret_function, size_t size)
{
	void *address = dlsym(library, name);

	/* ISO C has no conversion from an object's address to a function's; POSIX has their sizes
	 * equal. */
	memcpy(ret_function, &address, size);
	return address;
}

const struct sqlite *sqlite_load(struct error **err)
{
	static struct sqlite functions;
	static bool loaded;
	void *library = loaded ? NULL : dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (loaded)
		return &functions;
	loaded = library;
#define SQLITE_FIND(name) \
	loaded = loaded && find(library, #name, &functions.name, sizeof(functions.name));
	SQLITE_FUNCTIONS(SQLITE_FIND)
#undef SQLITE_FIND
	if (!loaded)
		return fail_null(
		    fail(err, ERROR_SYSTEM, "docsets need SQLite, libsqlite3-0: %s", dlerror()));
	return &functions;
}

#endif
