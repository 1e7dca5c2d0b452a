/*
 * The RECORD of each distribution in a bundle, made to agree with what the bundle has.
 *
 * Rows of files that the bundle lacks are removed; bytecode that was compiled, scripts, and files
 * that were changed get rows with new digests. So do files whose digest or size in RECORD is
 * another one, or a digest of another kind than SHA-256: each file that a RECORD has a digest of is
 * read. A RECORD whose rows stay as they are stays byte for byte; another one is written anew,
 * sorted by path. Items with an owner are added to its RECORD. A row "../../bin/NAME" is that of
 * bin/NAME beside the dist-info, if its digest is: `pip install --target` has moved the script.
 */
#ifndef KILN_SHIP_RECORDS_H
#define KILN_SHIP_RECORDS_H

#include "distribution/record.h"
#include "image/plan.h"
#include "ship/scripts.h"

/* A file that was made of a source. */
struct record_bytecode {
	struct slice path;
	const struct item *source; /* also if the bundle lacks it */
};

struct records {
	const struct plan *bundle; /* all that the bundle will have */
	/* The directory with the bundle's files; files of the sources may be missing. */
	int stage;
	int64_t time;		       /* of the files, as for bundle_put() */
	const struct scripts *scripts; /* those of entry points have an owner */
	const struct record_bytecode *bytecode;
	size_t bytecode_count;
};

/* Whether the path of a row is "../../bin/NAME", and the one that it then is beside the dist-info:
 * "bin/NAME", a part of it. */
bool records_script_path(struct slice row, struct slice *ret);

/* Whether the file at a path has the digest of a row: 1, 0, or -1 with an error. */
int records_is_file(const struct record_row *row, const char *path, struct error **err);

/* Write the RECORDs that have to change into the stage; their items then have no origin. A RECORD
 * that cannot be read, or is none, is a problem for the listener, and stays. */
int records_write(
    const struct records *records, const struct plan_listener *listener, struct error **err);

#endif
