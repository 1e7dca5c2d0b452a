/*
 * Tags: entries of the indexes of an image layout (image-spec 1.1, image-index.md).
 */
#ifndef KILN_IMAGE_OCI_TAG_H
#define KILN_IMAGE_OCI_TAG_H

#include "base/fields.h"
#include "image/oci_layout.h"
#include "image/oci_platform.h"

/* Begin an index: an object, with the list of manifests, which is begun. */
void oci_index_begin(struct json_writer *json, struct str *ret);

/* Write an entry for an image; `platform` and `tag` may be NULL. */
void oci_entry_write(struct json_writer *json, const struct oci_descriptor *descriptor,
    const struct oci_platform *platform, const char *tag);

/* Write index.json: the image under the tag, what the layout has under others, and the referrers,
 * entries of index.json that are about the image (texts of JSON objects; NULL for none). */
int oci_tag_commit(struct oci_layout *layout, const char *tag, const struct oci_descriptor *image,
    const struct oci_platform *platform, const struct fields *referrers, struct error **err);

#endif
