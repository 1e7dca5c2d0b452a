/*
 * Wheels: the *.dist-info that says what a wheel is, and its RECORD.
 *
 * Format: https://packaging.python.org/en/latest/specifications/binary-distribution-format/.
 */
#ifndef KILN_SHIP_WHEEL_H
#define KILN_SHIP_WHEEL_H

#include "image/archive.h"
#include "ship/compile_bytecode.h"
#include "ship/scripts.h"

struct wheel_options {
	const char *name, *version;	 /* of the distribution; NULL: as its METADATA says */
	const char *const *requires;	 /* requirements, ended by NULL; or NULL */
	const char *const *entry_points; /* "NAME=PACKAGE:FUNCTION", ended by NULL; or NULL */
};

/*
 * Make a finished plan that of a wheel: add WHEEL and, if the sources have no *.dist-info, METADATA
 * and entry_points.txt; else let its scripts and headers be such (ship/wheel_data.h). With
 * LAYOUT_PLAIN the sources are files like others.
 *
 * Fails with ERROR_USAGE if there are several *.dist-info; if there is none and no name and
 * version; if options are given beside one; and if the wheel's name, which follows from name,
 * version and content, is not that of `output`.
 */
int wheel_prepare(struct plan *plan, const struct wheel_options *options, enum layout layout,
    const char *output, struct scripts *scripts, const struct plan_listener *listener,
    struct error **err);

/* Write the wheel of what such a plan became: *.dist-info at the end, with a RECORD of everything.
 */
int wheel_write(struct plan *bundle, const struct archive_options *archive, struct error **err);

#endif
