/* A static program cannot load shared modules: they would bring another C library. These take the
 * place of CPython's dynload_shlib.c, so that no file is taken for a module, and dlopen() is not
 * linked. */
#include "python/version/version.h"

typedef void (*module_function)(void);

extern const char *_PyImport_DynLoadFiletab[];
module_function _PyImport_FindSharedFuncptr(
    const char *prefix, const char *name, PyObject *path, FILE *file);

/* The suffixes of shared modules. */
const char *_PyImport_DynLoadFiletab[] = {NULL};

module_function _PyImport_FindSharedFuncptr(
    const char *prefix, const char *name, PyObject *path, FILE *file)
{
	(void)prefix;
	(void)file;
	PyErr_Format(
	    PyExc_ImportError, "a static executable cannot load '%s' from '%S'", name, path);
	return NULL;
}
