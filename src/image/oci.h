/*
 * OCI images: layouts ("oci:DIR[:TAG]") and layouts as one file (".oci.tar").
 *
 * The plan's entries become layers (oci_layers.h), each a tar of its own, compressed, on top of the
 * layers of a base (oci_base.h). A layer that an image of the target layout has already is found by
 * its uncompressed digest, and not written again. For several platforms the layers are written
 * once; each platform has a config, a manifest and its own base, and an index names the manifests.
 *
 * A ".oci.tar" has a manifest.json too, with what `docker load` needs.
 */
#ifndef KILN_IMAGE_OCI_H
#define KILN_IMAGE_OCI_H

#include "image/oci_config.h"

/* The tag of an image that is given none. */
#define OCI_DEFAULT_TAG "latest"

/* Where the tree stands unless options say otherwise, as most Dockerfiles have it. */
#define OCI_DEFAULT_PREFIX "/app"

struct oci_options {
	struct oci_settings settings;
	const char *tag;	  /* in a layout; NULL: OCI_DEFAULT_TAG */
	const char *const *rules; /* NAME=GLOB of layers, ended by NULL, or NULL */
	const char *base;	  /* "oci:DIR[:TAG]", or NULL */
	struct fields platforms;  /* OS/ARCH[/VARIANT]; none: of the base, else of this machine */
	bool attaches;		  /* referrers follow: nothing is done here */
	bool zstd;		  /* layers are tar+zstd, not tar+gzip */
};

struct oci_input {
	const struct plan *plan;
	int stage;	  /* the directory with content, or -1 */
	unsigned threads; /* of a compressor, at least 1 */
	int64_t time;
	const struct plan_listener *listener;
	bool (*interrupted)(void); /* or NULL */
};

struct oci_result {
	struct oci_descriptor image; /* the manifest or index; its JSON is NULL */
	size_t layers;		     /* written or reused, without those of the base */
	size_t reused;		     /* of them */
};

/* Check options, and the layout that is there (NULL: none is written), as oci_write() would before
 * it writes. */
int oci_check(const char *directory, const struct oci_options *options, struct error **err);

/* Write an image into a layout. The images of other tags stay. */
int oci_write(const char *directory, const struct oci_options *options,
    const struct oci_input *input, struct oci_result *ret, struct error **err);

/* Write a layout with one image as a tar, atomically. */
int oci_write_tar(const char *path, const struct oci_options *options,
    const struct oci_input *input, struct oci_result *ret, struct error **err);

#endif
