/*
 * What a product's last build knew: the state file.
 *
 * A record for each image says what it was made of, so that the next build need not look into files
 * whose stat is as it was. The file is one, compact, replaced atomically, and covered by a
 * checksum: a damaged one, or one of another version, is as good as none. The format is in
 * docs/formats.rst, "State".
 */
#ifndef KILN_BUILD_BUILD_STATE_H
#define KILN_BUILD_BUILD_STATE_H

#include "base/place.h"
#include "build/dependency.h"

/* A source, and its unit if it has one. */
struct record_input {
	struct slice path; /* below the product, or absolute */
	/* Whether `state` tells that the content is still the same; not if it could have changed
	 * within the clock's granularity. */
	bool is_reliable;
	struct file_stamp stamp;
	struct hash content;
	bool has_unit;
	struct hash unit; /* its key */
	struct file_stamp unit_stamp;
	struct dependencies dependencies; /* that were read for the unit */
};

/* An image that is required. */
struct record_need {
	struct slice image; /* absolute path */
	struct hash content;
};

struct record {
	struct slice image;	  /* below the product; the record's name */
	struct slice project;	  /* factor path of the project */
	struct slice factor;	  /* path in it */
	struct slice form;	  /* that the image serves */
	struct slice declaration; /* type, formats and requirements, as text */
	struct hash config;	  /* context, features and all else that is the same for many */
	struct hash key;	  /* of the command and all it depends on */
	struct hash content;	  /* of the image */
	struct file_stamp stamp;  /* of the image */
	struct record_input *inputs;
	size_t input_count;
	struct record_need *needs;
	size_t need_count;
};

/* Valid when all zero: no records. They stay as they are in the file until they are asked for. */
struct build_state {
	struct slice text;
	bool is_mapped; /* the text is a view of the file, else memory for free() */
	struct dependency *dependencies; /* of all records, each once, sorted */
	size_t dependency_count;
	struct map
	    by_image; /* image -> the place of the record in the text; NULL if it was taken out */
};

/* Read the file. One that does not exist has no records; a damaged one has none either, and
 * *ret_damaged says so: also what is no file, or too large for one. Fails only where the system
 * cannot read it (ERROR_SYSTEM). */
int build_state_read(
    struct build_state *state, struct place place, bool *ret_damaged, struct error **err);

/* Parse a file's bytes, which are taken over. False, with no records, if they are damaged. */
bool build_state_parse(struct build_state *state, struct str *text);

/* The record of an image, NULL if there is none: its lists are in the arena, its strings in the
 * state. */
struct record *build_state_find(
    const struct build_state *state, struct slice image, struct arena *arena);

/* The record of an entry of state->by_image. */
struct record *build_state_entry(
    const struct build_state *state, const struct map_entry *entry, struct arena *arena);

/* What a record (or NULL) has of a source, by its path; most often it stands at this place of the
 * inputs. NULL if it has nothing. */
const struct record_input *record_source(
    const struct record *record, struct slice path, size_t place);

/* What is to be written: a record, or where `record` is NULL what an entry of another state has. */
struct build_state_item {
	struct slice image;
	const struct record *record;
	const struct map_entry *entry;
};

/* Append the file of these items, which are sorted by it, and may get records. `old` is the state
 * that entries are of. */
int build_state_write(const struct build_state *old, struct build_state_item *items, size_t count,
    struct str *ret, struct error **err);

void build_state_release(struct build_state *state);
#define autobuild_state CLEANUP(build_state_release)

#endif
