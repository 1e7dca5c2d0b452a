/*
 * What the modules of a plan export and import: for the interfaces of others.
 */
#ifndef KILN_SHIP_EXPORTS_H
#define KILN_SHIP_EXPORTS_H

#include "delineation/stub.h"
#include "image/plan.h"

struct known;

/* All zero but for the first two. */
struct exports_reader {
	const struct plan *plan;
	const char *encoding; /* of the sources, or NULL */
	struct arena arena;
	struct map known; /* by the path of the source; what is being read exports nothing yet */
	struct known *all;
	int depth;   /* of modules that are being read */
	int classes; /* whose lineage is being found */
};

/* Take what a source of the plan that is described exports and imports, so that it need not be read
 * for others. */
int exports_take(struct exports_reader *reader, const struct item *item,
    const struct delineation *delineation, struct error **err);

/* A source of the plan whose interface is made; it lasts as long as the reader. */
struct stub_source exports_source(
    struct exports_reader *reader, const struct item *item, const struct delineation *delineation);

void exports_reader_release(struct exports_reader *reader);

#endif
