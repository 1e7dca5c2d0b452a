/*
 * Elements as tags, in the format of Universal Ctags (tags(5) of universal-ctags 5.9).
 *
 * Tags are classes, functions, methods of all kinds, data and fields, with the kinds of its parser
 * for Python: c, f, m, v. Data whose values are lambdas are functions or methods. What is defined
 * in functions has tags if it was delineated (delineate_options).
 */
#ifndef KILN_DELINEATION_CTAGS_H
#define KILN_DELINEATION_CTAGS_H

#include "python/delineate.h"

/* Append a line for each tag of a source, which the tags name by `path`, NUL-terminated. Fails
 * where delineation_too_large() does. */
int ctags_add(
    const struct delineation *delineation, struct slice path, struct str *ret, struct error **err);

/* Append a file of tags: its head, then the lines that ctags_add() gave of any number of sources,
 * by their bytes. */
void ctags_write(struct slice lines, struct str *ret);

#endif
