/*
 * The record of one source, from a description that is there.
 */
#ifndef KILN_RECORD_SINGLE_H
#define KILN_RECORD_SINGLE_H

#include "record/names.h"
#include "record/settings.h"

struct single_options {
	const char *delineated; /* the directory of its description */
	const char *source;
	const char *product; /* the directory of a product, or NULL */
	/* The factor path of its project, and its own in the project; NULL: what the module's name
	 * says, if the product has such a factor. */
	const char *project, *factor;
	struct record_settings *settings;	/* opened */
	const struct factor_listener *listener; /* gets problems of the product */
};

/* Append the chapter of a source. What cannot be read is ERROR_INPUT; a product or project that
 * does not exist is ERROR_USAGE. */
int single_chapter(
    const struct single_options *options, struct notes *notes, struct str *ret, struct error **err);

#endif
