/*
 * Tags that say for which Python a wheel or an extension module is.
 *
 * Format: https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/ for
 * wheels; PEP 3149 for extension modules, NAME.cpython-311-x86_64-linux-gnu.so.
 */
#ifndef KILN_DISTRIBUTION_TAG_H
#define KILN_DISTRIBUTION_TAG_H

#include "base/str.h"

/* A Python on Linux. */
struct tag_target {
	unsigned major, minor;
	struct slice machine; /* as uname(2) has it: "x86_64" */
};

/* The target for a version such as "3.11". False if the text is no version. */
bool tag_target_of(struct slice version, struct slice machine, struct tag_target *ret);

/* The parts of a wheel's file name. */
struct wheel_name {
	struct slice name;
	struct slice version;
	struct slice tag; /* "py2.py3-none-any" */
};

/* Split NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl. False if it is another name. */
bool wheel_name_parse(struct slice file, struct wheel_name *ret);

/* Whether a wheel with this tag is for the target. Of a platform the machine counts, not the
 * version of the C library. */
bool wheel_tag_fits(struct slice tag, const struct tag_target *target);

/* Whether a file of this name is an extension module for another Python, machine or system: one
 * with a tag that differs, or *.pyd. */
bool extension_is_foreign(struct slice name, const struct tag_target *target);

#endif
