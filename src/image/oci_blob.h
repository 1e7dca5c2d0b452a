/*
 * Layers as blobs: a tar, its digest (the diff_id), the compressed tar, and the digest of that.
 */
#ifndef KILN_IMAGE_OCI_BLOB_H
#define KILN_IMAGE_OCI_BLOB_H

#include "image/oci.h"

/* What compresses layers: the settings and the version of the library. */
void oci_compressor_name(bool zstd, struct str *ret);

/* The layers that the images of a layout have, by their diff_ids. */
struct oci_known {
	struct map by_diff_id; /* -> struct oci_descriptor */
	struct arena arena;
};

/* Find the layers that this compressor wrote. What cannot be read is passed over. */
int oci_known_find(struct oci_known *known, const struct oci_layout *layout, bool zstd,
    const char *compressor, struct error **err);
void oci_known_release(struct oci_known *known);

/* Write a layer into a layout, unless it is one of those. Sets its diff_id and blob. */
int oci_blob_write(struct oci_layout *layout, const struct oci_known *known,
    struct oci_layer *layer, const struct oci_options *options, const struct oci_input *input,
    bool *ret_reused, struct error **err);

#endif
