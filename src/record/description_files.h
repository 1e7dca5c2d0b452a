/*
 * The files of a description that records are made from.
 */
#ifndef KILN_RECORD_DESCRIPTION_FILES_H
#define KILN_RECORD_DESCRIPTION_FILES_H

#include "base/place.h"
#include "record/factor_record.h"

struct description_files {
	struct str texts[4];
};

/* Read the files of the directory at a place, and set the members of *parts that are theirs. What
 * cannot be read is ERROR_INPUT. */
int description_files_read(struct place directory, struct description_files *ret,
    struct record_parts *parts, struct error **err);

void description_files_release(struct description_files *files);
#define autodescription_files CLEANUP(description_files_release)

#endif
