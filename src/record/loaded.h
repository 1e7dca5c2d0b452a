/*
 * A source with its description, from which a record is read.
 */
#ifndef KILN_RECORD_LOADED_H
#define KILN_RECORD_LOADED_H

#include "base/hash.h"
#include "record/description_files.h"
#include "record/measured.h"
#include "record/output.h"
#include "record/settings.h"
#include "record/sources.h"

struct loaded {
	struct str bytes, decoded; /* of the source */
	struct description_files files;
	struct str interface_bytes, interface_decoded;
	struct description_files interface_files;
	struct measured measured;
	struct factor_record record;
	struct factor_record interface;
};

/* Read the bytes of a source and of its interface, and what was measured; *ret is all zero.
 * `digest` becomes the hexadecimal digest of all that its description is made from, and of this
 * program, whose identity is given. Bad sources are ERROR_INPUT. */
int loaded_read(const struct record_source *source, const struct record_settings *settings,
    struct slice identity, struct loaded *ret, char digest[2 * HASH_SIZE + 1], struct error **err);

/* Describe the source; starts the interpreter if it does not run. */
int loaded_describe(const struct record_source *source, struct loaded *loaded, struct notes *notes,
    struct error **err);

/* Write the files of the description below the output. */
int loaded_put(const struct record_source *source, const struct loaded *loaded,
    struct record_output *output, struct error **err);

/* Read the description that was written before. */
int loaded_restore(const struct record_source *source, struct loaded *loaded,
    struct record_output *output, struct error **err);

/* Append what was read and described, and take it from there; *ret is all zero. */
void loaded_pack(struct loaded *loaded, struct str *ret);
int loaded_unpack(struct slice packed, struct loaded *ret, struct error **err);

/* Make the record; what is malformed in documentation is noted. */
int loaded_join(const struct record_source *source, const struct record_settings *settings,
    struct loaded *loaded, struct notes *notes, struct error **err);

void loaded_release(struct loaded *loaded);
#define autoloaded CLEANUP(loaded_release)

#endif
