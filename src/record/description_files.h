/*
 * The files of a description that records are made from.
 */
#ifndef KILN_RECORD_DESCRIPTION_FILES_H
#define KILN_RECORD_DESCRIPTION_FILES_H

#include "base/place.h"
#include "record/factor_record.h"

#define DESCRIPTION_FILES 4
extern const char *const description_file_names[DESCRIPTION_FILES];

struct description_files {
	struct str texts[DESCRIPTION_FILES]; /* in the order of the names */
};

/* Read the files of the directory at a place. What cannot be read is ERROR_INPUT. */
int description_files_read(
    struct place directory, struct description_files *ret, struct error **err);

/* Set the parts of a record that are the files'; they are borrowed. */
void description_files_parts(const struct description_files *files, struct record_parts *ret);

void description_files_release(struct description_files *files);
#define autodescription_files CLEANUP(description_files_release)

#endif
