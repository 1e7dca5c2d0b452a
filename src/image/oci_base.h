/*
 * Images to append to.
 *
 * A base is untrusted: of its documents sizes and digests are verified, of its layers presence and
 * size. Layers are not read.
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

/* Read a reference; the directory is for free(). ERROR_USAGE if it is none. */
int oci_reference_read(const char *text, struct oci_reference *ret, struct error **err);

struct oci_base {
	struct oci_layout layout;
	struct oci_descriptor named;	  /* what the reference names: a manifest or an index */
	struct oci_descriptor descriptor; /* of the manifest */
	struct json *manifest;
	struct json *config;
	struct oci_platform platform; /* its config's, borrowed from it */
	size_t layer_count;
};

#define OCI_BASE_INIT ((struct oci_base){.layout = {NULL, -1, -1, false, NULL}})

/* Open the base that a reference names. With a nested index it is the image of the platform (NULL:
 * of this machine, or the only one). Without a tag the layout has one image, or one called
 * "latest". */
int oci_base_open(struct oci_base *base, const char *reference, const struct oci_platform *platform,
    struct error **err);

/* The same for any image, also one for another platform if there is no other: errors do not speak
 * of a base. The reference begins with "oci:". */
int oci_image_open(struct oci_base *base, const char *reference,
    const struct oci_platform *platform, struct error **err);

/* Copy the layers of a base to a layout, unless they are there. */
int oci_base_copy(const struct oci_base *base, struct oci_layout *layout, bool (*interrupted)(void),
    struct error **err);

void oci_base_release(struct oci_base *base);
#define autobase CLEANUP(oci_base_release)

#endif
