/*
 * The forms of images: what IMAGE is by its name, or by the word of --format.
 */
#ifndef KILN_IMAGE_FORM_H
#define KILN_IMAGE_FORM_H

#include "base/error.h"
#include "base/str.h"

enum image_form {
	FORM_DIRECTORY,
	FORM_TAR,
	FORM_TAR_GZ,
	FORM_TAR_XZ,
	FORM_TAR_ZST,
	FORM_TAR_BZ2,
	FORM_ZIP,
	FORM_PYZ,     /* a zip application */
	FORM_OCI,     /* an image layout in a directory: "oci:DIR[:TAG]" */
	FORM_OCI_TAR, /* the same in an archive */
	FORM_WHEEL,
	FORM_SQUASHFS,
};

/* The form that IMAGE has by its name; FORM_DIRECTORY if the name is of no other form. ERROR_USAGE
 * for "-", and for a name that ends as an archive that is none of the forms does. */
int image_form_of_name(struct slice name, enum image_form *ret, struct error **err);

/* The form of a word of --format: "directory", "oci", or the end of a name without its dot, such as
 * "tar.gz", "tgz". False if there is no such word. */
bool image_form_of_word(struct slice word, enum image_form *ret);

/* Whether it is a tar, compressed or not, that is no OCI image. */
bool image_form_is_tar(enum image_form form);

/* Whether it is a zip: FORM_ZIP, FORM_PYZ or FORM_WHEEL. */
bool image_form_is_zip(enum image_form form);

/* Whether it is an OCI image, in a directory or an archive. */
bool image_form_is_oci(enum image_form form);

#endif
