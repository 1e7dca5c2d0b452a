/*
 * The versions of a site, which stand beside each other: docs/1.0, docs/1.1, and docs/versions.json
 * with the name and the place of each, the newest first. Pages read docs/versions.js, which has the
 * same, because a page from a file system may load nothing but scripts.
 */
#ifndef KILN_RECORD_SITE_VERSIONS_H
#define KILN_RECORD_SITE_VERSIONS_H

#include "base/json.h"

/* Note that the site in a directory is that of a version. Another one in the same directory, or of
 * the same name, is forgotten. ERROR_USAGE if the list there is malformed. */
int site_note_version(const char *directory, struct slice version, struct error **err);

/* Order names of versions as people do: "1.10" is after "1.9", "2.0rc1" before "2.0". */
int site_compare_versions(struct slice a, struct slice b);

#endif
