/*
 * The files of a record. A file that has the wanted content already is left alone; any other is
 * replaced atomically. So readers see the old or the new file, and what did not change keeps its
 * time.
 */
#ifndef KILN_RECORD_OUTPUT_H
#define KILN_RECORD_OUTPUT_H

#include "base/place.h"

struct record_output {
	int root;	    /* the directory, open */
	const char *shown;  /* for messages */
	struct str *files;  /* gets the path of each file, ended by a NUL */
	size_t written;	    /* files that were not there with that content */
	const char *prefix; /* of the paths below it: "a/b/", or NULL for none */
};

/* Write a file at a confined path below the output; parents are made. Errors are those of
 * place_fail(). */
int record_output_put(
    struct record_output *output, struct slice path, struct slice content, struct error **err);

/* Note that a file is needed that is there already. */
void record_output_keep(struct record_output *output, struct slice path);

/* The same as record_output_put() at DIRECTORY/NAME. */
int record_output_put_in(struct record_output *output, struct slice directory, const char *name,
    struct slice content, struct error **err);

#endif
