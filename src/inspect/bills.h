/*
 * The parts that the distributions of an image have by their own bills of materials: files in
 * sboms/ of a dist-info (PEP 770), all of them together.
 *
 * What has one package URL is one part, whichever bill it is in, and with that of a distribution of
 * the image it is this distribution. A part without one is of its bill alone.
 */
#ifndef KILN_INSPECT_BILLS_H
#define KILN_INSPECT_BILLS_H

#include "inspect/bill.h"
#include "inspect/packages.h"

struct bills_part {
	const struct bill_part *part;
	struct slice id; /* the package URL, or "PATH#NAME" with the bill's path; no other has it */
};

/* Distributions and parts are nodes: package I is I, part I is packages->count + I. */
struct bills {
	struct bills_part *parts; /* in the order of the bills' paths */
	size_t count;
	/* What has or needs what, sorted, each once. A distribution has all parts of its bills. */
	struct bill_link *links;
	size_t link_count;
	struct bill *list; /* which have the parts */
	size_t list_count;
	struct arena arena;
};

/* Whether a path is of a bill of materials that a package brings. */
bool bills_is_bill(const struct package *package, struct slice path);

/* Append a name of a distribution that no other one, and no part, has. */
void bills_add_id(struct str *ret, const struct package *package);

/* Read all bills of an inspection that keeps them (inspection.reads_bills). A bill that cannot be
 * read is told to `warning`, which takes the note over. *ret must be zeroed. */
void bills_read(const struct inspection *inspection, const struct packages *packages,
    void (*warning)(void *context, struct error *note), void *context, struct bills *ret);

void bills_release(struct bills *bills);
#define autobills CLEANUP(bills_release)

#endif
