/*
 * Indexes (image-spec 1.1, image-index.md): choosing an image, and walking all that is below.
 *
 * Both are of a layout in a directory or in an archive: documents are read by a function of the
 * caller.
 */
#ifndef KILN_IMAGE_OCI_INDEX_H
#define KILN_IMAGE_OCI_INDEX_H

#include "image/oci_layout.h"
#include "image/oci_platform.h"

/* Where documents are read from. */
struct oci_documents {
	const char *path; /* of the layout, for messages */
	/* Read and parse a document, whose size and digest are verified. */
	struct json *(*read)(
	    void *context, const struct oci_descriptor *descriptor, struct error **err);
	void *context;
};

/* Those of an open layout, which is borrowed. */
struct oci_documents oci_documents_of(const struct oci_layout *layout);

/* Find the manifest of an image: the only one of a tag, or the one for the platform (NULL: for this
 * machine), also by way of nested indexes. Without a tag the index has one image, or one called
 * "latest", or only such of one tag or of none, which platforms distinguish. *ret_named is the
 * descriptor in index.json. ERROR_INPUT if there is none, or several. */
int oci_find(const struct oci_documents *documents, const struct json *index, const char *tag,
    const struct oci_platform *platform, struct oci_descriptor *ret_named,
    struct oci_descriptor *ret, struct error **err);

/* Visit the images that a tag names, those of all platforms, in their order; also what an index has
 * aside of images. Without a tag as oci_find(), but of all platforms. The entry is what the index
 * has; it lives as long as the call. ERROR_INPUT if there is no image. */
int oci_each_image(const struct oci_documents *documents, const struct json *index, const char *tag,
    int (*take)(void *context, const struct json *entry, const struct oci_descriptor *descriptor,
	bool is_aside, struct error **err),
    void *context, struct error **err);

struct oci_visitor {
	/* A document, each once; an index before what it names. NULL as `document`: it is of
	 * another type than those of OCI and Docker. 0 to go on, 1 to stop, -1. */
	int (*document)(void *context, const struct oci_descriptor *descriptor,
	    const struct json *document, struct error **err);
	/* What is wrong with a descriptor or its document, which is taken over. 0 to go on, -1.
	 * NULL: this ends the walk. */
	int (*problem)(void *context, struct error *problem, struct error **err);
	void *context;
};

/* Walk what a descriptor names, and all below. 0; 1 if it was stopped; -1. */
int oci_walk(const struct oci_documents *documents, const struct oci_descriptor *descriptor,
    const struct oci_visitor *visitor, struct error **err);

/* The same of all entries of an index. */
int oci_walk_index(const struct oci_documents *documents, const struct json *index,
    const struct oci_visitor *visitor, struct error **err);

#endif
