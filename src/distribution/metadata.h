/*
 * METADATA and WHEEL: headers as those of a message (RFC 822), then a body.
 *
 * Format: https://packaging.python.org/en/latest/specifications/core-metadata/ and
 * binary-distribution-format on the same site. Reading is lenient, as distributions have been
 * written by many programs: an unknown header or a line that is none is passed over, names of
 * headers are of any case. All slices borrow the text.
 */
#ifndef KILN_DISTRIBUTION_METADATA_H
#define KILN_DISTRIBUTION_METADATA_H

#include "base/arena.h"
#include "base/str.h"

/* The largest METADATA that is read: descriptions are in it. */
#define METADATA_LIMIT ((size_t)16 << 20)

/* Values of a header that may stand several times. */
struct metadata_values {
	struct slice *items; /* the arena's */
	size_t count;
	size_t capacity;
};

/* What a METADATA says; a header that is absent is an empty slice or list. */
struct metadata {
	struct slice name;
	struct slice version;
	struct slice summary;
	struct slice license_expression; /* an SPDX expression */
	struct slice license;		 /* free text, also the whole licence */
	struct slice author, author_email;
	struct slice maintainer, maintainer_email;
	struct slice home_page;
	struct slice requires_python;
	struct metadata_values classifiers;
	struct metadata_values requires;      /* Requires-Dist */
	struct metadata_values extras;	      /* Provides-Extra */
	struct metadata_values license_files; /* License-File */
	struct metadata_values project_urls;  /* "LABEL, URL" */
};

/* Read the text of a METADATA or PKG-INFO. `origin` is the place of errors (ERROR_INPUT): the text
 * is too large, or has no Name that is one, or no Version. */
int metadata_parse(struct slice text, const char *origin, struct arena *arena, struct metadata *ret,
    struct error **err);

/* What WHEEL says. */
struct wheel_info {
	struct slice version; /* Wheel-Version */
	bool is_pure;	      /* Root-Is-Purelib */
	struct metadata_values tags;
};

/* Read the text of WHEEL. ERROR_INPUT if it is too large, or Wheel-Version is missing or 2 or more:
 * such a wheel may mean what this program does not know. */
int wheel_info_parse(struct slice text, const char *origin, struct arena *arena,
    struct wheel_info *ret, struct error **err);

/* The largest direct_url.json that is read. */
#define DIRECT_URL_LIMIT ((size_t)1 << 20)

/* Read direct_url.json, which says from where a distribution was installed (PEP 610): whether its
 * installation is editable, and the URL. ERROR_INPUT if the text is none. */
int direct_url_parse(struct slice text, const char *origin, struct arena *arena, bool *ret_editable,
    const char **ret_url, struct error **err);

#endif
