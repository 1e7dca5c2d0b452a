/*
 * OCI image layouts (image-spec 1.1, image-layout.md): directories of blobs, each under its digest,
 * and an index of images.
 *
 * What is read may come from anybody: documents are bounded in size, their digests and sizes are
 * verified, and a digest becomes a path only after its syntax was checked.
 *
 * A layout that exists is extended in place: blobs first, the index last, each of them atomically,
 * under a lock. So a reader sees the images of before or those of after, and a run that fails
 * leaves at most blobs that nothing refers to; of a new layout nothing. A layout in a tar archive
 * is only read.
 */
#ifndef KILN_IMAGE_OCI_LAYOUT_H
#define KILN_IMAGE_OCI_LAYOUT_H

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/tree.h"
#include "image/oci_archive.h"

#define OCI_INDEX "application/vnd.oci.image.index.v1+json"
#define OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define OCI_CONFIG "application/vnd.oci.image.config.v1+json"

/* The annotation of a descriptor in index.json that has the tag. */
#define OCI_TAG "org.opencontainers.image.ref.name"

/* The largest document (index, manifest, config) that is read. */
#define OCI_DOCUMENT_LIMIT ((size_t)8 << 20)

/* "sha256:" and 64 digits. */
struct oci_digest {
	char text[7 + 2 * HASH_SIZE + 1];
};

struct oci_descriptor {
	struct oci_digest digest;
	uint64_t size;
	const char *media_type;	 /* "" if there is none */
	const struct json *json; /* what it was read from, or NULL */
};

void oci_digest_set(struct oci_digest *digest, const struct hash *hash);

/* Whether the text is a digest that kiln can check. */
bool oci_digest_read(const char *text, struct oci_digest *ret);

/* Read a descriptor: an object with a digest and a size. The result borrows from `json`.
 * ERROR_INPUT with `name` as its place. */
int oci_descriptor_read(
    const struct json *json, const char *name, struct oci_descriptor *ret, struct error **err);

/* Write mediaType, digest and size, members of an object that is begun. */
void oci_descriptor_write(struct json_writer *json, const struct oci_descriptor *descriptor);

/* The text of a descriptor's annotation, or NULL. */
const char *oci_annotation(const struct json *descriptor, const char *key);

struct oci_layout {
	char *path;	    /* of the directory or the archive, for messages */
	int fd;		    /* of the directory, or -1 */
	int lock;	    /* of a layout that is written; else -1 */
	bool is_new;	    /* removed unless it is committed */
	struct json *index; /* what index.json has, or NULL */
	struct oci_archive archive;
};

#define OCI_LAYOUT_INIT ((struct oci_layout){.fd = -1, .lock = -1, .archive = OCI_ARCHIVE_INIT})

/* Open a layout for reading. ERROR_INPUT if it is none, or of another version. */
int oci_layout_open(struct oci_layout *layout, const char *path, struct error **err);

/* The same of one in a tar archive without compression. */
int oci_layout_open_archive(struct oci_layout *layout, const char *path, struct error **err);

/* Open a layout for writing; one that does not exist, or is an empty directory, is begun. Waits for
 * a writer that has it open, until `interrupted` (may be NULL) is true. A directory that is no
 * layout is refused with ERROR_USAGE. */
int oci_layout_begin(
    struct oci_layout *layout, const char *path, bool (*interrupted)(void), struct error **err);

/* Fail as oci_layout_begin() would because of what is at the path. */
int oci_layout_check(const char *path, struct error **err);

/* Whether the layout has a blob, judged by its name and size. */
int oci_layout_has(const struct oci_layout *layout, const struct oci_descriptor *blob, bool *ret,
    struct error **err);

/* Append a blob of at most OCI_DOCUMENT_LIMIT bytes, whose size and digest are verified. */
int oci_layout_read(const struct oci_layout *layout, const struct oci_descriptor *blob,
    struct str *ret, struct error **err);

/* Read and parse a document, whose size and digest are verified. NULL on failure. */
struct json *oci_layout_parse(
    const struct oci_layout *layout, const struct oci_descriptor *blob, struct error **err);

/* Write a blob unless it is there, and set digest and size of *ret. */
int oci_layout_put(
    struct oci_layout *layout, struct slice data, struct oci_descriptor *ret, struct error **err);

/* Begin to write a blob whose digest is not known. oci_layout_name() gives it its name; then it is
 * committed. */
int oci_layout_create(struct oci_layout *layout, struct file_writer *writer, struct error **err);
int oci_layout_name(
    struct file_writer *writer, const struct oci_digest *digest, struct error **err);

/* Copy a blob from another layout unless it is there. It is not read where the file system shares
 * blocks; from an archive it is, and its digest is verified. */
int oci_layout_copy(struct oci_layout *layout, const struct oci_layout *from,
    const struct oci_descriptor *blob, bool (*interrupted)(void), struct error **err);

/* Replace index.json. */
int oci_layout_commit(struct oci_layout *layout, struct slice index, struct error **err);

/* Close. What was begun and not committed is removed, but for blobs of a layout that existed. */
void oci_layout_release(struct oci_layout *layout);
#define autolayout CLEANUP(oci_layout_release)

#endif
