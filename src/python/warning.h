/*
 * Warnings as `python -m` prints them (for the files of src/python).
 */
#ifndef KILN_PYTHON_WARNING_H
#define KILN_PYTHON_WARNING_H

#include "base/str.h"

/* From now on append warnings to `printed`: `PATH:LINE: CATEGORY: TEXT`, and below it the line that
 * the file of that name has now. -1 with a Python exception. */
int warning_begin(struct str *printed);
void warning_end(void);

/* Some releases of CPython do not repeat a warning that has the text and line of an earlier one, be
 * that of another file. Make the interpreter forget the earlier ones, so that what is printed about
 * a file does not depend on others. */
void warning_forget(void);

#endif
