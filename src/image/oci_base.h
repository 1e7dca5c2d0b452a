/*
 * Images to append to.
 *
 * A base is untrusted: of its documents sizes and digests are verified, of its layers presence and
 * size. Layers are not read, except to copy them out of an archive.
 */
#ifndef KILN_IMAGE_OCI_BASE_H
#define KILN_IMAGE_OCI_BASE_H

#include "image/oci_index.h"

/* What "oci:DIR[:TAG]" names. */
struct oci_reference {
	char *directory;
	const char *tag; /* after the last colon, in the same memory; NULL if there is none */
};

/* Whether the text begins with "oci:". */
bool oci_is_reference(const char *text);

/* Read a reference. ERROR_USAGE if it is none. */
int oci_reference_read(const char *text, struct oci_reference *ret, struct error **err);

void oci_reference_release(struct oci_reference *reference);

/* Whether the text names an OCI image: a reference, or a file ".oci.tar". */
bool oci_is_image(const char *text);

/* Open the layout of an image of such a name for reading. *ret, which begins as zeros, becomes the
 * reference, if it is one. */
int oci_layout_open_named(
    struct oci_layout *layout, const char *name, struct oci_reference *ret, struct error **err);

/* Refuse to write into the layout or over the archive of an image, a name of oci_is_image():
 * ERROR_USAGE if `output` is inside it or contains it. A layout that is written, `is_layout`, may
 * be the same one. */
int oci_check_output(const char *name, const char *output, bool is_layout, struct error **err);

/* Read and check manifest and config of an image, and that its layers are there. Both results are
 * for json_free(), also after a failure. ERROR_INPUT. */
int oci_read_image(const struct oci_layout *layout, const struct oci_descriptor *descriptor,
    struct json **ret_manifest, struct json **ret_config, struct error **err);

/* The annotation of a manifest that names the note of its files (oci_files.h): the digest, a space,
 * and the size. */
#define OCI_FILES "io.fault.kiln.files"

/* Read that annotation. False if there is none. */
bool oci_files_blob(const struct json *manifest, struct oci_descriptor *ret);

struct oci_base {
	struct oci_layout layout;
	struct oci_descriptor named;	  /* what the reference names: a manifest or an index */
	struct oci_descriptor descriptor; /* of the manifest */
	struct json *manifest;
	struct json *config;
	struct oci_platform platform; /* its config's, borrowed from it */
	size_t layer_count;
};

#define OCI_BASE_INIT ((struct oci_base){.layout = OCI_LAYOUT_INIT})

/* Open the base that a reference names. With a nested index it is the image of the platform (NULL:
 * of this machine, or the only one). Without a tag as oci_find(). */
int oci_base_open(struct oci_base *base, const char *reference, const struct oci_platform *platform,
    struct error **err);

/* The same for any image, also one for another platform if there is no other: errors do not speak
 * of a base. The reference is one
 * of oci_is_image(). */
int oci_image_open(struct oci_base *base, const char *reference,
    const struct oci_platform *platform, struct error **err);

/* Copy the layers of a base to a layout, unless they are there. */
int oci_base_copy(const struct oci_base *base, struct oci_layout *layout, bool (*interrupted)(void),
    struct error **err);

void oci_base_release(struct oci_base *base);
#define autobase CLEANUP(oci_base_release)

#endif
