/*
 * The formats that `kiln record` writes, as a table.
 */
#ifndef KILN_RECORD_WRITER_H
#define KILN_RECORD_WRITER_H

#include "record/names.h"
#include "record/output.h"

/* One factor that is written. */
struct record_page {
	struct factor_record *record; /* references resolved */
	const struct record_names *names;
	struct record_parts parts;
	struct slice directory; /* PROJECT/FACTOR, below the output */
	const char *origin;	/* the path of the source */
};

struct record_writer {
	const char *name; /* of --format */
	/* In a worker: write the files of one factor. A problem of the factor is ERROR_INPUT. */
	int (*page)(
	    const struct record_page *page, const struct record_output *output, struct error **err);
};

/* The writers, ended by one without a name, and their names with ", " between them. */
extern const struct record_writer record_writers[];
#define RECORD_FORMATS "text, json"

#endif
