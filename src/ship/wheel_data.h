/*
 * NAME-VERSION.data of a wheel: what goes elsewhere than to site-packages.
 *
 * Format: https://packaging.python.org/en/latest/specifications/binary-distribution-format/. In
 * sources scripts are in bin/ and headers in include/NAME/, as kiln unpacks wheels; what the
 * distribution's RECORD has of them, or belongs to it, goes back to `scripts` and `headers`.
 * Installers make the scripts of entry points themselves.
 */
#ifndef KILN_SHIP_WHEEL_DATA_H
#define KILN_SHIP_WHEEL_DATA_H

#include "ship/scripts.h"

/* Move the files in a finished plan, which is sorted again afterwards. `info` is the path of the
 * dist-info, in the root. A script whose first line names a Python gets "#!python", which an
 * installer replaces. A script of an entry point is left out. Fails (ERROR_INPUT) if RECORD or
 * entry_points.txt cannot be read; a script that cannot be read is a problem for the listener. */
int wheel_place_data(struct plan *plan, struct slice info, struct scripts *scripts,
    const struct plan_listener *listener, struct error **err);

#endif
