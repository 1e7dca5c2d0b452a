/*
 * Image layouts in tar archives without compression (".oci.tar"), for reading: where in the archive
 * its files are.
 *
 * An archive is outside data. Its headers are read, and not what is between them; only the names of
 * a layout's files are kept, and a limited number of them. A name that occurs twice is refused.
 */
#ifndef KILN_IMAGE_OCI_ARCHIVE_H
#define KILN_IMAGE_OCI_ARCHIVE_H

#include "base/arena.h"
#include "base/map.h"

struct oci_member {
	uint64_t offset; /* of the content in the archive */
	uint64_t size;
};

struct oci_archive {
	int fd;
	const char *path;   /* for messages; borrowed */
	struct map members; /* name, such as "blobs/sha256/HEX" -> struct oci_member */
	struct arena arena;
};

#define OCI_ARCHIVE_INIT ((struct oci_archive){.fd = -1})

/* Whether an open file is a tar archive without compression that has an image layout: its entries
 * are looked at, not what is in them. Its position is the beginning then. */
int oci_archive_is(int fd, bool *ret, const char *path, struct error **err);

/* Open an archive. ERROR_INPUT if it is no tar archive, is compressed, or is damaged between the
 * files. */
int oci_archive_open(struct oci_archive *archive, const char *path, struct error **err);

/* The file of a name, or NULL. */
const struct oci_member *oci_archive_find(const struct oci_archive *archive, const char *name);

/* Read some of a file from the position `at`: how many bytes, at least one. -1 with ERROR_INPUT,
 * also at its end. */
ssize_t oci_archive_read(const struct oci_archive *archive, const struct oci_member *member,
    uint64_t at, char *buffer, size_t size, struct error **err);

void oci_archive_release(struct oci_archive *archive);

#endif
