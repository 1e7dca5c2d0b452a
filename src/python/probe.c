/* A program that links only if CPython's internal functions are as src/python expects them. */
#define Py_BUILD_CORE
#include <Python.h>
#include <pycore_ast.h>
#include <pycore_compile.h>
#include <pycore_parser.h>
#include <pycore_pyarena.h>

int main(void)
{
	PyCompilerFlags flags = _PyCompilerFlags_INIT;
	PyArena *arena = _PyArena_New();
	mod_ty module = _PyParser_ASTFromString("", NULL, Py_file_input, &flags, arena);

	return !_PyAST_Validate(module) || !_PyAST_Compile(module, NULL, &flags, 0, arena);
}
