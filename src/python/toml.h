/*
 * TOML 1.0, read by CPython's own tomllib, which is part of the program, as JSON.
 *
 * Tables are objects in the text's order, arrays arrays, strings strings. What JSON's numbers
 * cannot hold is a string: "inf", "-inf", "nan", an integer beyond 2^53 in its digits. Dates and
 * times are strings as they are written; whether there is such a day is not checked.
 *
 * The text may be anything: its size, the parts of a key and the depth of arrays and tables are
 * bounded before tomllib sees it. A process of its own parses, so that this one's interpreter need
 * not be started, and is not changed if it is.
 */
#ifndef KILN_PYTHON_TOML_H
#define KILN_PYTHON_TOML_H

#include "base/json.h"

/* The largest text. */
#define TOML_LIMIT ((size_t)1 << 20)

/* How deep arrays and tables may be nested; also the most parts of a key. */
#define TOML_DEPTH_LIMIT (JSON_DEPTH_LIMIT - 1)

/* Parse a text; the caller frees *ret with json_free(). Anything but TOML, and a string with a
 * NUL, is ERROR_INPUT with `name` as its place, and with line and column where tomllib says them.
 */
int toml_parse(struct slice text, const char *name, struct json **ret, struct error **err);

#endif
