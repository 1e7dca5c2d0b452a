/*
 * METADATA of a project, from its pyproject.toml, with the files of its licence.
 *
 * Format: https://packaging.python.org/en/latest/specifications/core-metadata/, of the lowest
 * version that what is written needs: 2.4 for an SPDX expression (`license = "MIT"`) or
 * `license-files`, which License-Expression and License-File say; else 2.1, as strict readers
 * refuse those headers there, and older ones refuse what is newer.
 *
 * Files of the licence are those that `license-files` names; else those at the top of the project
 * that all backends look for: LICENSE*, LICENCE*, COPYING*, NOTICE* and AUTHORS*. They are in
 * licenses/ below the dist-info, as 2.4 and Hatch have it; those that are found by their names
 * alone are, for 2.1 and other backends, directly in the dist-info.
 */
#ifndef KILN_SHIP_PYPROJECT_METADATA_H
#define KILN_SHIP_PYPROJECT_METADATA_H

#include "ship/pyproject.h"

/* Add METADATA and the files of the licence to `ret`. `table` is [project] or [tool.poetry], which
 * has the name. What the file says and METADATA does not get is a note: a value that only the
 * backend can compute, a file that is not there, a link. ERROR_INPUT for a text that is no UTF-8 or
 * is too large, and a path out of the project. */
int pyproject_write_metadata(struct pyproject *project, const struct json *table, const char *name,
    const char *version, struct pyproject_info *ret, struct error **err);

#endif
