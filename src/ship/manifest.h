/*
 * Writing the manifest of an image that was made: its entries, and where each comes from.
 */
#ifndef KILN_SHIP_MANIFEST_H
#define KILN_SHIP_MANIFEST_H

#include "inspect/inspection.h"
#include "ship/reports.h"

/* Write the member "options" of an object that is begun: what decides the content of the image,
 * as far as it is known. */
void manifest_write_options(struct json_writer *json, const struct reports *reports);

/* Write an object of the versions of what makes images: kiln, CPython, the libraries. */
void manifest_write_makers(struct json_writer *json);

/* Append the manifest, as docs/formats.rst describes it, ended by a newline. */
int manifest_write(const struct reports *reports, const struct inspection *inspection,
    struct str *ret, struct error **err);

#endif
