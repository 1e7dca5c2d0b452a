/*
 * How long the targets of links in a zip archive are, which libarchive does not tell: it ends a
 * target at a NUL byte. Format: APPNOTE.TXT 6.3.10, sections 4.3.12 to 4.3.16 and 4.5.3.
 */
#ifndef KILN_IMAGE_ZIP_LINKS_H
#define KILN_IMAGE_ZIP_LINKS_H

#include "base/error.h"
#include "base/str.h"

struct zip_link {
	uint64_t offset; /* of its local header in the file */
	uint64_t end;	 /* of its data */
	uint64_t packed; /* bytes of its data */
	uint64_t size;	 /* of its target */
};

struct zip_links {
	struct zip_link *list; /* by offset */
	size_t count, capacity;
	size_t next; /* that zip_links_next() gives */
};

/* Find the links of an open archive of `size` bytes, by its central directory. What is wrong with
 * that ends the search, and is no error. ERROR_INPUT if the file cannot be read; `path` is for
 * messages. */
int zip_links_read(
    struct zip_links *links, int fd, uint64_t size, const char *path, struct error **err);

/* The next link in the order in which libarchive reads them, by offset; `at` is how far libarchive
 * has read then. NULL if that is another place than the end of the link's data. */
const struct zip_link *zip_links_next(struct zip_links *links, uint64_t at);

void zip_links_release(struct zip_links *links);

#endif
