/* A program that links only if CPython's library has the internal functions that version.c calls,
 * and its headers declare them. */
#define Py_BUILD_CORE
#include <Python.h>
#include <pycore_ast.h>
#include <pycore_compile.h>
#include <pycore_parser.h>

/* Instead of the library's own, which may need other libraries (inittab.py). */
struct _inittab _PyImport_Inittab[] = {{NULL, NULL}};

int main(void)
{
	void (*volatile functions[])(void) = {(void (*)(void))_PyParser_ASTFromString,
	    (void (*)(void))_PyAST_Validate, (void (*)(void))_PyAST_Compile};

	return !functions[0] || !functions[1] || !functions[2];
}
