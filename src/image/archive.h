/*
 * Images as archives, written atomically to a file.
 *
 * The entries stand in the order in which they are given. The bytes depend on their content alone,
 * and compressed ones on the version of the compressor's library.
 */
#ifndef KILN_IMAGE_ARCHIVE_H
#define KILN_IMAGE_ARCHIVE_H

#include "image/form.h"
#include "image/item_content.h"

struct archive_options {
	enum image_form form; /* a tar or a zip: image_form_is_tar(), image_form_is_zip() */
	unsigned threads;     /* of a compressor, at least 1; the bytes do not depend on it */
	int64_t time;	      /* of all entries */
	struct item_reader reader;
	/* Of a zip: */
	struct slice prefix;  /* what precedes the first entry, such as a "#!" line */
	const char *no_zip64; /* why it must do without zip64; NULL if it need not */
	/* The listener is warned of an end with zip64, for that reason, and gets the archive. */
	bool warns_of_zip64;
	bool is_executable; /* the archive itself */
};

/* "libarchive 3.6.2" */
const char *archive_library(void);

/* The same with the versions of the compressors' libraries. */
const char *archive_libraries(void);

/* Write all items of a plan to the file options->reader.output, with its mode 0644 or 0755. An
 * ITEM_PYTHON with a target is written as a link. A file that cannot be read, or shrinks or grows
 * while it is read, is given to the listener and left out; so are names that the format cannot
 * hold. `interrupted` is asked between entries and blocks: when it answers true the write fails
 * with ERROR_SYSTEM. Nothing is left of a write that fails. */
int archive_write(
    const struct archive_options *options, const struct plan *plan, struct error **err);

/* The same of a selection of items, in another order. */
int archive_write_items(const struct archive_options *options, struct item *const *items,
    size_t count, struct error **err);

#endif
