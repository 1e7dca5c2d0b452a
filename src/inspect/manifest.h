/*
 * Manifests: the entries of an image as JSON (docs/formats.rst, "Manifests").
 */
#ifndef KILN_INSPECT_MANIFEST_H
#define KILN_INSPECT_MANIFEST_H

#include "base/json.h"
#include "inspect/inspection.h"

/* The version of the format. */
#define MANIFEST_VERSION 1

/* Write the members of an entry that depend on the image alone: path, kind, mode, and of a file
 * size and digest, of a link the target. */
void manifest_write_entry(struct json_writer *json, const struct image_entry *entry);

/* Compare an image with a manifest, and tell as faults: entries that the manifest lacks, or the
 * image, and those that are not as it says. Fails (ERROR_INPUT) if the file cannot be read or is no
 * manifest. */
int manifest_compare(struct inspection *inspection, const char *path, struct error **err);

#endif
