/*
 * Which versions of Python a project says that it is for: `requires-python` of pyproject.toml
 * (PEP 621), with the version specifiers of PEP 440.
 */
#ifndef KILN_PYTHON_REQUIRES_H
#define KILN_PYTHON_REQUIRES_H

#include <stdbool.h>

#include "base/error.h"
#include "base/str.h"

/* Append the value of `requires-python` in a directory's pyproject.toml; nothing if the directory
 * has no such file, or one that cannot be read, or the file no such key. ERROR_SYSTEM. */
int requires_python(const char *directory, struct str *ret, struct error **err);

/* The same of the text of a pyproject.toml. */
void requires_parse(struct slice text, struct str *ret);

/* Whether some release of a version, "3.13", fulfils specifiers, such as ">=3.11,<4". What is not
 * understood counts as fulfilled: only a check is wanted. */
bool requires_allows(struct slice specifiers, struct slice version);

#endif
