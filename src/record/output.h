/*
 * Files of a record. A file that has the wanted content already is left alone; any other is
 * replaced atomically. So readers see the old or the new file, and what did not change keeps its
 * times.
 */
#ifndef KILN_RECORD_OUTPUT_H
#define KILN_RECORD_OUTPUT_H

#include "base/place.h"

struct record_output {
	int root;	   /* the directory, open */
	const char *shown; /* for messages */
};

/* Write a file below the output; parents are made. Errors are those of place_fail(). */
int record_output_put(const struct record_output *output, struct slice path, struct slice content,
    struct error **err);

#endif
