/*
 * Characters as Python classifies them, and numbers as int() reads them, without the interpreter.
 */
#ifndef KILN_PYTHON_CHARACTER_H
#define KILN_PYTHON_CHARACTER_H

#include "base/str.h"

/* Cut off and return the first character of *rest, which is not empty. A byte that is not UTF-8
 * gives the surrogate to which CPython decodes it in file names (PEP 383). */
uint32_t python_take_character(struct slice *rest);

/* The text without surrounding white space: str.strip(). */
struct slice python_strip(struct slice text);

/* Whether int() accepts the text; the number, cut to the range of long. */
bool python_int(struct slice text, long *ret);

/* Whether argparse takes the text for a negative number: -1, -.5 and so on, and in some versions
 * all that begins like one. */
bool python_is_negative(struct slice text);

#endif
