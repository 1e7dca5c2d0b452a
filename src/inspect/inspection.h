/*
 * Looking into an image: its entries, and what is said of them by the files that describe
 * distributions.
 *
 * The image is read once (image/reader.h). What is kept in memory is the list of entries, the texts
 * of *.dist-info and *.egg-info, and a few facts of each Python file; all of it is outside data.
 */
#ifndef KILN_INSPECT_INSPECTION_H
#define KILN_INSPECT_INSPECTION_H

#include "image/reader.h"
#include "python/bytecode.h"

/* What kind of file an entry is, by its name. */
enum inspect_kind {
	INSPECT_SOURCE,	   /* .py, .pyi */
	INSPECT_BYTECODE,  /* .pyc */
	INSPECT_EXTENSION, /* .so */
	INSPECT_METADATA,  /* in *.dist-info or *.egg-info */
	INSPECT_DATA,
};
#define INSPECT_KINDS 5

/* "source", "bytecode", "extension", "metadata", "data" */
const char *inspect_kind_name(enum inspect_kind kind);

enum inspect_kind inspect_kind_of(struct slice path);

/* What is known of a file, as image_entry.data; of most files nothing. */
struct file_facts {
	struct slice text;	  /* of a describing file; data is NULL for any other */
	const char *fault;	  /* what is wrong with bytecode, or NULL */
	bool is_read;		  /* the members below are set */
	struct pyc_header header; /* of bytecode */
	struct pyc_hashes hashes; /* of a source */
};

struct inspection {
	struct image_contents contents;
	bool reads_python; /* set before: also look into sources and bytecode */
	bool reads_bills;  /* set before: keep the texts of bills of materials in sboms/ */
	struct str buffer;
	size_t wanted; /* most bytes of the current file that are kept, 0 for none */
	void (*fault)(void *context, struct error *fault);
	void *context;
};

/* Read an image. Set `fault` and `context`, `reads_python` and `reads_bills`, before; zero the
 * rest. Faults and errors are those of image_read(). */
int inspect_read(struct inspection *inspection, const char *path,
    const struct image_reading_options *options, struct error **err);

/* Tell of a fault that the image's reader did not see, with "IMAGE/PATH" as place. */
void inspect_fault(struct inspection *inspection, struct slice path, const char *format, ...)
    error_format(3, 4);

/* What is known of an entry; NULL if there is nothing. */
const struct file_facts *inspect_facts(const struct image_entry *entry);

/* The text of a describing file of the image; empty if there is none. */
struct slice inspect_text(const struct inspection *inspection, struct slice path);

void inspect_release(struct inspection *inspection);
#define autoinspection CLEANUP(inspect_release)

#endif
