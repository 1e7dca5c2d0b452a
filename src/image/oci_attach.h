/*
 * Referrers of OCI images (image-spec 1.1, manifest.md, "subject"): documents about an image, each
 * a manifest of its own that names the image. A registry lists them for the image; in a layout they
 * stand in index.json without a tag.
 */
#ifndef KILN_IMAGE_OCI_ATTACH_H
#define KILN_IMAGE_OCI_ATTACH_H

#include "base/fields.h"
#include "image/oci_layout.h"

/* The annotation of a referrer in index.json that has the digest of its image. */
#define OCI_SUBJECT "io.fault.kiln.subject"

struct oci_attachment {
	const char *type;      /* media type of the content, and artifactType of the manifest */
	const char *predicate; /* type of an in-toto statement's predicate, or NULL */
	struct slice content;
};

/* Add documents about an image of a layout; they replace those of the same types. */
int oci_attach(const char *directory, const struct oci_descriptor *image,
    const struct oci_attachment *attachments, size_t count, bool (*interrupted)(void),
    struct error **err);

/* Whether an entry of index.json is about an image that is there no more once `tag` is the image
 * `digest`. */
bool oci_is_orphan(const struct json *index, const struct json *entry, const char *tag,
    const struct oci_digest *digest);

/* Add the digest of the base of each platform of an image. */
int oci_bases(const char *directory, const struct oci_descriptor *image, struct fields *ret,
    struct error **err);

#endif
