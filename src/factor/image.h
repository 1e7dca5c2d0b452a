/*
 * The paths of built files.
 */
#ifndef KILN_FACTOR_IMAGE_H
#define KILN_FACTOR_IMAGE_H

#include "factor/project.h"

enum image_layout {
	LAYOUT_PRODUCT, /* .images/SYSTEM-ARCHITECTURE/acme/press/feed/tray.i, .FORM/... */
	LAYOUT_FINT,	/* acme/press/feed/__f-int__/SYSTEM-ARCHITECTURE/FORM/tray.i */
};

/* What a built file is for; an empty form is "executable". */
struct image_variant {
	struct slice system, architecture, form;
};

/* Append the path of a factor's built file, below the product. */
void factor_image_path(struct str *ret, const struct factor *factor,
    const struct image_variant *variant, enum image_layout layout);

/* Append the directory, below the product, of all built files of a form: ".images" or ".FORM".
 * LAYOUT_FINT has none. */
void image_form_directory(struct str *ret, struct slice form);

#endif
