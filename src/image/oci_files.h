/*
 * Which paths are files in an image, noted for images on top of it.
 *
 * A directory of an image may be a file in its base. The layer then has a whiteout (image-spec 1.1,
 * layer.md), an empty file ".wh.NAME", because not every program replaces the file. So that the
 * base's layers need not be read, kiln writes a note beside its images: a blob with the first eight
 * bytes of the SHA-256 of each path that is no directory, sorted. An annotation of the manifest
 * names it. Where the note is missing, as after a copy through a registry, the layers are read. An
 * image without the annotation, as of other programs, gets no whiteouts: whoever applies a layer
 * has to replace the file (layer.md, "Changeset over existing files").
 */
#ifndef KILN_IMAGE_OCI_FILES_H
#define KILN_IMAGE_OCI_FILES_H

#include "image/oci_base.h"
#include "image/oci_layers.h"

/* What the name of a whiteout begins with. */
#define OCI_WHITEOUT ".wh."

struct oci_files {
	uint64_t *hashes; /* sorted */
	size_t count;
	size_t capacity;
};

/* Add what the note of a base, whose name is `reference`, says; if it is missing or damaged, what
 * the layers have. If these cannot be read there is a warning. `interrupted` may be NULL. */
int oci_files_read(struct oci_files *files, const struct oci_base *base, const char *reference,
    const struct plan_listener *listener, bool (*interrupted)(void), struct error **err);

/* Put a whiteout for each directory that is one of the files into the first layer that has the
 * directory, and change the files to those of the image. */
int oci_files_cover(struct oci_files *files, struct oci_layers *layers, struct error **err);

/* Write the note; `ret` gets the text of the annotation. */
int oci_files_write(
    const struct oci_files *files, struct oci_layout *layout, struct str *ret, struct error **err);

void oci_files_release(struct oci_files *files);

#endif
