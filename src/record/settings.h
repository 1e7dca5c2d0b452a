/*
 * What decides how records are written: the options of `kiln record` for formats.
 */
#ifndef KILN_RECORD_SETTINGS_H
#define KILN_RECORD_SETTINGS_H

#include "base/str.h"
#include "record/docstring_style.h"

struct record_settings {
	enum docstring_style style;
	const char *metrics; /* a directory that `kiln metrics --format image` made, or NULL */
};

/* Append all of it, for the digest that tells whether a record is current. */
void record_settings_add(const struct record_settings *settings, struct str *ret);

#endif
