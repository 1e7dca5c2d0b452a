/*
 * Dependencies as [tool.poetry] has them, as the headers of METADATA.
 *
 * Format: https://python-poetry.org/docs/dependency-specification/. Translated are versions
 * (^ ~ * and comparisons), `extras`, `optional` with [tool.poetry.extras], `python`, `platform`,
 * `markers`, `url` and `git`. Groups are for development and no part of a distribution.
 */
#ifndef KILN_SHIP_POETRY_REQUIRES_H
#define KILN_SHIP_POETRY_REQUIRES_H

#include "base/json.h"

/* Append Requires-Python, Provides-Extra and Requires-Dist of the table [tool.poetry] of a file.
 * ERROR_INPUT naming what has no such form: alternatives ("||"), paths, unknown settings. */
int poetry_requires_add(
    const struct json *poetry, const char *file, struct str *ret, struct error **err);

#endif
