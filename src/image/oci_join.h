/*
 * Joining images of several platforms to one, by an index (image-spec 1.1, image-index.md), and
 * copying one of one platform, which needs no index.
 *
 * The images stay as they are: their blobs are copied, by reference where the file system can, and
 * those that the target has are not written again. What is about them (referrers, attestations of
 * builders) goes with them; referrers not into an archive, whose index has the image alone.
 */
#ifndef KILN_IMAGE_OCI_JOIN_H
#define KILN_IMAGE_OCI_JOIN_H

#include "image/oci_base.h"
#include "image/plan.h"

struct oci_joined;

struct oci_join {
	const char *const *names; /* of images; borrowed */
	struct oci_layout *layouts;
	size_t count; /* of layouts */
	struct oci_joined *list;
	size_t joined, capacity; /* of the list */
	struct arena arena;
};

struct oci_join_options {
	const char *output; /* a layout, or the path of an archive */
	bool is_archive;
	const char *tag;		  /* in a layout; NULL: OCI_DEFAULT_TAG */
	const struct fields *annotations; /* NAME=VALUE, of the index */
	int64_t time;			  /* of an archive's entries */
	bool (*interrupted)(void);	  /* or NULL */
};

struct oci_join_result {
	size_t platforms;
	size_t copied; /* blobs */
	size_t reused; /* blobs that the layout had */
};

/* Open images, names of oci_is_image() ended by NULL, and look which platforms they are for. Of an
 * index all are taken. ERROR_INPUT. The result is to be released in any case. */
int oci_join_open(struct oci_join *join, const char *const *names, struct error **err);

/* Whether the images are for more than one platform. */
bool oci_join_has_platforms(const struct oci_join *join);

/* Write the joined image. ERROR_INPUT if two images are for the same platform. */
int oci_join_write(const struct oci_join *join, const struct oci_join_options *options,
    struct oci_join_result *ret, struct error **err);

void oci_join_release(struct oci_join *join);

#endif
