/*
 * What the readers of all forms share (for src/image/read*.c): entries are entered in any order,
 * layer by layer, and become the sorted contents in the end.
 */
#ifndef KILN_IMAGE_READING_H
#define KILN_IMAGE_READING_H

#include "base/place.h"
#include "image/decompress.h"
#include "image/reader.h"

struct reading {
	struct image_contents *contents;
	struct image_reading_options options; /* with the defaults filled in */
	const struct image_visitor *visitor;
	struct map states; /* path -> struct path_state */
	size_t layer;	   /* the current one, from 1; 0 without layers */
	size_t entered;
	size_t path_bytes; /* of the paths that are kept */
	uint64_t total;	   /* bytes that were read, decompressed */
	struct hasher hasher, sha1;
	uint64_t done; /* bytes of the current file */
	char *block;   /* READING_BLOCK bytes */
};

#define READING_BLOCK ((size_t)64 * 1024)

/* Tell the visitor of a fault at an entry; of the image itself if the path is empty. */
void reading_fault(struct reading *reading, struct slice path, const char *format, ...)
    error_format(3, 4);

/* The same of an error, which is taken over. */
void reading_problem(struct reading *reading, struct error *problem);

/* Enter an entry. In a layer, whiteouts take effect. NULL if there is none: the path is the root,
 * a whiteout, or was reported as a fault. -1 as result: reading cannot go on. */
int reading_enter(struct reading *reading, enum image_kind kind, struct slice path, unsigned mode,
    struct image_entry **ret, struct error **err);

/* The content of a file of entry->size bytes begins. 1 if it is to be read, 0 if the file is too
 * large, which was reported and drops the entry. */
int reading_begin(struct reading *reading, struct image_entry *entry, struct error **err);

/* The next bytes of it, which reading_count() has counted. */
int reading_data(
    struct reading *reading, struct image_entry *entry, struct slice data, struct error **err);

/* It is complete. A content shorter or longer than its header says is a fault. */
int reading_end(struct reading *reading, struct image_entry *entry, struct error **err);

/* Drop an entry: what is known of it is wrong. */
void reading_drop(struct reading *reading, struct image_entry *entry);

/* The entry that was entered last at a path; NULL if there is none. */
const struct image_entry *reading_find(struct reading *reading, struct slice path);

/* Count bytes against the limit of the image, and look whether the run was interrupted. */
int reading_count(struct reading *reading, uint64_t size, struct error **err);

/* Fill in the contents from what was entered. Fails where reading_enter() does. */
int reading_finish(struct reading *reading, struct error **err);

void reading_release(struct reading *reading);

/* Read a tar archive, compressed or not. Damage is told as a fault of the entry `name` (empty for
 * the image itself). *ret_diff (may be NULL) is the SHA-256 of the archive without compression.
 * *ret_is_tar (may be NULL) is false if the bytes are no tar archive at all, which else is a fault.
 */
int reading_tar(struct reading *reading, const struct decompress_source *source, struct slice name,
    struct hash *ret_diff, bool *ret_is_tar, struct error **err);

/* The same of an open file, which is the image. What is no tar archive is an error. */
int reading_tar_file(struct reading *reading, int fd, struct error **err);

/* Read a zip archive, an open file of that size. */
int reading_zip(struct reading *reading, int fd, uint64_t size, struct error **err);

/* Read an OCI image: "oci:DIR[:TAG]", or an open tar archive with a layout. */
int reading_oci(struct reading *reading, const char *reference, struct error **err);
int reading_oci_tar(struct reading *reading, int fd, struct error **err);

/* Read a squashfs by unsquashfs. Fails with ERROR_SYSTEM if that is not installed. */
int reading_squashfs(struct reading *reading, const char *path, struct error **err);

/* Read a directory. */
int reading_directory(struct reading *reading, const char *path, struct error **err);

#endif
