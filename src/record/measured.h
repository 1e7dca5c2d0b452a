/*
 * What was measured of a source (docs/formats.rst, "Metrics"), joined with its elements: how many
 * counted regions each has and how many of them never ran, and the times of its calls.
 */
#ifndef KILN_RECORD_MEASURED_H
#define KILN_RECORD_MEASURED_H

#include "base/place.h"
#include "record/factor_record.h"

/* The texts of coverage-areas, area-types and profile-timings, each maybe empty. */
#define MEASURED_FILES 3
struct measured {
	struct str texts[MEASURED_FILES];
	char *name; /* the place of errors; NULL while nothing was read */
};

/* Read the files that `kiln metrics --format image` wrote into the directory at a place. Missing
 * ones are fine. ERROR_INPUT if one cannot be read. */
int measured_read(struct place directory, struct measured *ret, struct error **err);

/* Join them with the elements of a record.
 * Malformed ones are ERROR_INPUT. */
int measured_join(
    struct factor_record *record, const struct measured *measured, struct error **err);

void measured_release(struct measured *measured);
#define automeasured CLEANUP(measured_release)

#endif
