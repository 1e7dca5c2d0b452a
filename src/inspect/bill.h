/*
 * One bill of materials that was made by others, as distributions bring them (PEP 770).
 *
 * Read are CycloneDX as JSON (https://cyclonedx.org/docs/1.5/json/; other versions have what is
 * read at the same place) and SPDX 2 as JSON (https://spdx.github.io/spdx-spec/v2.3/). Of what they
 * say is kept what both formats can say: the parts, which SPDX calls packages, and what has or
 * needs what. Files, people and where things are from are not.
 */
#ifndef KILN_INSPECT_BILL_H
#define KILN_INSPECT_BILL_H

#include "base/arena.h"
#include "inspect/license.h"

/* The largest bill that is read. */
#define BILL_LIMIT ((size_t)8 << 20)

/* The longest package URL that is taken: what is written names a part once for each that needs it.
 */
#define PURL_LIMIT 2048

/* The kinds of digests in bills. */
struct bill_digest_kind {
	const char *cyclonedx, *spdx;
	size_t digits;
};

struct bill_digest {
	const struct bill_digest_kind *kind;
	const char *digits; /* lower case, as many as the kind has */
	struct bill_digest *next;
};

/* What a part is. */
struct bill_type {
	const char *cyclonedx, *spdx;
};

struct bill_part {
	const char *name; /* not empty */
	const struct bill_type *type;
	/* Empty if the bill does not say. A package URL begins with "pkg:", has no space, and at
	 * most PURL_LIMIT bytes. */
	struct slice reference; /* by which the bill calls the part */
	struct slice group, version, description, cpe, purl;
	struct license license;
	struct bill_digest *digests; /* of each kind at most one */
};

/* One part has or needs another; indices. */
struct bill_link {
	size_t from, to;
};

/* All texts are in the arena. Valid when all zero. */
struct bill {
	struct arena arena;
	struct bill_part *parts;
	size_t count, capacity;
	struct bill_link *links;
	size_t link_count, link_capacity;
};

/* Read a bill. ERROR_INPUT with `origin` as place: it is larger than BILL_LIMIT, no JSON, of no
 * format that is read, or has a part without a name. */
int bill_parse(struct slice text, const char *origin, struct bill *ret, struct error **err);

void bill_release(struct bill *bill);
#define autobill CLEANUP(bill_release)

#endif
