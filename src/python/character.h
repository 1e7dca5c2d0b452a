/*
 * Characters as Python classes them, and numbers as int() reads them, without the interpreter.
 */
#ifndef KILN_PYTHON_CHARACTER_H
#define KILN_PYTHON_CHARACTER_H

#include "base/str.h"

/* Cut off and return the first character of *rest, which is not empty. A byte that is no UTF-8 is
 * the surrogate that CPython decodes it to in names of files (PEP 383). */
uint32_t python_take_character(struct slice *rest);

/* The text without the white space around it: str.strip(). */
struct slice python_strip(struct slice text);

/* Whether int() takes the text; the number, cut to the range of long. */
bool python_int(struct slice text, long *ret);

/* Whether the text looks like a negative number to argparse: -1, -.5 and so on. */
bool python_is_negative(struct slice text);

#endif
