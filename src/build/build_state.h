/*
 * The build state: what kiln remembers of a product's last build, in one file.
 *
 * The file has a record for each image: the stamps and digests of all that the image was made
 * from. The next build compares stamps, and reads only files whose stamp differs. The file is
 * compact, replaced atomically and protected by a checksum. A damaged file, or one of another
 * version, counts as an empty one. docs/formats.rst, "State", describes the format.
 */
#ifndef KILN_BUILD_BUILD_STATE_H
#define KILN_BUILD_BUILD_STATE_H

#include "base/place.h"
#include "build/dependency.h"

/* A source of an image, and the unit made from the source, if there is one. */
struct record_input {
	struct slice path; /* below the product, or absolute */
	/* Whether an equal stamp proves equal content. False if the source could have changed
	 * within the same tick of the file system's clock (base/file_stamp.h). */
	bool is_reliable;
	struct file_stamp stamp;
	struct hash content;
	bool has_unit;
	struct hash unit; /* the unit's key */
	struct file_stamp unit_stamp;
	struct dependencies dependencies; /* files that the unit's command read beside the source */
};

/* An image that another image requires. */
struct record_need {
	struct slice image; /* absolute path */
	struct hash content;
};

struct record {
	struct slice image;	  /* path below the product, which identifies the record */
	struct slice project;	  /* factor path of the project */
	struct slice factor;	  /* path of the factor in the project */
	struct slice form;	  /* that the image serves */
	struct slice declaration; /* type, formats and requirements, as text */
	struct hash config;	  /* build/config_hash.h */
	struct hash key;	  /* of the command and all it depends on */
	struct hash content;	  /* of the image */
	struct file_stamp stamp;  /* of the image */
	struct record_input *inputs;
	size_t input_count;
	struct record_need *needs;
	size_t need_count;
};

/* A state that was read. Valid when all zero: without records. Records stay packed in `text` until
 * somebody asks for one. */
struct build_state {
	struct slice text;
	bool is_mapped;			 /* `text` is a mapped file; else it is for free() */
	struct dependency *dependencies; /* of all records, sorted, each once */
	size_t dependency_count;
	struct map by_image; /* image -> packed record in `text`; NULL: the record was removed */
};

/* Read the file. A missing file gives no records. So does a damaged one, one that is no regular
 * file, and one that is too large; then *ret_damaged is true. Fails only if the system cannot read
 * the file (ERROR_SYSTEM). */
int build_state_read(
    struct build_state *state, struct place place, bool *ret_damaged, struct error **err);

/* Parse the bytes of a file, and take `text` over. False if the bytes are damaged: then the state
 * has no records, and `text` stays with the caller. */
bool build_state_parse(struct build_state *state, struct str *text);

/* Unpack the record of an image; NULL if there is none or it is damaged. The record and its lists
 * are allocated in the arena, its strings point into the state. */
struct record *build_state_find(
    const struct build_state *state, struct slice image, struct arena *arena);

/* The same for an entry of state->by_image that has a record. */
struct record *build_state_entry(
    const struct build_state *state, const struct map_entry *entry, struct arena *arena);

/* The input of a record (or NULL) with this path; NULL if there is none. `place` is the index that
 * the input most likely has. */
const struct record_input *record_source(
    const struct record *record, struct slice path, size_t place);

/* A record to write: `record`, or if that is NULL the packed record of an entry of the old state.
 */
struct build_state_item {
	struct slice image;
	const struct record *record;
	const struct map_entry *entry;
};

/* Append the bytes of a file with these records. `old` is the state that entries belong to. The
 * items are sorted in place, and `record` is filled in where an entry has to be unpacked. */
int build_state_write(const struct build_state *old, struct build_state_item *items, size_t count,
    struct str *ret, struct error **err);

void build_state_release(struct build_state *state);
#define autobuild_state CLEANUP(build_state_release)

#endif
